// PostgreSQL goes away under load: stopped, crashed, cut off, replaced by its replica. Stated errors meanwhile, recovery
// without a restart, and with an Idempotency-Key nothing happens twice.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Client, clientOf, signIn } from '../support/client.ts'
import { newPostgres, type OwnPostgres, openRelay, type Relay } from '../support/postgres.ts'
import { type Program, startProgram } from '../support/program.ts'
import { inspect, pause, startWriters, until, type Writing } from './writers.ts'

/** An answer is one of these; 0 stands for none at all, which only a crash of crmkit itself gives. */
const STATED = [503]

describe('PostgreSQL goes away', () => {
  let server: OwnPostgres
  let relay: Relay
  let program: Program
  let client: Client
  const folder = mkdtempSync(join(tmpdir(), 'crmkit-cut-'))
  beforeAll(async () => {
    server = await newPostgres()
    await server.start()
    relay = await openRelay(server.port)
    const url = `postgres://postgres@127.0.0.1:${relay.port}/postgres`
    program = await startProgram({ url, folder, drop: async () => {} })
    client = await signIn(program.url!, 'owner@example.com')
  })
  afterAll(async () => {
    program.kill('SIGTERM')
    expect(await program.exited, program.output().slice(-2000)).toBe(0)
    await relay.close()
    await server.stop('immediate')
    server.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  async function expectRecovery(writing: Writing, acknowledgedBefore: number): Promise<void> {
    await until('ready again', async () => (await clientOf(program.url!).get('/readyz')).status === 200)
    await until('writes go on', () => writing.acknowledged.size > acknowledgedBefore)
    await writing.stop()
    const unstated = [...writing.refused.keys()].filter((status) => !STATED.includes(status) && status !== 201)
    expect(unstated).toEqual([])
    expect(await inspect(program.url!, client.token!, writing.acknowledged)).toMatchObject({
      ...{ lost: [], halfDone: [], doubled: [] },
    })
  }

  test.each(['fast', 'immediate'] as const)('%s shutdown and a new start', async (how) => {
    const writing = startWriters(client, { name: how, retry: true })
    await until('a first answer', () => writing.acknowledged.size > 0)
    await server.stop(how)
    await until('a refused write', () => (writing.refused.get(503) ?? 0) > 0)
    expect((await clientOf(program.url!).get('/readyz')).status).toBe(503)
    expect((await clientOf(program.url!).get('/healthz')).status).toBe(200)
    expect((await client.get('/contacts')).label('error')).toBe('not_ready')
    await server.start()
    await expectRecovery(writing, writing.acknowledged.size)
  })

  test('connections cut by the network and by the server', async () => {
    const writing = startWriters(client, { name: 'cut', retry: true })
    await until('a first answer', () => writing.acknowledged.size > 0)
    for (let round = 0; round < 5; round++) {
      relay.cut()
      await pause(Math.random() * 200)
      await server.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()')
      await pause(Math.random() * 200)
    }
    await expectRecovery(writing, writing.acknowledged.size)
  })
})

describe('a PostgreSQL that hangs', () => {
  test('is given up on, and connections that do not hang serve whoever asks then', async () => {
    const server = await newPostgres()
    await server.start()
    const relay = await openRelay(server.port)
    const folder = mkdtempSync(join(tmpdir(), 'crmkit-silent-'))
    const url = `postgres://postgres@127.0.0.1:${relay.port}/postgres`
    const program = await startProgram({ url, folder, drop: async () => {} })
    const client = await signIn(program.url!, 'owner@example.com')
    const asks = () => [
      ...Array.from({ length: 10 }, (_, n) => client.get(`/contacts?limit=1&name=n${n}`)),
      client.post('/contacts', { name: 'Silent' }),
      clientOf(program.url!).get('/readyz'),
    ]
    for (const { status } of await Promise.all(asks())) expect([200, 201]).toContain(status)
    relay.holdOpen()
    const answers = await Promise.all(asks())
    for (const { status, label } of answers)
      if (status >= 400) expect([status, label('error')]).toEqual([503, 'not_ready'])
    await until('ready again', async () => (await clientOf(program.url!).get('/readyz')).status === 200)
    await until('writes go on', async () => (await client.post('/contacts', { name: 'Again' })).status === 201)
    program.kill('SIGTERM')
    expect(await program.exited, program.output().slice(-2000)).toBe(0)
    await relay.close()
    await server.stop('immediate')
    server.remove()
    rmSync(folder, { recursive: true, force: true })
  })
})

describe('failover to a streaming replica', () => {
  test('the address leads to the replica: what was answered is there, and nothing twice', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'crmkit-failover-'))
    const primary = await newPostgres(['wal_level=replica', 'synchronous_standby_names=*'])
    const replica = await newPostgres([`primary_conninfo=host=127.0.0.1 port=${primary.port} user=postgres`], primary)
    await primary.start()
    await replica.start()
    await until(
      'the replica follows',
      async () => (await primary.query("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'")).rowCount === 1,
    )
    const relay = await openRelay(primary.port)
    const url = `postgres://postgres@127.0.0.1:${relay.port}/postgres`
    const program = await startProgram({ url, folder, drop: async () => {} })
    const client = await signIn(program.url!, 'owner@example.com')
    const writing = startWriters(client, { name: 'failover', retry: true })
    await until('a first answer', () => writing.acknowledged.size > 0)
    await primary.stop('immediate')
    await until('a refused write', () => (writing.refused.get(503) ?? 0) > 0)
    await replica.query('SELECT pg_promote()')
    relay.leadTo(replica.port)
    await until('ready again', async () => (await clientOf(program.url!).get('/readyz')).status === 200)
    const before = writing.acknowledged.size
    await until('writes go on', () => writing.acknowledged.size > before)
    await writing.stop()
    expect([...writing.refused.keys()].filter((status) => !STATED.includes(status))).toEqual([])
    expect(await inspect(program.url!, client.token!, writing.acknowledged)).toMatchObject({
      ...{ lost: [], halfDone: [], doubled: [] },
    })
    program.kill('SIGTERM')
    await program.exited
    await relay.close()
    await replica.stop('immediate')
    for (const each of [primary, replica]) each.remove()
    rmSync(folder, { recursive: true, force: true })
  })
})
