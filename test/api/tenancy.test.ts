// Every call on a noun, with the id of another workspace's record: answered as for one that never was.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { resources } from '../../src/crm/index.ts'
import type { Client, Reply } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

const SECRET_WORD = 'Xylophonia'

onBothEngines("another workspace's records", (engine) => {
  let server: TestServer
  let owner: Client
  let mallory: Client
  const theirs: Record<string, string> = {}
  beforeAll(async () => {
    server = await startServer(engine)
    owner = await server.signIn()
    mallory = await server.signIn()
    const bodies: Record<string, object> = {
      contact: { name: SECRET_WORD, email: 'x@tenancy.example' },
      company: { name: SECRET_WORD, domain: 'tenancy.example' },
      deal: { title: SECRET_WORD },
    }
    for (const { name, plural } of resources)
      if (bodies[name]) theirs[name] = (await owner.post(`/${plural}`, bodies[name])).id
    theirs.activity = (await owner.post('/activities', { contact_id: theirs.contact, body: SECRET_WORD })).id
  })
  afterAll(() => server.stop())

  test.each(resources)('$plural: by id', async ({ name, plural, prefix }) => {
    const [id, never] = [theirs[name]!, `${prefix}_00000000`]
    const asks: readonly ((id: string) => Promise<Reply>)[] = [
      (each) => mallory.get(`/${plural}/${each}`),
      (each) => mallory.get(`/${name}/${each}`),
      (each) => mallory.get(`/${plural}/${each}?fields=all&format=json`),
      (each) => mallory.patch(`/${plural}/${each}`, { custom: { stolen: true } }),
      (each) => mallory.patch(`/${plural}/${each}`, {}, { headers: { 'if-match': '1' } }),
      (each) => mallory.delete(`/${plural}/${each}`),
      (each) => mallory.delete(`/${plural}/${each}?confirm=x`),
      (each) => mallory.get(`/${plural}/${each}/activities`),
      (each) => mallory.post(`/${plural}/${each}/activities`, { body: 'x' }),
    ]
    for (const [index, ask] of asks.entries()) {
      const [real, none] = [await ask(id), await ask(never)]
      expect([real.status, real.text.replaceAll(id, never)], `call ${index}`).toEqual([404, none.text])
    }
    expect((await owner.get(`/${plural}/${id}`)).value('version')).toBe('1')
  })

  test('as references, filters, in lists, in search and in the log', async () => {
    for (const [path, body] of [
      ['/contacts', { name: 'x', company_id: theirs.company }],
      ['/deals', { title: 'x', contact_id: theirs.contact }],
      ['/activities', { deal_id: theirs.deal }],
    ] as const) {
      const reply = await mallory.post(path, body)
      expect([reply.status, reply.label('error')], path).toEqual([400, 'invalid_value'])
    }
    const quiet = [
      ...resources.map(({ plural }) => `/${plural}?limit=200`),
      ...resources.map(({ name, plural }) => `/${plural}?id=${theirs[name]}`),
      `/contacts?company_id=${theirs.company}`,
      `/contacts?company.name=${SECRET_WORD}`,
      '/contacts?email=x@tenancy.example',
      `/search?q=${SECRET_WORD}`,
      `/activities?contact=${theirs.contact}`,
      `/audit?target=contact/${theirs.contact}`,
      '/audit',
      '/reminders?days=3650',
    ]
    for (const path of quiet) {
      const reply = await mallory.get(path)
      expect(reply.status, path).toBe(200)
      expect(reply.records, path).toEqual([])
    }
  })

  test('an address or a domain that is taken there is free here', async () => {
    const contact = await mallory.post('/contacts', { email: 'x@tenancy.example' })
    expect([contact.status, contact.id === theirs.contact]).toEqual([201, false])
    expect((await mallory.post('/companies', { domain: 'tenancy.example' })).status).toBe(201)
    expect((await owner.get('/contacts')).total).toBe(1)
  })

  test("a cursor of one workspace is no cursor of another's", async () => {
    for (const agent of [owner, mallory]) for (const title of ['a', 'b', 'c']) await agent.post('/deals', { title })
    const { next } = await owner.get('/deals?limit=1')
    expect((await mallory.get(`/deals?limit=1&cursor=${next}`)).label('error')).toBe('invalid_cursor')
  })
})
