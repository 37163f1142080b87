// P14: SQLite and PostgreSQL behave alike. Random sequences of calls go to both; after ids and times are given the names
// of their first appearance, the answers must be the same. A sequence that fails is made small and printed with its seed.

import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../support/client.ts'
import { engines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { FULL } from './writers.ts'

const RUNS = FULL ? 300 : 25
const PLURALS = ['contacts', 'companies', 'deals'] as const

interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** `{n}` stands for the id of the n-th record that was made, as far as there are so many. */
  readonly path: string
  readonly body?: Record<string, unknown>
}

const word = fc.constantFrom(
  'acme',
  'amce',
  'Acme Corp',
  'José',
  'Müller',
  'straße',
  '東京',
  'a',
  'x1',
  'lead',
  'won',
  '%',
  '_',
  '\\',
  '',
)
const text = fc.oneof({ weight: 4, arbitrary: word }, fc.string({ unit: 'grapheme', maxLength: 12 }))
const record = fc.nat({ max: 30 }).map((n) => `{${n}}`)
const plural = fc.constantFrom(...PLURALS)
const moment = fc.constantFrom('2026-01-01', '2026-06-10T09:00:00Z', '2026-06-10T09:00:00+02:00', '1969-12-31', 'soon')
const fields = {
  name: text,
  title: text,
  email: fc.constantFrom('a@x.example', 'A@X.example ', 'b@x.example', 'é@x.example', 'no address'),
  domain: fc.constantFrom('acme.example', 'https://www.ACME.example/x', 'münch.example', 'none'),
  stage: text,
  owner: text,
  notes: text,
  tags: fc.oneof(fc.array(word, { maxLength: 3 }), fc.constant('vip,eu')),
  company_id: record,
  contact_id: record,
  follow_up_at: fc.oneof(moment, fc.constant(null)),
  amount_cents: fc.oneof(fc.integer({ min: -5, max: 2 ** 40 }), fc.constant('12')),
  currency: fc.constantFrom('EUR', 'usd', 'XXX1'),
  status: fc.constantFrom('open', 'won', 'lost', 'maybe'),
  custom: fc.oneof(
    fc.dictionary(fc.constantFrom('tier', 'seats'), fc.oneof(text, fc.integer(), fc.constant(null), fc.boolean())),
    fc.constant(null),
  ),
  version: fc.integer({ min: 0, max: 4 }),
} as const
const body = fc.record(fields, { requiredKeys: [] })
const operator = fc.constantFrom(
  '',
  'eq:',
  'ne:',
  'gt:',
  'gte:',
  'lt:',
  'lte:',
  'like:',
  'in:',
  'is:null',
  'not:null',
  'foo:',
)
const filter = fc
  .tuple(
    fc.constantFrom(
      ...Object.keys(fields),
      'company.name',
      'contact.email',
      'custom.tier',
      'custom.seats',
      'version',
      'nothing',
    ),
    operator,
    fc.oneof(text, moment, record, fc.constantFrom('1', '2', 'a@x.example')),
  )
  .map(
    ([name, op, value]) =>
      `${name}=${encodeURIComponent(op.endsWith(':null') || op === '' ? op || value : op + value)}`,
  )
const search = fc.oneof(word, text).map((q) => `search=${encodeURIComponent(q)}`)
// Ties are broken by id, and ids are random: only orders without ties can be compared line by line.
const ordered = fc.constantFrom('', 'sort=created_at', 'sort=-created_at', 'sort=nothing')
const list = fc
  .tuple(plural, fc.array(fc.oneof({ weight: 3, arbitrary: filter }, search), { maxLength: 3 }), ordered)
  .map(
    ([of, asked, sort]): Call => ({
      method: 'GET',
      path: `/${of}?${[...asked, sort, 'fields=all'].filter(Boolean).join('&')}`,
    }),
  )
const call: fc.Arbitrary<Call> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(plural, body).map(([of, sent]): Call => ({ method: 'POST', path: `/${of}`, body: sent })),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(plural, record, body)
      .map(([of, id, sent]): Call => ({ method: 'PATCH', path: `/${of}/${id}`, body: sent })),
  },
  { weight: 2, arbitrary: fc.tuple(plural, record).map(([of, id]): Call => ({ method: 'GET', path: `/${of}/${id}` })) },
  {
    weight: 2,
    arbitrary: fc.tuple(plural, record).map(([of, id]): Call => ({ method: 'DELETE', path: `/${of}/${id}` })),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(plural, record, text).map(
      ([of, id, note]): Call => ({
        method: 'POST',
        path: `/${of}/${id}/activities`,
        body: { kind: 'note', body: note },
      }),
    ),
  },
  { weight: 6, arbitrary: list },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('/reminders?days=3650', '/audit?limit=200', '/activities', '/whoami')
      .map((path): Call => ({ method: 'GET', path })),
  },
  { weight: 1, arbitrary: text.map((q): Call => ({ method: 'GET', path: `/search?q=${encodeURIComponent(q)}` })) },
)

/** One engine's side of a run: it knows its own ids, and names them as the other side does. */
class Side {
  readonly names = new Map<string, string>()
  readonly ids: string[] = []
  readonly client: Client
  readonly server: TestServer
  constructor(server: TestServer, client: Client) {
    this.server = server
    this.client = client
  }
  async answer({ method, path, body: sent }: Call): Promise<string> {
    const filled = (value: string) =>
      value.replace(
        /\{(\d+)\}|%7B(\d+)%7D/g,
        (_, a, b) => this.ids[Number(a ?? b) % Math.max(1, this.ids.length)] ?? 'c_00000000',
      )
    const body = sent && JSON.parse(filled(JSON.stringify(sent)))
    let reply = await this.client.call(method, filled(path), body)
    if (method === 'DELETE' && reply.label('confirm')) {
      const first = this.named(reply.text)
      reply = await this.client.delete(`${filled(path)}?confirm=${reply.label('confirm')}`)
      return `${first}\n${this.named(reply.text)}`
    }
    if (reply.status === 201 && !path.endsWith('/activities')) this.ids.push(reply.id)
    this.server.advance(2000)
    return `${reply.status}\n${this.named(reply.text)}`
  }
  named(said: string): string {
    return said
      .replace(/\b(?:c|co|d|a|w|u|t|e)_[0-9a-z]{6,}/g, (id) => {
        const known = this.names.get(id) ?? `#${this.names.size}`
        this.names.set(id, known)
        return known
      })
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, (time) =>
        /^20(2[7-9]|[3-9])/.test(time) || time > '2026-06-11' ? 'now' : time,
      )
      .replace(/(confirm[:=] ?)[0-9a-z]+-[0-9a-f]+/g, '$1token')
      .replace(/# next: \S+/g, '# next')
  }
}

let servers: TestServer[]
let runs = 0
beforeAll(async () => {
  servers = [await startServer(engines.sqlite), await startServer(engines.postgres)]
})
afterAll(async () => {
  for (const server of servers) await server.stop()
})

test(`${RUNS} random sequences of calls have the same answers on both engines`, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: 5, maxLength: 40 }), async (calls) => {
      const email = `run${++runs}@example.com`
      const [a, b] = await Promise.all(servers.map(async (server) => new Side(server, await server.signIn(email))))
      for (const each of calls) {
        const [one, other] = await Promise.all([a!.answer(each), b!.answer(each)])
        expect(other, `${each.method} ${each.path}`).toBe(one)
      }
    }),
    { numRuns: RUNS, seed: Number(process.env.FAULTS_SEED ?? Date.now() & 0x7fffffff) },
  )
})
