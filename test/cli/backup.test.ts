// Backups of a SQLite database: taken under load, checked, restored; and all the ways in which a restore refuses.

import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadEngine } from '../../src/store/sqlite.ts'
import { allPages, clientOf, signIn } from '../support/client.ts'
import { runCommand, settingsOf } from '../support/command.ts'
import { engines, type TestDatabase } from '../support/engines.ts'
import { type Program, startProgram } from '../support/program.ts'

const WRITERS = 8
const BEFORE = 50
const UNLIMITED = { CRMKIT_RATE_LIMIT: '0' }

describe('crmkit backup and restore', () => {
  let database: TestDatabase
  let program: Program
  let elsewhere: string
  beforeAll(async () => {
    database = await engines.sqlite.newDatabase()
    program = await startProgram(database, UNLIMITED)
    elsewhere = mkdtempSync(join(tmpdir(), 'crmkit-backup-'))
  })
  afterAll(async () => {
    program.kill('SIGKILL')
    await program.exited
    await database.drop()
    rmSync(elsewhere, { recursive: true })
  })

  const crmkit = (...words: string[]) => runCommand(words, { env: settingsOf(database) })
  const at = (name: string) => join(elsewhere, name)

  test('a backup taken while eight clients write holds all that was answered before, and half of nothing', async () => {
    const agent = await signIn(program.url!, 'backed-up@example.com')
    const answered: string[] = []
    let number = 0
    let writing = true
    const write = async () => {
      while (writing) {
        const name = `n${number++}`
        const reply = await agent.post('/contacts', { name, email: `${name}@backup.example`, notes: 'x'.repeat(2000) })
        if (reply.status === 201) answered.push(name)
      }
    }
    const writers = Array.from({ length: WRITERS }, write)
    while (answered.length < BEFORE) await agent.get('/whoami')
    const before = [...answered]
    const made = await crmkit('backup', at('under-load.db'), '--json')
    writing = false
    await Promise.all(writers)
    expect(made.code, made.stderr).toBe(0)
    expect(made.json()).toMatchObject({ file: at('under-load.db'), workspaces: 1, users: 1, pending: [] })
    expect(statSync(at('under-load.db')).mode & 0o777).toBe(0o600)
    expect(readdirSync(elsewhere)).toEqual(['under-load.db'])

    const restored = await engines.sqlite.newDatabase()
    const done = await runCommand(['restore', at('under-load.db')], { env: settingsOf(restored) })
    expect([done.code, done.stdout]).toEqual([0, `${join(restored.folder, 'crmkit.db')}\n`])
    const second = await startProgram(restored, UNLIMITED)
    try {
      const again = clientOf(second.url!, agent.token)
      const kept = new Set((await allPages(again, '/contacts?limit=200')).map(({ values }) => values.get('name')!.text))
      expect(before.filter((name) => !kept.has(name))).toEqual([])
      const log = new Set((await allPages(again, '/audit?limit=200')).map(({ values }) => values.get('new.name')!.text))
      expect(log).toEqual(kept)
      expect((await again.get(`/contacts?search=${before[0]}`)).records.length).toBeGreaterThan(0)
      expect((await again.post('/contacts', { name: 'After' })).status).toBe(201)
    } finally {
      second.kill('SIGTERM')
      await second.exited
      await restored.drop()
    }
  })

  test('a backup never overwrites, and what can not be written leaves nothing', async () => {
    writeFileSync(at('mine'), 'mine')
    expect((await crmkit('backup', at('mine'))).code).toBe(1)
    expect(readFileSync(at('mine'), 'utf8')).toBe('mine')
    expect((await crmkit('backup', at('no/such/folder.db'))).code).toBe(1)
    expect(readdirSync(elsewhere).filter((name) => name.endsWith('.part'))).toEqual([])
  })

  test('a restore refuses while a server runs, and so does a second server', async () => {
    await crmkit('backup', at('sound.db'))
    symlinkSync(join(database.folder, 'crmkit.db'), at('link.db'))
    for (const words of [['restore', at('sound.db'), '--force'], ['serve']])
      for (const place of [database.url, `sqlite:${at('link.db')}`]) {
        const ran = await crmkit(...words, '--database', place)
        expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('Stop that one first')])
      }
    expect(readdirSync(elsewhere)).not.toContain('link.db-lock')
    expect((await clientOf(program.url!).get('/readyz')).status).toBe(200)
  })

  test('a restore needs --force to replace, and keeps what it replaces', async () => {
    const other = await engines.sqlite.newDatabase()
    const restore = (...words: string[]) => runCommand(['restore', ...words], { env: settingsOf(other) })
    try {
      expect((await restore(at('sound.db'))).code).toBe(0)
      const refused = await restore(at('sound.db'))
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('--force')])
      const forced = await restore(at('sound.db'), '--force', '--json')
      expect(forced.code).toBe(0)
      expect(existsSync(forced.json().kept)).toBe(true)
    } finally {
      await other.drop()
    }
  })

  test('a copy of the file and its log is restored with what stands in the log', async () => {
    const killed = await engines.sqlite.newDatabase()
    const first = await startProgram(killed, UNLIMITED)
    const agent = await signIn(first.url!, 'killed@example.com')
    for (const name of ['Ada', 'Grace']) expect((await agent.post('/contacts', { name })).status).toBe(201)
    first.kill('SIGKILL')
    await first.exited
    for (const end of ['', '-wal']) copyFileSync(join(killed.folder, `crmkit.db${end}`), at(`killed.db${end}`))
    const restored = await engines.sqlite.newDatabase()
    const itself = join(killed.folder, 'crmkit.db')
    try {
      for (const [words, into] of [
        [['restore', at('killed.db')], restored],
        [['restore', itself, '--force'], killed],
      ] as const) {
        const ran = await runCommand(words, { env: settingsOf(into) })
        expect(ran.code, ran.stderr).toBe(0)
        const second = await startProgram(into, UNLIMITED)
        const { records } = await clientOf(second.url!, agent.token).get('/contacts?sort=name')
        second.kill('SIGTERM')
        await second.exited
        expect(records.map(({ values }) => values.get('name')!.text)).toEqual(['Ada', 'Grace'])
      }
    } finally {
      for (const each of [killed, restored]) await each.drop()
    }
  })

  test('a restore that fails after all leaves the database in its place', async () => {
    const other = await engines.sqlite.newDatabase()
    const file = join(other.folder, 'crmkit.db')
    const crmkitThere = (...words: string[]) => runCommand(words, { env: settingsOf(other) })
    try {
      await crmkitThere('migrate')
      const bytes = readFileSync(file)
      // What can't be removed, and is found only when the old file has been moved.
      mkdirSync(`${file}-shm`)
      const failed = await crmkitThere('restore', at('sound.db'), '--force')
      expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining("can't be written")])
      expect(readFileSync(file)).toEqual(bytes)
      rmdirSync(`${file}-shm`)
      expect(readdirSync(other.folder).sort()).toEqual(['crmkit.db', 'crmkit.db-lock'])
    } finally {
      await other.drop()
    }
  })

  test('where a restore was cut off nothing makes an empty database, and the old one is put back by name', async () => {
    const other = await engines.sqlite.newDatabase()
    const file = join(other.folder, 'crmkit.db')
    const kept = `${file}.before-restore-20261124T101112000Z`
    const crmkitThere = (...words: string[]) => runCommand(words, { env: settingsOf(other) })
    try {
      await crmkitThere('restore', at('sound.db'))
      renameSync(file, kept)
      for (const words of [['serve'], ['migrate'], ['migrate', '--dry-run'], ['user', 'list']]) {
        const ran = await crmkitThere(...words)
        expect([ran.code, ran.stderr], words[0]).toEqual([1, expect.stringContaining(`crmkit restore ${kept}`)])
      }
      const seen = await crmkitThere('doctor')
      expect([seen.code, seen.stdout]).toEqual([1, expect.stringContaining(`fault database: There is no ${file}`)])
      expect(existsSync(file)).toBe(false)
      expect((await crmkitThere('restore', kept)).code).toBe(0)
      expect((await crmkitThere('user', 'list')).stdout).toContain('backed-up@example.com')
    } finally {
      await other.drop()
    }
  })

  test('a damaged backup, and what is none, are refused and change nothing', async () => {
    const other = await engines.sqlite.newDatabase()
    const bytes = readFileSync(at('sound.db'))
    copyFileSync(at('sound.db'), at('damaged.db'))
    const damaged = Buffer.from(bytes)
    damaged.fill(0xff, 8192, damaged.length - 8192)
    writeFileSync(at('damaged.db'), damaged)
    writeFileSync(at('cut.db'), bytes.subarray(0, bytes.length / 2))
    writeFileSync(at('text.db'), 'no database at all')
    writeFileSync(at('empty.db'), '')
    try {
      for (const name of ['damaged.db', 'cut.db', 'text.db', 'empty.db', 'missing.db']) {
        const ran = await runCommand(['restore', at(name)], { env: settingsOf(other) })
        expect([ran.code, ran.stdout], name).toEqual([1, ''])
        expect(ran.stderr, name).toMatch(/^crmkit: .*\n$/)
      }
      expect(existsSync(join(other.folder, 'crmkit.db'))).toBe(false)
    } finally {
      await other.drop()
    }
  })

  test('after a stop the file is whole without its log, also when a command has written since', async () => {
    const stopped = await engines.sqlite.newDatabase()
    const first = await startProgram(stopped, UNLIMITED)
    const agent = await signIn(first.url!, 'stopped@example.com')
    for (const name of ['Ada', 'Grace']) expect((await agent.post('/contacts', { name })).status).toBe(201)
    first.kill('SIGTERM')
    await first.exited
    const expectWholeFor = async (token: string) => {
      const copied = await engines.sqlite.newDatabase()
      copyFileSync(join(stopped.folder, 'crmkit.db'), join(copied.folder, 'crmkit.db'))
      const second = await startProgram(copied, UNLIMITED)
      try {
        const { records } = await clientOf(second.url!, token).get('/contacts?sort=name')
        expect(records.map(({ values }) => values.get('name')!.text)).toEqual(['Ada', 'Grace'])
      } finally {
        second.kill('SIGTERM')
        await second.exited
        await copied.drop()
      }
    }
    await expectWholeFor(agent.token!)
    const create = ['token', 'create', '--user', 'stopped@example.com', '--json']
    const made = await runCommand(create, { env: settingsOf(stopped) })
    expect(made.code, made.stderr).toBe(0)
    await expectWholeFor(made.json().token)
    await stopped.drop()
  })

  test('a stop waits for nobody who reads: an export that nobody takes is ended, others are named', async () => {
    const stopped = await engines.sqlite.newDatabase()
    const file = join(stopped.folder, 'crmkit.db')
    const first = await startProgram(stopped, UNLIMITED)
    const agent = await signIn(first.url!, 'stopped@example.com')
    const rows = Array.from({ length: 600 }, (_, n) =>
      JSON.stringify({ type: 'contact', name: `n${n}`, notes: 'x'.repeat(15_000) }),
    )
    const options = { headers: { 'content-type': 'application/x-ndjson' } }
    expect((await agent.post('/import', rows.join('\n'), options)).status).toBe(200)
    const { hostname, port } = new URL(first.url!)
    const taker = connect(Number(port), hostname, () =>
      taker.write(`GET /export HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${agent.token}\r\n\r\n`),
    )
    await once(taker, 'readable')
    first.kill('SIGTERM')
    expect(await first.exited).toBe(0)
    taker.destroy()
    const alone = at('alone.db')
    copyFileSync(file, alone)
    const copy = new (loadEngine().DatabaseSync)(alone, { readOnly: true })
    expect(copy.prepare('SELECT count(*) AS n FROM contacts').get()).toEqual({ n: 600 })
    copy.close()
    expect(first.output()).not.toContain('crmkit.db-wal')

    const second = await startProgram(stopped, UNLIMITED)
    const other = new (loadEngine().DatabaseSync)(file, { readOnly: true })
    other.exec('BEGIN; SELECT count(*) FROM contacts')
    expect((await clientOf(second.url!, agent.token).post('/contacts', { name: 'last' })).status).toBe(201)
    second.kill('SIGTERM')
    expect(await second.exited).toBe(0)
    expect(second.output()).toContain(`stay in ${file}-wal`)
    other.close()
    await stopped.drop()
  })

  test('with PostgreSQL both name the tool that does it', async () => {
    const shared = await engines.postgres.newDatabase()
    try {
      const env = settingsOf(shared)
      expect((await runCommand(['backup', at('x')], { env })).stderr).toContain('pg_dump')
      expect((await runCommand(['restore', at('x')], { env })).stderr).toContain('Stop all nodes, then: pg_restore')
    } finally {
      await shared.drop()
    }
  })
})
