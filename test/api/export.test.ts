// Files of everything: one unchanging view, read as it is taken, and put back without loss.

import fc from 'fast-check'
import ICAL from 'ical.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

/** Text that can be kept: no NUL, no unpaired surrogate, not empty. */
const text = (maxLength: number) =>
  fc.string({ unit: 'binary', minLength: 1, maxLength }).filter((each) => !each.includes('\0'))
const optional = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined })
const tag = fc.stringMatching(/^[a-z0-9é-]{1,12}$/)
const time = fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => new Date(seconds * 1000).toISOString())
const custom = fc.dictionary(
  fc.stringMatching(/^[a-z]{1,8}$/),
  fc.jsonValue({ maxDepth: 2 }).filter((value) => value !== null && isKept(value)),
  { maxKeys: 4 },
)

/** JSON in the limits of a body: no number past 2^53, no NUL, no unpaired surrogate, and no minus before zero. */
function isKept(value: unknown): boolean {
  if (typeof value === 'number') return Math.abs(value) <= Number.MAX_SAFE_INTEGER && !Object.is(value, -0)
  if (typeof value === 'string') return !value.includes('\0') && !/\p{Surrogate}/u.test(value)
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every((pair) => pair.every(isKept) && pair[0] !== '__proto__')
}

const shared = {
  owner: optional(text(20)),
  stage: optional(text(20)),
  tags: optional(fc.array(tag, { maxLength: 4 })),
  notes: optional(text(200)),
  custom: optional(custom),
}
const followed = { follow_up_at: optional(time), follow_up_note: optional(text(30)) }
const company = fc.record({ name: text(40), ...shared })
const contact = fc.record({
  name: text(40),
  phone: optional(text(20)),
  title: optional(text(20)),
  ...shared,
  ...followed,
})
const deal = fc.record({
  ...{ title: text(40), amount_cents: optional(fc.maxSafeInteger()), currency: fc.constantFrom('USD', 'JPY', 'KWD') },
  ...{ status: fc.constantFrom('open', 'won', 'lost'), expected_close_at: optional(time), ...shared, ...followed },
})
const activity = fc.record({
  kind: fc.constantFrom('call', 'note'),
  body: optional(text(200)),
  occurred_at: optional(time),
  on_behalf_of: optional(text(20)),
})

onBothEngines('export', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(engine)
  })
  afterAll(() => server.stop())

  /** One record of each noun, the later ones of the earlier. */
  const withRecords = async (agent: Client, records: Record<'company' | 'contact' | 'deal' | 'activity', object>) => {
    const company_id = (await agent.post('/companies', records.company)).id
    const contact_id = (await agent.post('/contacts', { ...records.contact, company_id })).id
    const deal_id = (await agent.post('/deals', { ...records.deal, company_id, contact_id })).id
    return agent.post('/activities', { ...records.activity, contact_id, deal_id })
  }

  test('put into an empty workspace it gives the same records', async () => {
    const all = fc.array(fc.record({ company, contact, deal, activity }), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(all, async (groups) => {
        const [from, to] = [await server.signIn(), await server.signIn()]
        for (const group of groups) expect((await withRecords(from, group)).status).toBe(201)
        const exported = (await from.get('/export')).text
        const looked = await to.post('/import?dry_run=true', exported)
        expect([looked.label('created'), looked.label('faulty')], looked.text).toEqual([`${4 * groups.length}`, '0'])
        const done = await to.post('/import', exported)
        expect([done.label('created'), done.label('faulty')], done.text).toEqual([`${4 * groups.length}`, '0'])
        expect((await to.get('/export')).text).toBe(exported)
        expect((await to.post('/import', exported)).label('unchanged')).toBe(`${4 * groups.length}`)
        expect((await from.post('/import', exported)).label('unchanged')).toBe(`${4 * groups.length}`)
        expect((await to.get('/export')).text).toBe(exported)
      }),
      { numRuns: 8 },
    )
  })

  test('keeps ids, times, versions and references, and the log says who put them there', async () => {
    const [from, to] = [await server.signIn('giver@export.example'), await server.signIn('taker@export.example')]
    const { id } = await from.post('/contacts', { name: 'Ada', email: 'ada@export.example' })
    await from.patch(`/contacts/${id}`, { title: 'Boss' })
    await to.post('/import', (await from.get('/export')).text)
    const ada = await to.get(`/contacts/${id}`)
    expect([ada.value('title'), ada.value('version'), ada.value('created_by')]).toEqual([
      'Boss',
      '2',
      'giver@export.example',
    ])
    expect((await to.get(`/audit?target=${id}`)).value('by')).toBe('taker@export.example')
  })

  test('whoever made a record that is put back is found as the file has them', async () => {
    const admin = await server.signIn()
    await admin.post('/import', '{"type":"contact","name":"Zed","created_by":"Ada@Old.example"}')
    for (const asked of [
      'Ada@Old.example',
      'ada@old.example',
      'like:Ada',
      'like:ADA%25',
      'in:Ada@Old.example,b@c.example',
    ])
      expect([asked, (await admin.get(`/contacts?created_by=${asked}`)).total]).toEqual([asked, 1])
  })

  test('a record whose address is taken becomes that one, and what refers to it follows', async () => {
    const [from, to] = [await server.signIn(), await server.signIn()]
    const { id } = await from.post('/contacts', { name: 'Ada', email: 'ada@merge.example' })
    await from.post('/activities', { contact_id: id, body: 'called' })
    const kept = await to.post('/contacts', { email: 'ada@merge.example', stage: 'lead' })
    const exported = (await from.get('/export')).text
    await to.post('/import', exported)
    expect((await to.get('/activities')).value('contact_id')).toBe(kept.id)
    const ada = await to.get(`/contacts/${kept.id}`)
    expect([ada.value('name'), ada.value('stage')]).toEqual(['Ada', 'lead'])
    expect((await to.post('/import', exported)).label('created')).toBe('0')
  })

  test('is one view: what is written meanwhile is not in it', async () => {
    const agent = await server.signIn()
    // A few long words, so that the time goes into the transfer and not into the index.
    const notes = 'x'.repeat(15_000)
    const rows = Array.from({ length: 300 }, (_, n) => `Person ${n},${notes}`)
    await agent.post('/import', `Name,Notes\n${rows.join('\n')}\n`)
    const response = await fetch(`${server.url}/export?types=contacts`, {
      headers: { authorization: `Bearer ${agent.token}` },
    })
    const reader = response.body!.getReader()
    const pieces = [(await reader.read()).value!]
    const { id } = await agent.post('/contacts', { name: 'late' })
    expect(id).toBeDefined()
    for (let next = await reader.read(); !next.done; next = await reader.read()) pieces.push(next.value)
    const lines = Buffer.concat(pieces).toString().trimEnd().split('\n')
    expect(lines).toHaveLength(300)
    expect(lines.some((line) => line.includes('late'))).toBe(false)
    expect((await agent.get('/export?types=contacts')).text).toContain('"late"')
  })

  describe('as CSV', () => {
    const hostile = ['=cmd()', '+1', '-1', '@SUM(A1)', '\tx', "'=x", "''+1", 'a,b', '"q"', 'two\nlines', '-', "'plain"]

    test('no cell begins like a formula, and reading it back undoes that', async () => {
      const [from, to] = [await server.signIn(), await server.signIn()]
      for (const name of hostile) await from.post('/contacts', { name: `${name}`, title: name, custom: { key: name } })
      const exported = await from.get('/export?format=csv&types=contacts')
      expect(exported.headers.get('content-type')).toBe('text/csv; charset=utf-8')
      expect(exported.headers.get('content-disposition')).toMatch(
        /^attachment; filename="crmkit-contacts-[\d-]+\.csv"$/,
      )
      expect(exported.text).not.toMatch(/(?:^|,|\n)"?[=+\-@\t]/)
      await to.post('/import', exported.text)
      const names = (exportedText: string) =>
        exportedText
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line))
          .map(({ id, title, custom }) => [id, title, custom])
          .sort()
      const [before, after] = [await from.get('/export'), await to.get('/export')]
      expect(names(after.text)).toEqual(names(before.text))
    })

    test('holds one noun, of each of them', async () => {
      const agent = await server.signIn()
      await withRecords(agent, {
        company: { name: 'Acme', domain: 'acme.example' },
        contact: { name: 'Ada' },
        deal: { title: 'Big', amount_cents: -5 },
        activity: { body: 'x' },
      })
      for (const types of ['', '&types=contacts,companies']) {
        const reply = await agent.get(`/export?format=csv${types}`)
        expect([reply.status, reply.label('error')]).toEqual([400, 'invalid_value'])
        expect(reply.label('hint')).toContain('one of')
      }
      for (const type of ['companies', 'contacts', 'deals', 'activities']) {
        const exported = await agent.get(`/export?format=csv&types=${type}`)
        const again = await agent.post('/import', exported.text)
        expect([again.label('source'), again.label('type'), again.label('unchanged')], again.text).toEqual([
          'crmkit',
          type,
          '1',
        ])
      }
    })
  })

  test('as vCard 4.0, which other readers understand and ours puts back', async () => {
    const [from, to] = [await server.signIn(), await server.signIn()]
    const acme = await from.post('/companies', { name: 'Acme; Sons, "Ltd"' })
    const sent = {
      name: 'Ädà, "B"; \\C',
      email: 'ada@card.example',
      phone: '+44 20 1',
      title: 'Boss',
      tags: ['a', 'b'],
      notes: `two\nlines ${'é'.repeat(100)}`,
      stage: 'lead',
      custom: { n: 1 },
    }
    await from.post('/contacts', { ...sent, company_id: acme.id })
    const exported = await from.get('/export?format=vcard')
    expect(exported.headers.get('content-type')).toBe('text/vcard; charset=utf-8')
    for (const line of exported.text.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75)
    const card = new ICAL.Component(ICAL.parse(exported.text))
    expect([
      card.getFirstPropertyValue('version'),
      card.getFirstPropertyValue('fn'),
      card.getFirstPropertyValue('note'),
    ]).toEqual([...['4.0', sent.name, sent.notes]])
    await to.post('/import', exported.text)
    const back = (await to.get('/contacts?format=json&fields=all')).json().items[0]
    expect(back).toMatchObject({ ...sent, 'company.name': 'Acme; Sons, "Ltd"' })
    expect((await from.post('/import', exported.text)).label('unchanged')).toBe('1')
  })

  test('refuses what there is not', async () => {
    const agent = await server.signIn()
    for (const [query, error] of [
      ['format=xml', 'invalid_format'],
      ['format=json', 'invalid_format'],
      ['types=people', 'invalid_value'],
      ['format=vcard&types=deals', 'invalid_value'],
      ['kind=x', 'unknown_parameter'],
      ['format=csv&format=csv', 'invalid_value'],
    ] as const)
      expect((await agent.get(`/export?${query}`)).label('error'), query).toBe(error)
    expect((await server.anonymous.get('/export')).status).toBe(401)
    expect((await agent.get('/export')).text).toBe('')
    expect((await agent.get('/export/?format=csv&types=contacts')).text).toMatch(/^id,name,/)
  })

  test('lines of NDJSON that are no records are faults of their row', async () => {
    const agent = await server.signIn()
    const lines = [
      '{"type":"contact","name":"Ada"}',
      'nonsense',
      '{"type":"contact","id":"d_1","name":"x"}',
      '{"type":"planet"}',
      '{"type":"contact","name":"B","colour":1}',
      '{"type":"contact","name":"C","custom":{"n":1e300}}',
      '{"type":"contact","name":"D\\u0000"}',
    ]
    const done = await agent.post('/import', `${lines.join('\n')}\n`)
    expect([done.label('created'), done.label('faulty')]).toEqual(['1', '6'])
    expect(done.problems.map((line) => line.split(' ')[1])).toEqual(['2', '3', '4', '5', '6', '7'])
  })
})
