// Contract §4: making, updating, reading records; references, versions, custom keys.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allPages, type Client } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

onBothEngines('records', (engine) => {
  let server: TestServer
  let agent: Client
  beforeAll(async () => {
    server = await startServer(engine)
    agent = await server.signIn('owner@example.com')
  })
  afterAll(() => server.stop())

  test('a new record says so last, and is read back in one line with what was sent', async () => {
    const sent = {
      name: 'Ada Byron',
      email: 'ada@records.example',
      phone: '+44 20 1',
      title: 'Countess',
      stage: 'lead',
      owner: 'sam',
      tags: ['vip', 'eu'],
      notes: 'a "note"\nof two lines',
      follow_up_at: '2026-12-01T09:00:00+02:00',
      follow_up_note: 'call',
    }
    const made = await agent.post('/contacts', sent)
    expect(made.status).toBe(201)
    expect(made.comments).toEqual(['created'])
    expect(made.text.endsWith('\n# created\n')).toBe(true)
    const read = await agent.get(`/contacts/${made.id}`)
    expect(read.text.split('\n')).toHaveLength(2)
    const values = Object.fromEntries([...read.records[0]!.values].map(([label, { text }]) => [label, text]))
    const server_ = { activities: '0', created_by: 'owner@example.com', version: '1' }
    expect(values).toMatchObject({ ...sent, tags: 'vip,eu', follow_up_at: '2026-12-01T07:00:00Z', ...server_ })
    expect(values.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    const json = (await agent.get(`/contacts/${made.id}?format=json`)).json()
    expect(json).toMatchObject({
      ...sent,
      id: made.id,
      follow_up_at: '2026-12-01T07:00:00Z',
      company_id: null,
      version: 1,
      custom: {},
    })
  })

  test('posting a key that exists updates that record', async () => {
    const one = await agent.post('/contacts', { name: 'Up', email: 'Up@Upsert.example', stage: 'a' })
    const two = await agent.post('/contacts', { email: ' up@upsert.EXAMPLE', stage: 'b' })
    expect([two.status, two.comments, two.id]).toEqual([200, ['updated'], one.id])
    expect([two.value('name'), two.value('stage'), two.value('version')]).toEqual(['Up', 'b', '2'])
    const same = await agent.post('/contacts', { email: 'up@upsert.EXAMPLE', stage: 'b' })
    expect([same.comments, same.value('version')]).toEqual([['updated'], '2'])
    const company = await agent.post('/companies', { name: 'Münch', domain: 'https://www.Münch.example/about?x' })
    for (const domain of ['münch.example', 'xn--mnch-0ra.example', 'http://MÜNCH.example/', 'www.münch.example'])
      expect((await agent.post('/companies', { domain })).id, domain).toBe(company.id)
    expect((await agent.get('/companies?domain=www.münch.example')).total).toBe(1)
  })

  test('64 simultaneous posts of one address make one record', async () => {
    const replies = await Promise.all(
      Array.from({ length: 64 }, (_, n) => agent.post('/contacts', { email: 'race@upsert.example', title: `t${n}` })),
    )
    expect(new Set(replies.map(({ id }) => id)).size).toBe(1)
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(63)
    expect((await agent.get('/contacts?email=race@upsert.example')).total).toBe(1)
    const versions = replies.map((reply) => Number(reply.value('version'))).sort((a, b) => a - b)
    expect(versions).toEqual(Array.from({ length: 64 }, (_, n) => n + 1))
  })

  test('what is needed to make one', async () => {
    for (const [path, body, field] of [
      ['/contacts', { phone: '1' }, 'name'],
      ['/companies', {}, 'name'],
      ['/deals', { stage: 'x' }, 'title'],
      ['/activities', { body: 'x' }, 'contact_id'],
    ] as const) {
      const reply = await agent.post(path, body)
      expect([reply.status, reply.label('error')]).toEqual([400, 'missing_field'])
      expect(reply.problems[0]).toContain(field)
    }
    expect((await agent.post('/contacts', { email: 'only@email.example' })).status).toBe(201)
    expect((await agent.post('/companies', { domain: 'only-domain.example' })).status).toBe(201)
  })

  const refused: [path: string, body: object, field: string][] = [
    ['/contacts', { name: 5 }, 'name'],
    ['/contacts', { name: 'x', email: 'nobody' }, 'email'],
    ['/contacts', { name: 'x', email: 'a@b.example, c@d.example' }, 'email'],
    ['/contacts', { name: 'x', tags: ['a b'] }, 'tags'],
    ['/contacts', { name: 'x', tags: ['a,b'] }, 'tags'],
    ['/contacts', { name: 'x', tags: 5 }, 'tags'],
    ['/contacts', { name: 'x', follow_up_at: 'tomorrow' }, 'follow_up_at'],
    ['/contacts', { name: 'x', follow_up_at: '2026-02-30' }, 'follow_up_at'],
    ['/contacts', { name: 'x', follow_up_at: '2026-06-10T09:00' }, 'follow_up_at'],
    ['/contacts', { name: 'x'.repeat(501) }, 'name'],
    ['/contacts', { name: 'x', company_id: 'co_00000000' }, 'company_id'],
    ['/contacts', { name: 'x', company_id: 'c_00000000' }, 'company_id'],
    ['/contacts', { name: 'x', custom: [] }, 'custom'],
    ['/contacts', { name: 'x', custom: { 'a b': 1 } }, 'custom'],
    ['/contacts', { name: 'x', custom: { constructor: 1 } }, 'custom'],
    [
      '/contacts',
      { name: 'x', custom: Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`k${n}`, n])) },
      'custom',
    ],
    ['/contacts', { name: 'x', custom: { big: 'x'.repeat(17_000) } }, 'custom'],
    ['/companies', { name: 'x', domain: 'not a domain' }, 'domain'],
    ['/companies', { name: 'x', domain: 'localhost' }, 'domain'],
    ['/deals', { title: 'x', amount_cents: 1.5 }, 'amount_cents'],
    ['/deals', { title: 'x', amount_cents: '100' }, 'amount_cents'],
    ['/deals', { title: 'x', currency: 'usd' }, 'currency'],
    ['/deals', { title: 'x', status: 'closed' }, 'status'],
  ]
  test.each(refused)('%s %j is refused, naming the field', async (path, body, field) => {
    const reply = await agent.post(path, body)
    expect([reply.status, reply.label('error')]).toEqual([400, 'invalid_value'])
    expect(reply.problems.map((problem) => problem.split(' ')[0])).toContain(field)
  })

  test('every text field keeps the longest that it takes, also of characters of four bytes that no index compresses', async () => {
    const long = (seed: number) =>
      Array.from({ length: 500 }, (_, n) =>
        String.fromCodePoint(0x20000 + ((n * 7919 + seed * 104_729) % 40_000)),
      ).join('')
    const texts = { owner: long(1), stage: long(2) }
    const bodies = {
      '/companies': { name: long(3), ...texts },
      '/contacts': { name: long(4), phone: long(5), title: long(6), follow_up_note: long(7), ...texts },
      '/deals': { title: long(8), follow_up_note: long(9), ...texts },
    }
    for (const [path, body] of Object.entries(bodies)) {
      const made = await agent.post(path, body)
      expect(made.status, made.text.slice(0, 300)).toBe(201)
      const kept = await agent.get(`${path}/${made.id}`)
      for (const [field, text] of Object.entries(body))
        expect(kept.records[0]!.values.get(field)!.text, field).toBe(text)
      expect(
        (await agent.get(`${path}?stage=${encodeURIComponent(texts.stage.slice(0, 2))}&sort=-created_at`)).total,
      ).toBe(0)
    }
  })

  test('__proto__ is no custom key, and pollutes nothing', async () => {
    const reply = await agent.post('/contacts', '{"name":"x","custom":{"__proto__":{"polluted":1}}}')
    expect(reply.status).toBe(400)
    expect((await agent.post('/contacts', '{"__proto__":{"name":"x"}}')).label('error')).toBe('unknown_field')
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  test.each(['created_at', 'updated_at', 'created_by', 'activities', 'last_activity_at'])(
    '%s can not be sent',
    async (field) => {
      const reply = await agent.post('/contacts', { name: 'x', [field]: 'x' })
      expect([reply.status, reply.label('error')]).toEqual([400, 'invalid_field'])
    },
  )

  describe('PATCH', () => {
    test('keeps what is left out, empties on null, merges custom, replaces tags', async () => {
      const { id } = await agent.post('/contacts', {
        name: 'P',
        phone: '1',
        title: 't',
        tags: ['a', 'b'],
        custom: { keep: 1, drop: 2, obj: { a: 1 } },
      })
      const reply = await agent.patch(`/contacts/${id}?format=json`, {
        phone: null,
        tags: ['c'],
        custom: { drop: null, add: [1, { b: null }], obj: { z: 0 } },
        'custom.dotted': 'yes',
      })
      expect(reply.status).toBe(200)
      expect(reply.json()).toMatchObject({
        name: 'P',
        phone: null,
        title: 't',
        tags: ['c'],
        version: 2,
        custom: { keep: 1, add: [1, { b: null }], obj: { z: 0 }, dotted: 'yes' },
      })
      expect(Object.keys(reply.json().custom).sort()).toEqual(['add', 'dotted', 'keep', 'obj'])
      const text = await agent.patch(`/contacts/${id}`, { name: null, email: null })
      expect(text.label('error')).toBe('missing_field')
      expect((await agent.patch(`/contacts/${id}`, { title: 'u' })).comments).toEqual(['updated'])
      expect((await agent.patch(`/contacts/${id}?format=json`, { custom: null })).json().custom).toEqual({})
      expect((await agent.patch('/contacts/c_00000000', { title: 'u' })).status).toBe(404)
    })

    test('frees the address or domain that it empties: nothing is found by it, and another record may have it', async () => {
      for (const [path, field, value] of [
        ['/contacts', 'email', 'Freed@Free.Example'],
        ['/companies', 'domain', 'freed.example'],
      ] as const) {
        const { id } = await agent.post(path, { name: 'First', [field]: value })
        await agent.patch(`${path}/${id}`, { [field]: null })
        expect((await agent.get(`${path}?${field}=${value}`)).total, path).toBe(0)
        const second = await agent.post(path, { name: 'Second', [field]: value })
        expect([second.status, second.id === id], path).toEqual([201, false])
      }
    })

    test('is conditional on a version', async () => {
      const { id } = await agent.post('/contacts', { name: 'V' })
      const when = (value: string) => ({ headers: { 'if-match': value } })
      expect((await agent.patch(`/contacts/${id}`, { title: 'a' }, when('1'))).value('version')).toBe('2')
      const late = await agent.patch(`/contacts/${id}`, { title: 'b' }, when('"1"'))
      expect([late.status, late.label('error')]).toEqual([412, 'version_mismatch'])
      expect([late.value('title'), late.value('version')]).toEqual(['a', '2'])
      expect((await agent.patch(`/contacts/${id}`, { title: 'c', version: 1 })).status).toBe(412)
      expect((await agent.patch(`/contacts/${id}`, { title: 'c', version: 2 })).value('version')).toBe('3')
      expect((await agent.patch(`/contacts/${id}`, { title: 'd' }, when('*'))).status).toBe(200)
      for (const bad of ['W/"1"', 'abc', '1, 2', '', '04', '"04"'])
        expect((await agent.patch(`/contacts/${id}`, { title: 'e' }, when(bad))).status, bad).toBe(400)
      const json = await agent.patch(`/contacts/${id}?format=json`, { title: 'x' }, when('1'))
      expect(json.json()).toMatchObject({ error: 'version_mismatch', record: { id, title: 'd' } })
    })

    test('32 simultaneous conditional updates: one wins each version', async () => {
      const { id } = await agent.post('/contacts', { name: 'Race' })
      const replies = await Promise.all(
        Array.from({ length: 32 }, (_, n) => agent.patch(`/contacts/${id}`, { title: `t${n}`, version: 1 })),
      )
      expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
      expect(replies.filter(({ status }) => status === 412)).toHaveLength(31)
    })

    test("onto another record's key is a conflict that names it", async () => {
      const first = await agent.post('/contacts', { email: 'first@conflict.example' })
      const second = await agent.post('/contacts', { email: 'second@conflict.example' })
      const reply = await agent.patch(`/contacts/${second.id}`, { email: 'FIRST@conflict.example' })
      expect([reply.status, reply.label('error')]).toEqual([409, 'conflict'])
      expect(reply.text).toContain(`contact/${first.id}`)
      const races = await Promise.all(Array.from({ length: 8 }, async () => agent.post('/contacts', { name: 'r' })))
      const moved = await Promise.all(
        races.map(({ id }) => agent.patch(`/contacts/${id}`, { email: 'wanted@conflict.example' })),
      )
      expect(moved.filter(({ status }) => status === 200)).toHaveLength(1)
      expect(moved.filter(({ status }) => status === 409)).toHaveLength(7)
    })
  })

  test('references show the name of what they lead to, also in lists', async () => {
    const company = await agent.post('/companies', { name: 'Ref Ltd' })
    const contact = await agent.post('/contacts', { name: 'Ref Person', company_id: company.id })
    const deal = await agent.post('/deals', { title: 'Ref deal', company_id: company.id, contact_id: contact.id })
    expect(deal.value('company.name')).toBe('Ref Ltd')
    expect(deal.value('contact.name')).toBe('Ref Person')
    const listed = await agent.get(`/deals?company_id=${company.id}`)
    expect(listed.value('contact.name')).toBe('Ref Person')
    await agent.patch(`/companies/${company.id}`, { name: 'Renamed' })
    expect((await agent.get(`/contacts/${contact.id}`)).value('company.name')).toBe('Renamed')
  })

  test('a deal closes when its status leaves open, and opens again', async () => {
    const { id } = await agent.post('/deals', { title: 'D' })
    const fresh = await agent.get(`/deals/${id}`)
    expect([fresh.value('status'), fresh.value('currency'), fresh.value('closed_at')]).toEqual([
      'open',
      'USD',
      undefined,
    ])
    const won = await agent.patch(`/deals/${id}`, { status: 'won' })
    expect(won.value('closed_at')).toBeTruthy()
    server.advance(5000)
    expect((await agent.patch(`/deals/${id}`, { status: 'lost' })).value('closed_at')).toBe(won.value('closed_at'))
    expect((await agent.patch(`/deals/${id}`, { status: 'open' })).value('closed_at')).toBeUndefined()
    expect((await agent.post('/deals', { title: 'E', status: 'lost' })).value('closed_at')).toBeTruthy()
    expect((await agent.patch(`/deals/${id}`, { status: null })).value('status')).toBe('open')
  })

  test('every page of a list together holds each record once', async () => {
    const mine = await server.signIn()
    await Promise.all(Array.from({ length: 25 }, (_, n) => mine.post('/deals', { title: `n${n}` })))
    const records = await allPages(mine, '/deals?limit=4')
    expect(new Set(records.map(({ handle }) => handle)).size).toBe(25)
  })
})
