// Databases that could lose what was answered, or do more than hold rows.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadEngine } from '../../src/store/sqlite.ts'
import { clientOf } from '../support/client.ts'
import { engines } from '../support/engines.ts'
import { newPostgres } from '../support/postgres.ts'
import { startProgram } from '../support/program.ts'
import { serve } from '../support/server.ts'

test.each(['fsync=off', 'full_page_writes=off', 'synchronous_commit=off'])(
  'on a PostgreSQL with %s the program does not start',
  async (setting) => {
    const own = await newPostgres([setting])
    await own.start()
    const url = `postgres://postgres@127.0.0.1:${own.port}/postgres`
    const database = { url, folder: own.folder, drop: async () => own.remove() }
    const program = await startProgram(database)
    program.kill('SIGTERM')
    expect([program.url, program.output()]).toEqual([
      undefined,
      expect.stringContaining('answered writes could be lost'),
    ])
    await own.stop('fast')
    await database.drop()
  },
)

test('where something keeps from PostgreSQL how long a statement may take the program does not start', async () => {
  const database = await engines.postgres.newDatabase()
  const program = await startProgram({ ...database, url: `${database.url}?statement_timeout=60000` })
  expect([program.url, await program.exited]).toEqual([undefined, 1])
  expect(program.output()).toContain('a pooler such as PgBouncer stands between, or the URL names another')
  await database.drop()
})

test('on a PostgreSQL that asks for a password that nobody gave the program ends at once', async () => {
  // Longer than a test may take: the server would cut a connection that is left open.
  const own = await newPostgres(['authentication_timeout=600'])
  await own.start()
  await own.query("ALTER ROLE postgres PASSWORD 'known'")
  writeFileSync(join(own.folder, 'data', 'pg_hba.conf'), 'host all all 127.0.0.1/32 scram-sha-256\n')
  await own.query('SELECT pg_reload_conf()')
  const url = `postgres://postgres@127.0.0.1:${own.port}/postgres`
  const database = { url, folder: own.folder, drop: async () => own.remove() }
  const refused = await startProgram(database)
  expect([refused.url, await refused.exited]).toEqual([undefined, 1])
  expect(refused.output()).toContain('password must be a string')
  const served = await startProgram({ ...database, url: url.replace('postgres@', 'postgres:known@') })
  expect(served.url).toBeDefined()
  served.kill('SIGTERM')
  await served.exited
  await own.stop('fast')
  await database.drop()
})

test('a trigger that somebody planted in the file can not read of the machine', async () => {
  const database = await engines.sqlite.newDatabase()
  const before = await serve(database)
  const { token } = await before.signIn()
  await before.stop()
  const file = new (loadEngine().DatabaseSync)(database.url.replace('sqlite:', ''))
  file.exec(`CREATE TRIGGER planted AFTER INSERT ON contacts BEGIN
    UPDATE contacts SET title = (SELECT group_concat(file) FROM pragma_database_list) WHERE id = new.id; END`)
  file.close()
  const server = await serve(database)
  const agent = clientOf(server.url, token)
  expect((await agent.post('/contacts', { name: 'Ada' })).status).toBe(500)
  expect((await agent.get('/contacts')).text).not.toContain(database.folder)
  await server.stop()
  await database.drop()
})
