// The program as a person runs it: start, the data directory, kill -9, SIGTERM, a newer schema, a second process.

import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { openDatabase } from '../../src/store/open.ts'
import { allPages, clientOf, signIn } from '../support/client.ts'
import { engines, onBothEngines, onPostgres, type TestDatabase } from '../support/engines.ts'
import { type Program, startProgram } from '../support/program.ts'

const UNLIMITED = { CRMKIT_RATE_LIMIT: '0' }
const MAIL = { CRMKIT_SMTP_URL: 'smtp://127.0.0.1:1', CRMKIT_MAIL_FROM: 'crm@crmkit.example' }
const hasIPv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'))
const WRITERS = 16
const SYLLABLES = ['bor', 'den', 'fil', 'gam', 'hux', 'jep', 'kov', 'lun', 'mir', 'nas']
const ACKNOWLEDGED_MIN = 200
/** Only a program that prints nothing gets there. */
const PRINTED_MILLISECONDS_MAX = 60_000

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

async function databaseOf(engine: { newDatabase: () => Promise<TestDatabase> }): Promise<TestDatabase> {
  const database = await engine.newDatabase()
  cleanups.push(database.drop)
  return database
}

async function started(database: TestDatabase, env: Readonly<Record<string, string>> = UNLIMITED): Promise<Program> {
  const program = await startProgram(database, env)
  cleanups.push(async () => {
    program.kill('SIGKILL')
    await program.exited
  })
  return program
}

onBothEngines('the program', (engine) => {
  test('says where it serves, where the data is, and how to sign in', async () => {
    const database = await databaseOf(engine)
    const { url, output } = await started(database)
    expect(output()).toContain(`serves at ${url}`)
    await expect.poll(output, { timeout: PRINTED_MILLISECONDS_MAX }).toContain('/help')
    expect(output()).toContain('/auth/request')
    expect(output()).toContain('/auth/verify')
    expect((await clientOf(url!).get('/healthz')).status).toBe(200)
    expect((await clientOf(url!).get('/readyz')).status).toBe(200)
    const { hostname, password } = new URL(database.url.replace('sqlite:', 'file://'))
    expect(output()).toContain(hostname || database.url.slice('sqlite:'.length))
    if (password) expect(output()).not.toContain(password)
  })

  test('loses nothing that it acknowledged when it is killed with -9', async () => {
    const database = await databaseOf(engine)
    const first = await started(database)
    const agent = await signIn(first.url!, 'killed@example.com')
    const acknowledged: string[] = []
    let number = 0
    const writer = async () => {
      for (;;) {
        const name = `n${number++}`
        const reply = await agent.post('/contacts', { name, email: `${name}@kill.example` }).catch(() => undefined)
        if (reply?.status !== 201) return
        acknowledged.push(name)
        if (acknowledged.length === ACKNOWLEDGED_MIN) first.kill('SIGKILL')
      }
    }
    await Promise.all(Array.from({ length: WRITERS }, writer))
    await first.exited
    const second = await started(database)
    const again = clientOf(second.url!, agent.token)
    const kept = new Set((await allPages(again, '/contacts?limit=200')).map(({ values }) => values.get('name')!.text))
    expect(acknowledged.filter((name) => !kept.has(name))).toEqual([])
    const log = new Set((await allPages(again, '/audit?limit=200')).map(({ values }) => values.get('new.name')!.text))
    expect(log).toEqual(kept)
    expect((await again.get('/contacts?limit=1')).total).toBe(kept.size)
  })

  test('finds by a typo what was written just before it was killed, and what waits when it starts again', async () => {
    const database = await databaseOf(engine)
    const first = await started(database)
    const agent = await signIn(first.url!, 'typo@example.com')
    const names = Array.from({ length: 300 }, (_, n) =>
      [n % 10, Math.floor(n / 10) % 10, Math.floor(n / 100)].map((at) => SYLLABLES[at]).join(''),
    )
    const find = async (client: typeof agent, name: string) =>
      (await client.get(`/contacts?search=${name.slice(0, 3)}${name[4]}${name[3]}${name.slice(5)}`)).text
    await Promise.all(names.map((name) => agent.post('/contacts', { name })))
    expect(await find(agent, names[299]!)).toContain(`name=${names[299]}`)
    first.kill('SIGKILL')
    await first.exited
    const again = clientOf((await started(database)).url!, agent.token)
    for (const name of names.slice(-40)) expect(await find(again, name)).toContain(`name=${name}`)
  })

  test('finishes what runs on SIGTERM, and exits with 0', async () => {
    const database = await databaseOf(engine)
    const program = await started(database)
    const agent = await signIn(program.url!, 'drained@example.com')
    const body = JSON.stringify({ name: 'Half sent', email: 'half@drain.example' })
    const answer = new Promise<string>((done, failed) => {
      const { hostname, port } = new URL(program.url!)
      // The server asks for the body once it has the head: from then on the request runs.
      const head = `POST /contacts HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${agent.token}\r\nExpect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`
      const socket = connect(Number(port), hostname, () => socket.write(head))
      let text = ''
      socket.on('data', (chunk) => {
        const asked = text.includes('100 Continue')
        text += chunk
        if (asked || !text.includes('100 Continue')) return
        socket.write(body.slice(0, 10))
        program.kill('SIGTERM')
        untilRefused(Number(port), hostname).then(() => socket.write(body.slice(10)), failed)
      })
      socket.on('close', () => done(text))
      socket.on('error', failed)
    })
    expect(await answer).toContain('HTTP/1.1 201')
    expect(await program.exited).toBe(0)
  })

  test('does not wait on SIGTERM for those who only hold a connection', async () => {
    const program = await started(await databaseOf(engine))
    const { hostname, port } = new URL(program.url!)
    const silent = connect(Number(port), hostname)
    const closed = new Promise((done) => silent.once('close', done))
    silent.on('error', () => {})
    await new Promise((done) => silent.write('GET / HTTP/1.1\r\n', done))
    const kept = await fetch(program.url!)
    expect(kept.status).toBe(200)
    program.kill('SIGTERM')
    expect(await program.exited).toBe(0)
    await closed
  })

  test.runIf(hasIPv6)('listens on an IPv6 address in brackets too', async () => {
    const { url, output } = await started(await databaseOf(engine), { CRMKIT_HOST: '[::1]' })
    expect(url, output()).toMatch(/^http:\/\/\[::1\]:/)
  })

  test('refuses a database that a newer version made', async () => {
    const database = await databaseOf(engine)
    const opened = await openDatabase(
      readConfig({}, { CRMKIT_DATABASE_URL: database.url, CRMKIT_SECRET: 'x'.repeat(16) }),
    )
    await opened.write((db) => db.rows("INSERT INTO schema_migrations (name) VALUES ('9999-from-the-future')"))
    await opened.close()
    const program = await started(database)
    expect([program.url, await program.exited]).toEqual([undefined, 1])
    expect(program.output()).toContain('9999-from-the-future')
    expect(program.output()).not.toContain('    at ')
  })
})

/** Resolves once the port takes no connection any more. */
async function untilRefused(port: number, host: string): Promise<void> {
  const taken = () =>
    new Promise<boolean>((done) => {
      const socket = connect(port, host, () => {
        socket.destroy()
        done(true)
      })
      socket.on('error', () => done(false))
    })
  while (await taken());
}

describe('one SQLite file', () => {
  test('has one process; the second says so and ends', async () => {
    const database = await databaseOf(engines.sqlite)
    await started(database)
    const second = await started(database)
    expect([second.url, await second.exited]).toEqual([undefined, 1])
    expect(second.output()).toContain('Another crmkit has')
  })

  test('and the secret are readable by their owner alone', async () => {
    const database = await databaseOf(engines.sqlite)
    await started(database, { CRMKIT_SECRET: '' })
    for (const name of ['crmkit.db', 'crmkit.db-wal', 'secret'])
      expect(statSync(join(database.folder, name)).mode & 0o777, name).toBe(0o600)
    expect(readFileSync(join(database.folder, 'secret'), 'utf8').trim()).toMatch(/^[0-9a-f]{64}$/)
  })

  test('stands in XDG_DATA_HOME unless told otherwise', async () => {
    const home = mkdtempSync(join(tmpdir(), 'crmkit-home-'))
    cleanups.push(async () => rmSync(home, { recursive: true, force: true }))
    const database = await databaseOf(engines.sqlite)
    const nowhere = { CRMKIT_DATA_DIR: '', CRMKIT_DATABASE_URL: '' }
    const one = await started(database, { ...nowhere, XDG_DATA_HOME: home })
    expect(one.url).toBeDefined()
    expect(existsSync(join(home, 'crmkit', 'crmkit.db'))).toBe(true)
    const two = await started(database, nowhere)
    expect(two.url).toBeDefined()
    expect(existsSync(join(database.folder, '.local', 'share', 'crmkit', 'crmkit.db'))).toBe(true)
  })
})

describe('one PostgreSQL database', () => {
  test('is all that a node with a secret keeps anything in', async () => {
    const { url } = await started(await databaseOf(engines.postgres), { CRMKIT_DATA_DIR: '/proc/nothing/here' })
    expect((await clientOf(url!).get('/readyz')).status).toBe(200)
  })

  test('has several processes, also when they start at the same time', async () => {
    const database = await databaseOf(engines.postgres)
    const programs = await Promise.all([started(database), started(database), started(database)])
    const agent = await signIn(programs[0]!.url!, 'shared@example.com')
    const { id } = await agent.post('/contacts', { name: 'Everywhere' })
    for (const { url } of programs) expect((await clientOf(url!, agent.token).get(`/contacts/${id}`)).status).toBe(200)
    const tokens = await agent.get('/tokens')
    await agent.delete(`/tokens/${tokens.id}`)
    for (const { url } of programs) expect((await clientOf(url!, agent.token).get('/whoami')).status).toBe(401)
  })
})

test('a PostgreSQL database that does not keep every character is refused', async () => {
  const database = await databaseOf(engines.postgres)
  const url = new URL(database.url)
  url.pathname = `${url.pathname}_latin`
  const name = url.pathname.slice(1)
  await onPostgres(`CREATE DATABASE ${name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`)
  cleanups.push(async () => void (await onPostgres(`DROP DATABASE ${name} WITH (FORCE)`)))
  const program = await started({ ...database, url: url.href })
  expect([program.url, await program.exited]).toEqual([undefined, 1])
  expect(program.output()).toContain('LATIN1')
  expect(program.output()).not.toContain('    at ')
})

describe('a setting that can not be used', () => {
  const refusals: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
    ['a port', { CRMKIT_PORT: '99999' }, 'CRMKIT_PORT'],
    ['an address of another machine', { ...MAIL, CRMKIT_HOST: '192.0.2.1' }, 'CRMKIT_HOST must be an address of this'],
    ['a host without an address', { ...MAIL, CRMKIT_HOST: 'crm.invalid' }, 'CRMKIT_HOST must be'],
    ['a database', { CRMKIT_DATABASE_URL: 'mysql://x' }, 'CRMKIT_DATABASE_URL'],
    ['a public address without mail', { CRMKIT_HOST: '0.0.0.0' }, '0.0.0.0'],
    [
      'PostgreSQL without a secret',
      { CRMKIT_DATABASE_URL: 'postgres://127.0.0.1:1/x', CRMKIT_SECRET: '' },
      'CRMKIT_SECRET',
    ],
    ['a password with a slash', { CRMKIT_DATABASE_URL: 'postgres://me:hu@sh/x@127.0.0.1/x' }, 'CRMKIT_DATABASE_URL'],
    ['a password with a slash first', { CRMKIT_DATABASE_URL: 'postgres://me:sh/x@127.0.0.1/x' }, 'percent-encoded'],
    ['a password with a hash', { CRMKIT_DATABASE_URL: 'postgres://me:1#sh@127.0.0.1/x' }, 'percent-encoded'],
    [
      'a password of the mail server with a slash',
      { ...MAIL, CRMKIT_SMTP_URL: 'smtp://me:hu@sh/x@127.0.0.1' },
      'CRMKIT_SMTP_URL',
    ],
    ['PostgreSQL that does not answer', { CRMKIT_DATABASE_URL: 'postgres://me:hush@127.0.0.1:1/x' }, 'PostgreSQL at'],
  ]
  test.each(refusals)('%s: the program says which and ends', async (_, env, says) => {
    const program = await started(await databaseOf(engines.sqlite), env)
    expect([program.url, await program.exited]).toEqual([undefined, 1])
    expect(program.output()).toContain(says)
    expect(program.output()).not.toMatch(/ {4}at |hush|sh\/x|1#sh/)
  })
})
