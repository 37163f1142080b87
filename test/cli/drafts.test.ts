// What a backup and an export write before they are whole: for their owner alone, through nobody's link, over nobody's
// file, and gone afterwards, also where they are interrupted.

import { execFileSync, spawn } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { loadEngine } from '../../src/store/sqlite.ts'
import { runCommand, settingsOf } from '../support/command.ts'
import { engines, type TestDatabase } from '../support/engines.ts'

/** So much that a copy takes a moment. */
const FILLER_BYTES = 64 << 20
const DAY_SECONDS = 24 * 3600

let database: TestDatabase
let server: Server
let answer: (response: ServerResponse) => void
let folder: string
beforeAll(async () => {
  database = await engines.sqlite.newDatabase()
  expect((await runCommand(['migrate'], { env: settingsOf(database) })).code).toBe(0)
  const file = new (loadEngine().DatabaseSync)(join(database.folder, 'crmkit.db'))
  file.exec(`CREATE TABLE filler AS SELECT randomblob(${FILLER_BYTES}) AS bytes`)
  file.close()
  server = createServer((_, response) => answer(response)).listen(0, '127.0.0.1')
  await new Promise((done) => server.once('listening', done))
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await database.drop()
})
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'crmkit-drafts-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const at = (name: string) => join(folder, name)
const environment = () => ({
  ...settingsOf(database),
  CRMKIT_TOKEN: 'ck_test',
  CRMKIT_PUBLIC_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
})
const crmkit = (...words: string[]) => runCommand(words, { env: environment() })

/** Resolves when something has come into the folder. */
function somethingHere(): Promise<void> {
  return new Promise((done) => {
    const watcher = watch(folder, () => {
      watcher.close()
      done()
    })
  })
}

test('an export goes through no link, and has no mode of an older file', async () => {
  answer = (response) => response.end('{"a":1}\n')
  writeFileSync(at('theirs'), 'theirs')
  symlinkSync(at('theirs'), at('linked.ndjson.part'))
  writeFileSync(at('open.ndjson.part'), 'left', { mode: 0o644 })
  for (const name of ['linked.ndjson', 'open.ndjson'])
    for (const force of [[], ['--force']]) {
      expect((await crmkit('export', at(name), ...force)).code).toBe(0)
      expect([readFileSync(at(name), 'utf8'), statSync(at(name)).mode & 0o777]).toEqual(['{"a":1}\n', 0o600])
    }
  expect(readFileSync(at('theirs'), 'utf8')).toBe('theirs')
})

test('a file that comes to the place of an export meanwhile is kept', async () => {
  answer = (response) => {
    writeFileSync(at('all.ndjson'), 'theirs')
    response.end('{"a":1}\n')
  }
  const ran = await crmkit('export', at('all.ndjson'))
  expect([ran.code, ran.stderr]).toEqual([1, `crmkit: ${at('all.ndjson')} exists. Name a new file, or add --force.\n`])
  expect(readFileSync(at('all.ndjson'), 'utf8')).toBe('theirs')
  expect(readdirSync(folder)).toEqual(['all.ndjson'])
})

test('a file that comes to the place of a backup meanwhile is kept', async () => {
  const here = somethingHere()
  const running = crmkit('backup', at('copy.db'))
  await here
  writeFileSync(at('copy.db'), 'theirs')
  const ran = await running
  expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining(`${at('copy.db')} exists already`)])
  expect(readFileSync(at('copy.db'), 'utf8')).toBe('theirs')
  expect(readdirSync(folder)).toEqual(['copy.db'])
})

test('of two backups to one name at once one is made, and is sound', async () => {
  const ran = await Promise.all([crmkit('backup', at('copy.db')), crmkit('backup', at('copy.db'))])
  expect(ran.map(({ code }) => code).sort()).toEqual([0, 1])
  expect(ran.map(({ stderr }) => stderr).join('')).toContain('exists already')
  expect(readdirSync(folder)).toEqual(['copy.db'])
  expect(statSync(at('copy.db')).nlink).toBe(1)
  const seen = await crmkit('doctor', '--thorough', '--database', `sqlite:${at('copy.db')}`)
  expect(seen.stdout).toMatch(/ok {4}database: All \d+ bytes are sound/)
})

test.each([
  ['backup', 'SIGTERM'],
  ['backup', 'SIGINT'],
  ['export', 'SIGTERM'],
] as const)('an interrupted %s (%s) leaves nothing', async (command, signal) => {
  answer = (response) => response.writeHead(200).write('{"half":')
  const here = somethingHere()
  const words = ['dist/main.js', command, at('copy')]
  const child = spawn(process.execPath, words, { env: { PATH: process.env.PATH, ...environment() }, stdio: 'ignore' })
  const exited = new Promise((done) => child.once('exit', (_, by) => done(by)))
  await here
  child.kill(signal)
  expect(await exited).toBe(signal)
  expect(readdirSync(folder)).toEqual([])
})

test('the nightly service removes drafts that were left, and old backups, and nothing else', () => {
  mkdirSync(at('backups'))
  const ages = {
    ...{ 'crmkit-a.db': 31, 'crmkit-b.db': 29, 'other.db': 31, 'crmkit-c.db.01ab23cd.part': 0 },
    ...{ 'crmkit-d.db.01ab23cd.part': 2, 'crmkit-d.db.01ab23cd.part-journal': 2, 'crmkit-e.db.part': 2 },
  }
  for (const [name, days] of Object.entries(ages)) {
    const then = Date.now() / 1000 - days * DAY_SECONDS - 60
    writeFileSync(at(`backups/${name}`), '')
    utimesSync(at(`backups/${name}`), then, then)
  }
  const unit = readFileSync('packaging/systemd/crmkit-backup.service', 'utf8')
  const removals = [...unit.matchAll(/^ExecStartPost=(.*)$/gm)].map(([, command]) => command!)
  expect(removals).toHaveLength(2)
  for (const command of removals)
    execFileSync('/bin/sh', ['-c', command.replace('/var/lib/crmkit/backups', at('backups'))])
  expect(readdirSync(at('backups')).sort()).toEqual(['crmkit-b.db', 'crmkit-c.db.01ab23cd.part', 'other.db'])
})
