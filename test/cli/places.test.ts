// What stands where crmkit keeps its data and is not what it should be: refused with a sentence, and left as it is.

import { existsSync, readdirSync, symlinkSync } from 'node:fs'
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
