// What stands where crmkit keeps its data and is not what it should be: refused with a sentence, and left as it is.

import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadEngine } from '../../src/store/sqlite.ts'
import { runCommand, settingsOf } from '../support/command.ts'
import { engines, type TestDatabase } from '../support/engines.ts'
import { startProgram } from '../support/program.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await engines.sqlite.newDatabase()
})
afterEach(() => database.drop())

const at = (name: string) => join(database.folder, name)
/** What a start says that is refused. */
async function refusedStart(env: Readonly<Record<string, string>> = {}): Promise<string> {
  const program = await startProgram(database, env)
  program.kill('SIGKILL')
  await program.exited
  expect(program.url).toBeUndefined()
  return program.output()
}

const crmkit = (words: readonly string[], env = settingsOf(database)) => runCommand(words, { env })

test('links that lead round in a circle', async () => {
  symlinkSync(at('round.db'), at('crmkit.db'))
  symlinkSync(at('crmkit.db'), at('round.db'))
  expect(await refusedStart()).toContain(`${at('crmkit.db')} is a link that leads round in a circle`)
})

test('a second server through a link, also where the first one made the file', async () => {
  mkdirSync(at('real'))
  symlinkSync(join('real', 'kept.db'), at('crmkit.db'))
  const first = await startProgram(database)
  expect(first.url).toBeDefined()
  expect(existsSync(at('real/kept.db'))).toBe(true)
  expect(await refusedStart({ CRMKIT_DATABASE_URL: `sqlite:${at('real/kept.db')}` })).toContain('Another crmkit has')
  first.kill('SIGTERM')
  await first.exited
  rmSync(at('real/kept.db'))
  writeFileSync(at('real/kept.db.before-restore-20260101T000000000Z'), '')
  expect(await refusedStart()).toContain('as after a restore that was cut off')
})

test('a file that has two names', async () => {
  expect((await crmkit(['migrate'])).code).toBe(0)
  linkSync(at('crmkit.db'), at('copy.db'))
  expect(await refusedStart()).toContain('has 2 names (hard links)')
  rmSync(at('copy.db'))
  expect((await crmkit(['user', 'list'])).code).toBe(0)
})

test('where the first restore was cut off nothing makes an empty database, and it is repeated as it was', async () => {
  expect((await crmkit(['migrate'])).code).toBe(0)
  expect((await crmkit(['backup', at('copy.db')])).code).toBe(0)
  rmSync(at('crmkit.db'))
  const draft = at('crmkit.db.restoring')
  writeFileSync(draft, readFileSync(at('copy.db')).subarray(0, 10_000))
  const told = `There is no ${at('crmkit.db')}, but ${draft}, as after a restore that was cut off. Repeat it`
  for (const words of [['migrate'], ['migrate', '--dry-run'], ['user', 'list']]) {
    const ran = await crmkit(words)
    expect([ran.code, ran.stderr], words.join(' ')).toEqual([1, expect.stringContaining(told)])
  }
  const seen = await crmkit(['doctor'])
  expect([seen.code, seen.stdout]).toEqual([1, expect.stringContaining(told)])
  expect(await refusedStart()).toContain(told)
  const again = await crmkit(['restore', at('copy.db')])
  expect([again.code, again.stderr]).toEqual([0, expect.stringContaining('0 workspaces, 0 users')])
  expect(existsSync(draft)).toBe(false)
  expect((await crmkit(['user', 'list'])).code).toBe(0)
})

test('a backup that was cut off between its two names: the one that may be removed is named', async () => {
  expect((await crmkit(['migrate'])).code).toBe(0)
  writeFileSync(at('crmkit.db.00000000.part'), '')
  linkSync(at('crmkit.db'), at('crmkit.db.01ab23cd.part'))
  expect(await refusedStart()).toContain(`${at('crmkit.db.01ab23cd.part')} is what a backup that was cut off has left`)
  rmSync(at('crmkit.db.01ab23cd.part'))
  expect((await crmkit(['user', 'list'])).code).toBe(0)
})

test('a secret that is too short, or a folder: neither a start nor doctor takes it', async () => {
  const env = { ...settingsOf(database), CRMKIT_SECRET: '' }
  const refused = async (says: string) => {
    expect(await refusedStart({ CRMKIT_SECRET: '' })).toContain(says)
    const seen = await crmkit(['doctor'], env)
    expect([seen.code, seen.stdout]).toEqual([1, expect.stringContaining('fault secret')])
    expect(seen.stdout).not.toContain('chmod')
  }
  for (const text of ['', 'abc\n']) {
    writeFileSync(at('secret'), text, { mode: 0o600 })
    await refused('fewer than 16 characters')
    expect(readFileSync(at('secret'), 'utf8')).toBe(text)
  }
  rmSync(at('secret'))
  mkdirSync(at('secret'))
  await refused(`The secret at ${at('secret')} can't be read`)
  expect((await crmkit(['doctor'], { ...env, CRMKIT_SECRET: 'x'.repeat(16) })).code).toBe(0)
})

test('a file that is no database, and the database of another program', async () => {
  const { DatabaseSync } = loadEngine()
  writeFileSync(at('text'), 'not of SQLite', { mode: 0o644 })
  const other = new DatabaseSync(at('other.db'))
  other.exec('PRAGMA journal_mode = WAL; CREATE TABLE songs (name TEXT); CREATE TABLE schema_migrations (version TEXT)')
  other.close()
  chmodSync(at('other.db'), 0o644)
  mkdirSync(at('folder'))
  for (const [name, says] of [
    ['text', 'is no SQLite database'],
    ['other.db', 'is the SQLite database of another program'],
    ['folder', 'is no file'],
  ] as const) {
    const bytes = () => (name === 'folder' ? readdirSync(at(name)) : readFileSync(at(name)))
    const [before, mode] = [bytes(), statSync(at(name)).mode]
    for (const words of [['serve'], ['migrate'], ['migrate', '--dry-run'], ['user', 'list']]) {
      const ran = await crmkit([...words, '--database', `sqlite:${at(name)}`])
      expect([ran.code, ran.stderr], words[0]).toEqual([1, expect.stringContaining(`${at(name)} ${says}`)])
    }
    const seen = await crmkit(['doctor', '--database', `sqlite:${at(name)}`])
    expect([seen.code, seen.stdout]).toEqual([1, expect.stringContaining(`fault database: ${at(name)} ${says}`)])
    expect([bytes(), statSync(at(name)).mode]).toEqual([before, mode])
  }
  expect(readdirSync(database.folder).sort()).toEqual(['folder', 'other.db', 'text'])
})

test('the database of another program whose tables stand in its log', async () => {
  const other = new (loadEngine().DatabaseSync)(at('crmkit.db'))
  other.exec('PRAGMA journal_mode = WAL; CREATE TABLE songs (name TEXT)')
  const ran = await crmkit(['migrate'])
  other.close()
  expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('of another program')])
})
