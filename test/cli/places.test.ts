// What stands where crmkit keeps its data and is not what it should be: refused with a sentence, and left as it is.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runCommand, settingsOf } from '../support/command.ts'
import { engines, type TestDatabase } from '../support/engines.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await engines.sqlite.newDatabase()
})
afterEach(() => database.drop())

const at = (name: string) => join(database.folder, name)
const crmkit = (words: readonly string[], env = settingsOf(database)) => runCommand(words, { env })

test('a link to nothing: two of them would have a lock each', async () => {
  symlinkSync(at('nothing.db'), at('crmkit.db'))
  const ran = await crmkit(['serve'])
  expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining(`is a link to ${at('nothing.db')}`)])
  expect(readdirSync(database.folder)).toEqual(['crmkit.db'])
  expect(existsSync(at('nothing.db'))).toBe(false)
})

test('a secret that is too short, or a folder: neither a start nor doctor takes it', async () => {
  const env = { ...settingsOf(database), CRMKIT_SECRET: '', CRMKIT_PORT: '0' }
  const refused = async (says: string) => {
    const ran = await crmkit(['serve'], env)
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining(says)])
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
