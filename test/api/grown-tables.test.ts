// PostgreSQL plans by what it counted last, and nobody waits a minute for it to count a table that was empty.

import { expect, test } from 'vitest'
import { engines } from '../support/engines.ts'
import { startServer } from '../support/server.ts'

test('tables that have grown are counted while they grow, also where the server never does', async () => {
  const server = await startServer(engines.postgres)
  const { opened } = server
  await opened.write((db) => db.rows('ALTER TABLE contacts SET (autovacuum_enabled = false)'))
  const agent = await server.signIn()
  const lines = Array.from({ length: 600 }, (_, n) => `Person ${n},p${n}@grown.example`)
  const headers = { 'content-type': 'text/csv' }
  const reply = await agent.post('/import?type=contacts', ['name,email', ...lines].join('\n'), { headers })
  expect(reply.label('created'), reply.text).toBe('600')
  const believed = async () => {
    const [row] = await opened.read.rows(
      "SELECT reltuples::bigint AS rows FROM pg_class WHERE oid = 'contacts'::regclass",
    )
    return Number(row!.rows)
  }
  for (let n = 0; (await believed()) <= 0; n++) {
    expect((await agent.post('/contacts', { name: `Late ${n}` })).status).toBe(201)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const more = Array.from({ length: 3_000 }, (_, n) => `More ${n},m${n}@grown.example`)
  const again = await agent.post('/import?type=contacts', ['name,email', ...more].join('\n'), { headers })
  expect(again.label('created'), again.text).toBe('3000')
  for (let n = 0; (await believed()) <= 1_500; n++) {
    expect((await agent.post('/contacts', { name: `Later ${n}` })).status).toBe(201)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  await server.stop()
})

test('a workspace that is new among others is counted while it is filled, so that what is asked of it stays quick', async () => {
  const server = await startServer(engines.postgres)
  const { opened } = server
  const fill = async (count: number) => {
    const agent = await server.signIn()
    const lines = Array.from({ length: count }, (_, n) => `Person ${n},p${n}@grown.example`)
    const headers = { 'content-type': 'text/csv' }
    const reply = await agent.post('/import?type=contacts', ['name,email', ...lines].join('\n'), { headers })
    expect(reply.label('created'), reply.text).toBe(String(count))
    return agent
  }
  const counted = async () => {
    const [row] = await opened.read.rows(
      "SELECT n_distinct FROM pg_stats WHERE tablename = 'contacts' AND attname = 'workspace_id' AND schemaname = current_schema()",
    )
    return Number(row!.n_distinct)
  }
  await fill(2_000)
  for (const table of ['contacts', 'search_postings', 'search_records'])
    await opened.write((db) => db.rows(`ALTER TABLE ${table} SET (autovacuum_enabled = false)`))
  await opened.write((db) => db.rows('ANALYZE'))
  expect(await counted()).toBe(1)
  const agent = await fill(3_000)
  for (let n = 0; (await counted()) < 2 && n < 100; n++) {
    expect((await agent.post('/contacts', { name: `Late ${n}`, stage: 'late' })).status).toBe(201)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  expect(await counted()).toBe(2)
  for (const asked of ['sort=title', 'stage=is:null&sort=email']) {
    const reply = await agent.get(`/contacts?search=person&${asked}`)
    expect(reply.total, `${asked} ${reply.text}`).toBe(3_000)
  }
  await server.stop()
})
