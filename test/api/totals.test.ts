// Totals of filtered lists are remembered, and are those of this moment all the same: whoever wrote, and by which call.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Client, clientOf } from '../support/client.ts'
import { type Engine, engines, onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

const LEADS = '/contacts?stage=lead&owner=sam&limit=1'
const OF_MILL = '/contacts?company.name=Mill&limit=1'
const AT_COMPANIES = '/contacts?company_id=not:null&limit=1'
const NOTED = '/contacts?notes=like:crane&limit=1'
const SEARCHED = '/contacts?search=zebra&stage=lead&limit=1'
const FOUND = '/contacts?search=quagga&limit=1'
const TALKED_TO = '/contacts?activities=gt:0&limit=1'
const TALKED_TO_LATELY = '/contacts?last_activity_at=gte:2026-01-01&limit=1'

onBothEngines('totals', (engine) => {
  let server: TestServer
  let writer: Client
  let readers: readonly Client[]
  let stop: () => Promise<void>

  beforeAll(async () => {
    server = await startServer(engine)
    writer = await server.signIn()
    const nodes = [server, ...(await others(server, engine))]
    readers = nodes.map(({ url }) => clientOf(url, writer.token))
    stop = async () => {
      for (const node of nodes.slice(1)) await node.stop()
      await server.stop()
    }
    await writer.post('/contacts', { name: 'Zebra One', email: 'z1@x.example', stage: 'lead', owner: 'sam' })
    await writer.post('/contacts', { name: 'Zebra Two', email: 'z2@x.example', stage: 'lead', owner: 'sam' })
  })
  afterAll(() => stop())

  /** As every node answers, each asked twice, so that each has something to remember. */
  async function total(path: string): Promise<number> {
    const totals = new Set<number>()
    for (const _ of [1, 2]) for (const reader of readers) totals.add((await reader.get(path)).total)
    expect([path, totals.size]).toEqual([path, 1])
    return [...totals][0]!
  }

  /** How much the total is changed by what is done. */
  async function gain(path: string, act: () => Promise<unknown>): Promise<number> {
    const before = await total(path)
    await act()
    return (await total(path)) - before
  }

  const lead = (n: number) => ({ name: `Zebra ${n}`, email: `lead${n}@x.example`, stage: 'lead', owner: 'sam' })

  async function idOf(reply: Promise<{ records: readonly { handle: string }[] }>): Promise<string> {
    return (await reply).records[0]!.handle.split('/')[1]!
  }

  async function remove(path: string): Promise<void> {
    const confirm = (await writer.delete(path)).label('confirm')
    expect((await writer.delete(`${path}?confirm=${confirm}`)).status).toBe(200)
  }

  test('a new record, an upsert of it, changes into and out of the filter, and a deletion', async () => {
    let id = ''
    const make = async () => {
      id = await idOf(writer.post('/contacts', lead(3)))
    }
    expect(await gain(LEADS, make)).toBe(1)
    expect(await gain(LEADS, () => writer.patch(`/contacts/${id}`, { owner: 'kim' }))).toBe(-1)
    expect(await gain(LEADS, () => writer.patch(`/contacts/${id}`, { owner: 'sam' }))).toBe(1)
    expect(await gain(LEADS, () => writer.post('/contacts', { ...lead(3), stage: 'customer' }))).toBe(-1)
    expect(await gain(LEADS, () => writer.post('/contacts', lead(3)))).toBe(1)
    expect(await gain(NOTED, () => writer.patch(`/contacts/${id}`, { notes: 'Sells cranes' }))).toBe(1)
    expect(await gain(SEARCHED, () => writer.patch(`/contacts/${id}`, { name: 'Horse' }))).toBe(-1)
    expect(await gain(LEADS, () => remove(`/contacts/${id}`))).toBe(-1)
  })

  test('a company that is renamed, and one that is deleted', async () => {
    const company = await idOf(writer.post('/companies', { name: 'Mill' }))
    expect(await gain(OF_MILL, () => writer.post('/contacts', { ...lead(4), company_id: company }))).toBe(1)
    expect(await gain(OF_MILL, () => writer.post('/contacts', { ...lead(5), company_id: company }))).toBe(1)
    expect(await gain(OF_MILL, () => writer.patch(`/companies/${company}`, { name: 'Forge' }))).toBe(-2)
    expect(await gain(AT_COMPANIES, () => remove(`/companies/${company}`))).toBe(-2)
  })

  test('what a search finds', async () => {
    const quagga = { name: 'Quagga', email: 'quagga@x.example' }
    const company = await idOf(writer.post('/companies', { name: 'Okapi' }))
    const held = { ...lead(6), company_id: company }
    const imported = 'Name,Email\nAnn Quagga,ann@x.example\n'
    let id = ''
    const make = async () => {
      id = await idOf(writer.post('/contacts', quagga))
    }
    expect(await gain(FOUND, make)).toBe(1)
    expect(await gain(FOUND, () => writer.post('/contacts', held))).toBe(0)
    expect(await gain(FOUND, () => writer.patch(`/companies/${company}`, { name: 'Quagga Works' }))).toBe(1)
    expect(await gain(FOUND, () => writer.post('/import?type=contacts', imported))).toBe(1)
    expect(await gain(FOUND, () => remove(`/contacts/${id}`))).toBe(-1)
  })

  test('an activity that is logged, moved in time, and deleted', async () => {
    const contact = await idOf(writer.post('/contacts', lead(6)))
    let id = ''
    const log = async () => {
      const activity = { kind: 'call', body: 'Rang.', occurred_at: '2026-02-01' }
      id = await idOf(writer.post(`/contact/${contact}/activities`, activity))
    }
    expect(await gain(TALKED_TO, log)).toBe(1)
    expect(await gain(TALKED_TO_LATELY, () => writer.patch(`/activities/${id}`, { occurred_at: '2025-02-01' }))).toBe(
      -1,
    )
    expect(await gain(TALKED_TO, () => remove(`/activities/${id}`))).toBe(-1)
  })

  test('an import that makes records, and one that changes them', async () => {
    const send = (stage: string) => async () => {
      const file = `name,email,stage,owner\nA,a@file.example,${stage},sam\nB,b@file.example,${stage},sam\n`
      const reply = await writer.post('/import?existing=update', file, { headers: { 'content-type': 'text/csv' } })
      expect(reply.status).toBe(200)
    }
    expect(await gain(LEADS, send('lead'))).toBe(2)
    expect(await gain(LEADS, send('customer'))).toBe(-2)
  })

  test('many who write at once while others read', async () => {
    const ids: string[] = []
    for (let n = 10; n < 20; n++) ids.push(await idOf(writer.post('/contacts', lead(n))))
    const before = await total(LEADS)
    let over = false
    const reading = Promise.all(
      readers.map(async (reader) => {
        while (!over) await reader.get(LEADS)
      }),
    )
    for (const owner of ['kim', 'sam', 'kim', 'sam', 'kim']) {
      await Promise.all(ids.map((id) => writer.patch(`/contacts/${id}`, { owner })))
      for (const reader of readers)
        expect((await reader.get(LEADS)).total).toBe(owner === 'sam' ? before : before - ids.length)
    }
    over = true
    await reading
  })
})

/** Nodes beside the first, where there may be any. */
async function others(server: TestServer, engine: Engine): Promise<TestServer[]> {
  return engine === engines.postgres ? [await server.secondNode()] : []
}
