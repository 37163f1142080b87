// crmkit doctor: what it finds on a sound machine, on a bad one, and from outside.

import { chmodSync, chownSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkMail } from '../../src/cli/checks/mail.ts'
import { readConfig } from '../../src/config.ts'
import { openDatabase } from '../../src/store/open.ts'
import { runCommand, settingsOf } from '../support/command.ts'
import { engines, onBothEngines, type TestDatabase } from '../support/engines.ts'
import { otherUser } from '../support/other-user.ts'
import { type Program, startProgram } from '../support/program.ts'

onBothEngines('crmkit doctor', (engine) => {
  let database: TestDatabase
  let program: Program
  beforeAll(async () => {
    database = await engine.newDatabase()
    program = await startProgram(database)
  })
  afterAll(async () => {
    program.kill('SIGKILL')
    await program.exited
    await database.drop()
  })

  test('finds no fault where there is none', async () => {
    const ran = await runCommand(['doctor', '--json', '--thorough'], { env: settingsOf(database) })
    expect(ran.json().faults, ran.stdout).toBe(0)
    expect(ran.code).toBe(0)
    const checks = new Set(ran.json().items.map(({ check }: { check: string }) => check))
    expect([...checks]).toEqual(['configuration', 'database', 'mail', 'clock', 'disk'])
  })

  test('looks at the server from outside', async () => {
    const ran = await runCommand(['doctor', '--url', program.url!, '--json'], { env: settingsOf(database) })
    const seen = ran.json().items.filter(({ check }: { check: string }) => check === 'public URL')
    expect(seen[0]).toMatchObject({ state: 'ok', says: `${program.url} answers.` })
    expect(ran.code).toBe(ran.json().faults > 0 ? 1 : 0)
  })
})

describe('crmkit doctor on a bad machine', () => {
  test('names the setting that is wrong', async () => {
    const ran = await runCommand(['doctor'], { env: { CRMKIT_PORT: 'high', HOME: '/tmp' } })
    expect([ran.code, ran.stdout]).toEqual([1, expect.stringContaining('fault configuration: CRMKIT_PORT')])
    expect(ran.stdout).toContain('# faults: 1')
  })

  test('names a database that does not answer, and files that others can read', async () => {
    const gone = { CRMKIT_DATABASE_URL: 'postgres://127.0.0.1:1/none', CRMKIT_SECRET: 'x'.repeat(32), HOME: '/tmp' }
    const unreachable = await runCommand(['doctor'], { env: gone })
    expect([unreachable.code, unreachable.stdout]).toEqual([1, expect.stringContaining('fault database')])
    const database = await engines.sqlite.newDatabase()
    try {
      await runCommand(['migrate'], { env: settingsOf(database) })
      chmodSync(join(database.folder, 'crmkit.db'), 0o644)
      const ran = await runCommand(['doctor'], { env: settingsOf(database) })
      expect([ran.code, ran.stdout]).toEqual([1, expect.stringContaining('do: chmod 600')])
    } finally {
      await database.drop()
    }
  })

  test('says of a database that is damaged, or from a newer version, what helps', async () => {
    const database = await engines.sqlite.newDatabase()
    try {
      const env = settingsOf(database)
      writeFileSync(join(database.folder, 'crmkit.db'), 'no database at all'.repeat(100))
      expect((await runCommand(['doctor'], { env })).stdout).toContain('do: Stop the server and restore a backup')
      rmSync(join(database.folder, 'crmkit.db'))
      await runCommand(['migrate'], { env })
      const opened = await openDatabase(readConfig({}, env))
      await opened.write((db) => db.rows("INSERT INTO schema_migrations (name) VALUES ('9999-from-the-future')"))
      await opened.close()
      expect((await runCommand(['doctor'], { env })).stdout).toContain('do: Install the newer version')
    } finally {
      await database.drop()
    }
  })

  test('tells a database that it may not look at from none, and a user without a home', async () => {
    const database = await engines.sqlite.newDatabase()
    const other = otherUser()
    try {
      chmodSync(database.folder, 0)
      const closed = await other.crmkit(['doctor'], settingsOf(database))
      expect(closed.stdout).toContain('fault database: This user may not look at')
      expect(closed.stdout).not.toContain('There is no file')
      if (other.uid) expect((await other.crmkit(['doctor'], {})).stdout).toContain('CRMKIT_DATA_DIR')
    } finally {
      chmodSync(database.folder, 0o700)
      other.remove()
      await database.drop()
    }
  })

  test('finds a folder and files that a server could not write', async () => {
    const database = await engines.sqlite.newDatabase()
    const file = join(database.folder, 'crmkit.db')
    const other = otherUser()
    const seen = async (path: string) => {
      const { code, stdout } = await other.crmkit(['doctor'], settingsOf(database))
      expect([code, stdout]).toEqual([
        1,
        expect.stringContaining(`fault database: This user may not write ${path}, so`),
      ])
      return stdout
    }
    try {
      if (other.uid) chownSync(database.folder, other.uid, other.uid)
      chmodSync(database.folder, 0o500)
      expect(await seen(database.folder)).toContain('There is no file')
      expect((await other.crmkit(['migrate'], settingsOf(database))).code).toBe(1)
      chmodSync(database.folder, 0o700)
      expect((await other.crmkit(['migrate'], settingsOf(database))).code).toBe(0)
      expect((await other.crmkit(['doctor'], settingsOf(database))).code).toBe(0)
      chmodSync(file, 0o400)
      expect(await seen(file)).toContain('do: Run this as the user that the server runs as')
    } finally {
      chmodSync(database.folder, 0o700)
      other.remove()
      await database.drop()
    }
  })

  test('does not wait for long for a mail server that greets and then says nothing', async () => {
    const silent = createTcpServer((socket) => {
      socket.on('error', () => {})
      socket.write('220 mail.example ESMTP\r\n')
    }).listen(0, '127.0.0.1')
    await new Promise((done) => silent.once('listening', done))
    const { port } = silent.address() as AddressInfo
    expect(await checkMail(`smtp://127.0.0.1:${port}`)).toMatchObject([{ state: 'fault' }])
    silent.close()
  })

  test('tells a URL that nothing answers at from one of another program', async () => {
    const stranger = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1')
    await new Promise((done) => stranger.once('listening', done))
    const { port } = stranger.address() as AddressInfo
    const env = { HOME: '/tmp', CRMKIT_DATA_DIR: '/tmp/crmkit-no-such-folder' }
    try {
      const other = await runCommand(['doctor', '--url', `http://127.0.0.1:${port}`], { env })
      expect([other.code, other.stdout]).toEqual([1, expect.stringContaining('it is not crmkit')])
      const nothing = await runCommand(['doctor', '--url', 'http://127.0.0.1:1'], { env })
      expect([nothing.code, nothing.stdout]).toEqual([1, expect.stringContaining("can't be reached")])
    } finally {
      stranger.close()
    }
  })

  test('signs in to the mail server, and says why that fails', async () => {
    const server = new SMTPServer({
      authOptional: false,
      allowInsecureAuth: true,
      disabledCommands: ['STARTTLS'],
      onAuth: ({ username, password }, _, done) =>
        username === 'crm' && password === 'right' ? done(null, { user: 'crm' }) : done(new Error('no')),
    })
    server.on('error', () => {})
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const { port } = server.server.address() as AddressInfo
    try {
      expect(await checkMail(`smtp://crm:right@127.0.0.1:${port}`)).toMatchObject([{ state: 'ok' }])
      const [refused] = await checkMail(`smtp://crm:wrong@127.0.0.1:${port}`)
      expect(refused).toMatchObject({ state: 'fault', todo: expect.stringContaining('user and password') })
      expect(JSON.stringify(refused)).not.toContain('wrong')
    } finally {
      await new Promise<void>((done) => server.close(() => done()))
    }
    expect(await checkMail(`smtp://127.0.0.1:${port}`)).toMatchObject([{ state: 'fault' }])
  })
})
