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
