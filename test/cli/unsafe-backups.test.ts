// Backups that would lose or change something: refused, or restored without what is not theirs.

import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadEngine } from '../../src/store/sqlite.ts'
import { clientOf, signIn } from '../support/client.ts'
import { runCommand, settingsOf } from '../support/command.ts'
import { engines, type TestDatabase } from '../support/engines.ts'
import { otherUser } from '../support/other-user.ts'
import { startProgram } from '../support/program.ts'

describe('unsafe backups', () => {
  let database: TestDatabase
  let into: TestDatabase
  let elsewhere: string
  let token: string
  let log: Uint8Array
  const at = (name: string) => join(elsewhere, name)
  const restore = (name: string) => runCommand(['restore', at(name)], { env: settingsOf(into) })

  beforeAll(async () => {
    database = await engines.sqlite.newDatabase()
    into = await engines.sqlite.newDatabase()
    elsewhere = mkdtempSync(join(tmpdir(), 'crmkit-unsafe-'))
    const program = await startProgram(database)
    const agent = await signIn(program.url!, 'kept@example.com')
    token = agent.token!
    await agent.post('/contacts', { name: 'Ada' })
    for (const name of ['sound.db', 'torn.db'])
      expect((await runCommand(['backup', at(name)], { env: settingsOf(database) })).code).toBe(0)
    log = readFileSync(join(database.folder, 'crmkit.db-wal'))
    program.kill('SIGKILL')
    await program.exited
  })
  afterAll(async () => {
    for (const each of [database, into]) await each.drop()
    rmSync(elsewhere, { recursive: true })
  })

  test('one whose rows refer to what is not there is refused, and nothing is restored', async () => {
    const torn = new (loadEngine().DatabaseSync)(at('torn.db'))
    torn.exec('PRAGMA foreign_keys = OFF; DELETE FROM users')
    torn.close()
    const refused = await restore('torn.db')
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('refers to what is not there')])
    expect(existsSync(join(into.folder, 'crmkit.db'))).toBe(false)
  })

  test('one that this user may not read is named', async () => {
    const other = otherUser()
    const env = { ...settingsOf(into), HOME: elsewhere, CRMKIT_DATABASE_URL: `sqlite:${at('out/crmkit.db')}` }
    mkdirSync(at('out'))
    copyFileSync(at('sound.db'), at('closed.db'))
    chmodSync(at('closed.db'), 0)
    if (other.uid) for (const path of [elsewhere, at('out')]) chownSync(path, other.uid, other.uid)
    const ran = await other.crmkit(['restore', at('closed.db')], { ...env, CRMKIT_DATA_DIR: at('out') })
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining(`crmkit: ${at('closed.db')} can't be opened: `)])
    other.remove()
  })

  test('the log of another database that lies in the way is not read into what is restored', async () => {
    expect(log.length).toBeGreaterThan(0)
    const lying = join(into.folder, 'crmkit.db-wal')
    writeFileSync(lying, log)
    const restored = await restore('sound.db')
    expect(restored.code, restored.stderr).toBe(0)
    expect(existsSync(lying) ? statSync(lying).size : 0).toBe(0)
    const program = await startProgram(into)
    expect((await clientOf(program.url!, token).get('/contacts')).value('name')).toBe('Ada')
    program.kill('SIGTERM')
    await program.exited
  })
})
