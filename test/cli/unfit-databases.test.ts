// Databases that could lose what was answered, or do more than hold rows.

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
