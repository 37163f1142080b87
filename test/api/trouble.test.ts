// A database that goes away: a stated error, nothing half done, and recovery without a restart.

import { renameSync } from 'node:fs'
import pg from 'pg'
import { expect, test } from 'vitest'
import { allPages } from '../support/client.ts'
import { engines, onPostgres } from '../support/engines.ts'
import { startServer } from '../support/server.ts'

const WRITERS = 8
const WRITES_BEFORE_EACH_CUT = 40
const CUTS = 3

const nameOf = (server: { database: { url: string } }) => new URL(server.database.url).pathname.slice(1)
/** It ends when the connections have: what the server said at the end is on its way, however busy the machine. */
const cutAll = (server: { database: { url: string } }) =>
  `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '${nameOf(server)}'`

test('PostgreSQL that cuts every connection costs 503s, and no answered write', async () => {
  const server = await startServer(engines.postgres, { env: { CRMKIT_RATE_LIMIT: '0' } })
  const agent = await server.signIn()
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
        await onPostgres(cutAll(server))
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

test('reads are answered while idle connections are cut: each is asked again on another', async () => {
  const server = await startServer(engines.postgres, { env: { CRMKIT_RATE_LIMIT: '0' } })
  const agent = await server.signIn()
  const id = (await agent.post('/contacts', { name: 'Still There' })).id
  const statuses: number[] = []
  for (let round = 0; round < 20; round++) {
    await Promise.all(Array.from({ length: 4 }, () => agent.get('/contacts?limit=1')))
    await onPostgres(cutAll(server))
    const asked = [agent.get('/contacts'), agent.get(`/contacts/${id}`), server.anonymous.get('/readyz')]
    for (const { status } of await Promise.all(asked)) statuses.push(status)
  }
  expect(statuses.filter((status) => status !== 200)).toEqual([])
  await server.stop()
})

test('PostgreSQL that is gone: readyz and writes say so with 503, healthz does not mind', async () => {
  const logged: string[] = []
  const server = await startServer(engines.postgres, { logTo: (line) => void logged.push(line) })
  const agent = await server.signIn()
  await onPostgres(`ALTER DATABASE ${nameOf(server)} ALLOW_CONNECTIONS false`)
  await onPostgres(cutAll(server))
  const ready = await server.anonymous.get('/readyz')
  expect([ready.status, ready.label('error'), ready.headers.get('retry-after')]).toEqual([503, 'not_ready', '5'])
  expect((await agent.post('/contacts', { name: 'x' })).status).toBe(503)
  expect((await agent.get('/contacts')).text).not.toMatch(/postgres|pg_|database "/)
  expect((await server.anonymous.get('/healthz')).status).toBe(200)
  const mcp = await agent.post('/mcp', { jsonrpc: '2.0', id: 1, method: 'ping' })
  expect([mcp.status, mcp.headers.get('access-control-allow-origin')]).toEqual([503, '*'])
  const why = logged.find((line) => line.includes(mcp.headers.get('x-request-id')!) && line.includes('not_ready'))
  expect(why).toContain('not currently accepting connections')
  await onPostgres(`ALTER DATABASE ${nameOf(server)} ALLOW_CONNECTIONS true`)
  expect((await agent.post('/contacts', { name: 'x' })).status).toBe(201)
  await server.stop()
})

test('nothing is answered as written to a file that somebody has moved away, and all goes on when it is back', async () => {
  const server = await startServer(engines.sqlite)
  const agent = await server.signIn()
  const file = server.database.url.replace('sqlite:', '')
  renameSync(file, `${file}.moved`)
  expect((await agent.post('/contacts', { name: 'Lost' })).label('error')).toBe('not_ready')
  expect((await server.anonymous.get('/readyz')).status).toBe(503)
  renameSync(`${file}.moved`, file)
  expect((await agent.post('/contacts', { name: 'Kept' })).status).toBe(201)
  expect((await agent.get('/contacts')).total).toBe(1)
  await server.stop()
})

test('an import that the database fails in the middle says up to which row it came', async () => {
  const logged: string[] = []
  const server = await startServer(engines.sqlite, { logTo: (line) => void logged.push(line) })
  const agent = await server.signIn()
  const file = server.database.url.replace('sqlite:', '')
  const rows = (from: number) =>
    Array.from({ length: 500 }, (_, at) => `Person ${from + at},${'n'.repeat(1_000)}\n`).join('')
  async function* body() {
    yield Buffer.from(`name,notes\n${rows(0)}`)
    await expect.poll(async () => (await agent.get('/contacts')).total).toBeGreaterThan(100)
    renameSync(file, `${file}.moved`)
    yield Buffer.from(rows(500))
  }
  const reply = await fetch(`${server.url}/import?type=contacts`, {
    ...{ method: 'POST', headers: { authorization: `Bearer ${agent.token}` }, body: body(), duplex: 'half' },
  } as unknown as RequestInit)
  const text = await reply.text()
  renameSync(`${file}.moved`, file)
  const { total } = await agent.get('/contacts')
  expect([reply.status, reply.headers.get('retry-after')]).toEqual([503, '5'])
  expect(text).toContain(`${total} rows, up to row ${total + 1}, are carried out and kept. Send the whole file again`)
  expect(text).toContain(`rows_done: ${total}`)
  expect(logged.some((line) => line.includes('was moved or removed'))).toBe(true)
  await server.stop()
})

test('a PostgreSQL that may only be read, or whose locks are given up early, is stated trouble', async () => {
  const server = await startServer(engines.postgres)
  const agent = await server.signIn()
  const { id } = await agent.post('/contacts', { name: 'Locked' })
  const name = nameOf(server)
  await onPostgres(`ALTER DATABASE ${name} SET lock_timeout = '200ms'`)
  await onPostgres(cutAll(server))
  const holder = new pg.Client(server.database.url)
  await holder.connect()
  await holder.query('BEGIN')
  await holder.query('SELECT 1 FROM contacts FOR UPDATE')
  expect((await agent.patch(`/contacts/${id}`, { name: 'Waits' })).label('error')).toBe('not_ready')
  await holder.query('COMMIT')
  await holder.end()
  await onPostgres(`ALTER DATABASE ${name} SET default_transaction_read_only = on`)
  await onPostgres(cutAll(server))
  expect((await agent.patch(`/contacts/${id}`, { name: 'Refused' })).label('error')).toBe('not_ready')
  expect((await server.anonymous.get('/readyz')).status).toBe(503)
  expect((await agent.get(`/contacts/${id}`)).value('name')).toBe('Locked')
  await server.stop()
})
