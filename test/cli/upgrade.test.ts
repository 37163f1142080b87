// A database of an older version: the next start brings it over, and what was found before is found.

import { join } from 'node:path'
import pg from 'pg'
import { expect, test } from 'vitest'
import { core } from '../../src/store/migrations/0001-core.ts'
import { searchPacks } from '../../src/store/migrations/0005-search-packs.ts'
import { loadEngine, sqlite } from '../../src/store/sqlite.ts'
import { engines } from '../support/engines.ts'
import { serve } from '../support/server.ts'

const NEW = ['search_index', 'search_vocabulary', 'search_texts', 'search_terms', 'search_gone', 'workspaces_gone']

test('search finds what a file of version 0007 holds, and what is changed afterwards', async () => {
  const database = await engines.sqlite.newDatabase()
  try {
    const before = await serve(database)
    const agent = await before.signIn('owner@old.example')
    const made: string[] = []
    for (let n = 0; n < 600; n++)
      made.push((await agent.post('/contacts', { name: `Person n${n}`, notes: n % 2 ? 'Kubernetes' : null })).id)
    await agent.post('/companies', { name: 'Acme Corporation' })
    await before.stop()

    const { DatabaseSync } = loadEngine()
    const file = new DatabaseSync(join(database.folder, 'crmkit.db'))
    for (const { statements } of [core, searchPacks])
      for (const sql of statements(sqlite.types, 'sqlite')) if (sql.includes(' search_')) file.exec(sql)
    file.exec('INSERT INTO search_records SELECT workspace_id, resource, spot, key_words, note_words FROM search_texts')
    for (const table of NEW) file.exec(`DROP TABLE ${table}`)
    file.exec('ALTER TABLE outbox DROP COLUMN kind')
    file.exec("DELETE FROM schema_migrations WHERE name >= '0008'")
    file.close()

    const after = await serve(database)
    const back = await after.signIn('owner@old.example')
    const total = async (path: string) => (await back.get(path)).total
    expect(await total('/contacts?search=person')).toBe(600)
    expect(await total('/contacts?search=kuberntes')).toBe(300)
    expect(await total('/contacts?search=bernet')).toBe(300)
    expect(await total('/contacts?search=person+n17')).toBe(11)
    expect(await total('/companies?search=amce')).toBe(1)
    expect((await back.get('/contacts?search=n17')).id).toBe(made[17])
    await back.patch(`/contacts/${made[17]}`, { name: 'Somebody', notes: null })
    expect(await total('/contacts?search=n17')).toBe(10)
    expect(await total('/contacts?search=bernet')).toBe(299)
    expect(await total('/contacts?search=somebody')).toBe(1)
    await after.stop()
  } finally {
    await database.drop()
  }
})

test('a node that changes a table which others read waits for them, and nobody behind it', async () => {
  const database = await engines.postgres.newDatabase()
  const holder = new pg.Client({ connectionString: database.url })
  const reader = new pg.Client({ connectionString: database.url, query_timeout: 30_000 })
  try {
    const before = await serve(database)
    const agent = await before.signIn('owner@old.example')
    await agent.post('/contacts', { name: 'Ada', stage: 'lead' })
    await before.stop()
    for (const each of [holder, reader]) await each.connect()
    await holder.query("DELETE FROM schema_migrations WHERE name = '0011-newest-by-stage'")
    await holder.query('BEGIN; SELECT count(*) FROM contacts')
    const starting = serve(database)
    const waits = "SELECT count(*)::int AS n FROM pg_locks WHERE relation = 'contacts'::regclass AND NOT granted"
    await expect.poll(async () => (await reader.query(waits)).rows[0].n, { timeout: 20_000 }).toBeGreaterThan(0)
    expect((await reader.query('SELECT count(*)::int AS n FROM contacts')).rows).toEqual([{ n: 1 }])
    await holder.query('COMMIT')
    const after = await starting
    expect((await after.signIn('owner@old.example').then((back) => back.get('/contacts?stage=lead'))).total).toBe(1)
    await after.stop()
  } finally {
    for (const each of [holder, reader]) await each.end()
    await database.drop()
  }
})
