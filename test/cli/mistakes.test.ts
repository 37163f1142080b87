// Command lines that can't be carried out: a sentence that names what is wrong, never a stack, and an end.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommand } from '../support/command.ts'

let folder: string
let file: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'crmkit-mistakes-'))
  file = join(folder, 'a-file')
  writeFileSync(file, 'no folder')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The command with `{folder}` and `{file}` filled in. */
async function mistaken(words: readonly string[], env: Record<string, string> = {}) {
  const filled = (text: string) => text.replaceAll('{folder}', folder).replaceAll('{file}', file)
  const settings = Object.entries(env).map(([name, value]) => [name, filled(value)] as const)
  return runCommand(words.map(filled), { env: { HOME: folder, ...Object.fromEntries(settings) } })
}

test.each([
  [['imprt', 'x.csv'], {}, 2, 'there is no command "imprt" - did you mean import?'],
  [['nosuch'], {}, 2, 'there is no command "nosuch"'],
  [['serve', '--port', '0'], { CRMKIT_DATA_DIR: '/proc/nothing/here' }, 1, 'CRMKIT_DATA_DIR names /proc/nothing/here'],
  [['serve', '--port', '0'], { CRMKIT_DATA_DIR: '{file}' }, 1, 'CRMKIT_DATA_DIR names {file}, which is no folder.'],
  [['serve', '--port', '0'], { CRMKIT_DATABASE_URL: 'sqlite:/proc/x/a.db' }, 1, 'CRMKIT_DATABASE_URL names /proc/x'],
  [['serve', '--port', '0'], { CRMKIT_DATABASE_URL: 'sqlite::memory:' }, 1, 'CRMKIT_DATABASE_URL must name a file'],
  [['serve', '--port', '0'], { CRMKIT_METRICS_PORT: 'on' }, 1, 'CRMKIT_METRICS_PORT must be a whole number'],
  [['import', '{folder}'], { CRMKIT_TOKEN: 'ck_x' }, 1, '{folder} is a folder.'],
  [['import', '{file}', '--token-file', '{folder}'], {}, 2, "--token-file {folder} can't be read."],
  [['export'], { CRMKIT_TOKEN: 'ck_x', CRMKIT_PUBLIC_URL: 'crm.example' }, 1, 'CRMKIT_PUBLIC_URL must be a base URL'],
  [['export'], { CRMKIT_TOKEN: 'ck_x', CRMKIT_PORT: 'high' }, 1, 'CRMKIT_PORT must be the port of the server'],
  [['export', '--url', 'crm.example'], { CRMKIT_TOKEN: 'ck_x' }, 1, '--url must be a base URL'],
  [['doctor', '--url', ''], {}, 1, '--url must be a base URL'],
  [['restore', '{folder}'], {}, 1, "{folder} is a folder. Name the backup's file."],
  [['restore', '{file}', '--force', '--data-dir', ''], { CRMKIT_DATA_DIR: '{folder}' }, 1, '--data-dir is empty. Give'],
  [['migrate', '--database='], { CRMKIT_DATABASE_URL: 'sqlite:{folder}/x' }, 1, '--database is empty. Give it a value'],
  [['serve', '--host', ''], { CRMKIT_HOST: '127.0.0.2' }, 1, '--host is empty. Give it a value, or leave it out for'],
  [
    ['serve', '--port', ''],
    { CRMKIT_PORT: '0' },
    1,
    '--port is empty. Give it a value, or leave it out for CRMKIT_PORT',
  ],
  [['serve', '--public-url', ''], {}, 1, '--public-url is empty. Give it a value, or leave it out'],
])('crmkit %j %j', async (words, env, code, says) => {
  const ran = await mistaken(words, env as Record<string, string>)
  expect(ran.stderr).toContain(says.replaceAll('{folder}', folder).replaceAll('{file}', file))
  expect(ran.stderr).not.toMatch(/^ +at /m)
  expect(ran.code).toBe(code)
})

test('the doctor does not call a database sound that is not there, and says why a port is not asked', async () => {
  const ran = await mistaken(['doctor', '--url', 'http://localhost:1', '--data-dir', '{folder}/none'])
  expect(ran.stdout).toContain('note  database: There is no file')
  expect(ran.stdout).not.toContain('ok    database')
  expect(ran.stdout).toContain("http://localhost:1 can't be reached: bad port.")
})

test('a relative XDG_DATA_HOME counts as none, and the words of the manual for "not set" are taken', async () => {
  const words = { CRMKIT_METRICS_PORT: 'off', CRMKIT_TOKEN_MAX_DAYS: 'none' }
  const ran = await mistaken(['doctor'], { XDG_DATA_HOME: 'relative', HOME: '{folder}/home', ...words })
  expect(ran.stdout).toContain(`There is no file ${folder}/home/.local/share/crmkit/crmkit.db`)
})
