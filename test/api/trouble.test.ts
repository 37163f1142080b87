// A database that goes away: a stated error, nothing half done, and recovery without a restart.

import { expect, test } from 'vitest'
import { allPages } from '../support/client.ts'
import { engines, onPostgres } from '../support/engines.ts'
import { startServer } from '../support/server.ts'

const WRITERS = 8
const WRITES_BEFORE_EACH_CUT = 40
const CUTS = 3

test('PostgreSQL that cuts every connection costs 503s, and no answered write', async () => {
  const server = await startServer(engines.postgres, { env: { CRMKIT_RATE_LIMIT: '0' } })
  const agent = await server.signIn()
  const name = new URL(server.database.url).pathname.slice(1)
  const cut = () => onPostgres(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`)
  const acknowledged: string[] = []
  const statuses = new Set<number>()
  let number = 0
  let cuts = 0
  const writer = async () => {
    while (cuts < CUTS || statuses.size < 2) {
      const address = `n${number++}@cut.example`
      const reply = await agent.post('/contacts', { email: address })
      statuses.add(reply.status)
      if (reply.status === 201) acknowledged.push(address)
      else expect(reply.label('error')).toBe('not_ready')
      if (acknowledged.length >= (cuts + 1) * WRITES_BEFORE_EACH_CUT) {
        cuts++
        await cut()
      }
    }
  }
  await Promise.all(Array.from({ length: WRITERS }, writer))
  expect([...statuses].sort()).toEqual([201, 503])
  expect((await server.anonymous.get('/readyz')).status).toBe(200)
  const kept = (await allPages(agent, '/contacts?limit=200')).map(({ values }) => values.get('email')!.text)
  expect(acknowledged.filter((address) => !kept.includes(address))).toEqual([])
  expect((await agent.get('/audit?action=create&limit=1')).total).toBe(kept.length)
  await server.stop()
})

test('PostgreSQL that is gone: readyz and writes say so with 503, healthz does not mind', async () => {
  const server = await startServer(engines.postgres)
  const agent = await server.signIn()
  const name = new URL(server.database.url).pathname.slice(1)
  await onPostgres(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`)
  await onPostgres(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`)
  const ready = await server.anonymous.get('/readyz')
  expect([ready.status, ready.label('error'), ready.headers.get('retry-after')]).toEqual([503, 'not_ready', '5'])
  expect((await agent.post('/contacts', { name: 'x' })).status).toBe(503)
  expect((await agent.get('/contacts')).text).not.toMatch(/postgres|pg_|database "/)
  expect((await server.anonymous.get('/healthz')).status).toBe(200)
  await onPostgres(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`)
  expect((await agent.post('/contacts', { name: 'x' })).status).toBe(201)
  await server.stop()
})
