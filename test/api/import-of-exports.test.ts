// Our own exports in other forms than NDJSON: read as they were written, not as a stranger's file is.

import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { countsOf } from '../support/imports.ts'
import { startServer, type TestServer } from '../support/server.ts'

/** What looks like several values, a formula or another product's way to write, and any text. */
const TELLING = [
  'a;b',
  'a|b',
  '* mine',
  'a ::: b',
  '="1"',
  '=1+1',
  "'=1",
  '0000-00-00',
  '+1 555 0100; +1 555 0101',
  ' B ',
  '\n x \n',
]
const anyText = (maxLength: number) => fc.string({ unit: 'binary', minLength: 1, maxLength })
/** A value of blanks alone counts as an empty cell. */
const text = (maxLength: number) =>
  fc
    .oneof(anyText(maxLength), fc.constantFrom(...TELLING))
    .map((each) => each.replaceAll('\0', ''))
    .filter((each) => each.trim() !== '')
const tag = text(12)
  .map((each) => each.replace(/[\p{White_Space}\ufeff,]/gu, ''))
  .filter((each) => each !== '')
const time = fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => new Date(seconds * 1000).toISOString())
const optional = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined })
const shared = {
  owner: optional(text(20)),
  stage: optional(text(20)),
  tags: optional(fc.uniqueArray(tag, { maxLength: 4 })),
  notes: optional(text(100)),
  custom: optional(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.oneof(text(20), fc.boolean()), { maxKeys: 3 })),
}
const followed = { follow_up_at: optional(time), follow_up_note: optional(text(30)) }
const domain = fc.constantFrom('linkedin.com', 'https://www.Acme.example/about', 'WWW.acme.example', 'münchen.example')
const company = fc.record({ name: text(40), domain: optional(domain), ...shared })
const email = fc.constantFrom('Ada@Acme.example', '/o=ada@acme.example', 'é@linkedin.com')
const contact = fc.record({
  ...{ name: optional(text(40)), email, phone: optional(text(30)), title: optional(text(20)) },
  ...{ ...shared, ...followed },
})
const deal = fc.record({
  ...{ title: text(40), amount_cents: optional(fc.maxSafeInteger()), currency: fc.constantFrom('USD', 'JPY', 'KWD') },
  ...{ status: fc.constantFrom('open', 'won', 'lost'), expected_close_at: optional(time), ...shared, ...followed },
})

/** What no table says of a record, as it is set when it is made. */
const KEPT_BY_SERVER = ['created_at', 'updated_at', 'created_by', 'version']

onBothEngines('our own exports', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(engine)
  })
  afterAll(() => server.stop())

  const withRecords = async (agent: Client, records: { company: object; contact: object; deal: object }) => {
    const company_id = (await agent.post('/companies', records.company)).id
    const contact_id = (await agent.post('/contacts', { ...records.contact, company_id })).id
    return agent.post('/deals', { ...records.deal, company_id, contact_id })
  }

  const recordsOf = async (agent: Client) => {
    const lines = (await agent.get('/export')).text.trimEnd().split('\n')
    const records = lines.map((line) => Object.entries(JSON.parse(line)))
    return records.map((record) => Object.fromEntries(record.filter(([field]) => !KEPT_BY_SERVER.includes(field))))
  }

  test('as CSV change nothing where they come from, and give the same records elsewhere', async () => {
    await fc.assert(
      fc.asyncProperty(fc.record({ company, contact, deal }), async (records) => {
        const [from, to] = [await server.signIn(), await server.signIn()]
        expect((await withRecords(from, records)).status).toBe(201)
        const before = (await from.get('/export')).text
        for (const types of ['companies', 'contacts', 'deals']) {
          const table = (await from.get(`/export?format=csv&types=${types}`)).text
          for (const [agent, verdict] of [
            [from, 'unchanged'],
            [to, 'created'],
            [to, 'unchanged'],
          ] as const) {
            const done = await agent.post('/import', table)
            expect(countsOf(done), `${done.text}${table}`).toMatchObject({ rows: 1, [verdict]: 1 })
          }
        }
        expect((await from.get('/export')).text).toBe(before)
        expect(await recordsOf(to)).toEqual(await recordsOf(from))
      }),
      { numRuns: 20 },
    )
  })

  test('as CSV, edited by hand, are read without the blanks that came in', async () => {
    const agent = await server.signIn()
    await agent.post('/deals', { title: ' Big one ', amount_cents: 100, expected_close_at: '2026-06-10' })
    const table = (await agent.get('/export?format=csv&types=deals')).text
    const edited = table
      .replace(',100,', ',200 ,')
      .replace(/(deals?\/)?(d_[0-9a-z]{8})/, '$2 ')
      .replace(/,,/g, ', ,')
    const done = await agent.post('/import', edited)
    expect(countsOf(done), `${done.text}${edited}`).toMatchObject({ rows: 1, updated: 1 })
    const [deal] = (await agent.get('/deals?fields=all')).records
    expect([deal!.values.get('amount_cents')!.text, deal!.values.get('title')!.text]).toEqual(['200', ' Big one '])
  })

  test('as vCard keep tags that hold semicolons, and telephone numbers that look like two', async () => {
    const [from, to] = [await server.signIn(), await server.signIn()]
    const sent = { name: 'Ada', phone: '555 0100; 555 0101', tags: ['a;b', '*c', 'd|e', 'f\\g'] }
    await from.post('/contacts', sent)
    const cards = (await from.get('/export?format=vcard')).text
    expect(countsOf(await from.post('/import', cards))).toMatchObject({ unchanged: 1 })
    await to.post('/import', cards)
    expect((await to.get('/contacts?format=json&fields=all')).json().items[0]).toMatchObject(sent)
  })

  test('a card of ours to which an address book adds a category or a number keeps both', async () => {
    const agent = await server.signIn()
    await agent.post('/contacts', { name: 'Ada', phone: '555 0100', tags: ['vip'] })
    const cards = (await agent.get('/export?format=vcard')).text
    await agent.post('/import', cards.replace('CATEGORIES:vip', 'CATEGORIES:vip,Hot lead\r\nTEL:555 0102'))
    const ada = (await agent.get('/contacts?format=json&fields=all')).json().items[0]
    expect(ada).toMatchObject({ phone: '555 0100', tags: ['vip', 'Hot-lead'], custom: { tel_2: '555 0102' } })
  })
})
