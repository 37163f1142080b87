// A list that filters leave few of is the list without them, in the same order, less what does not answer.

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ParsedRecord } from '../../src/render/parse.ts'
import { allPages, type Client } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

const SHOWN = 'fields=name,email,owner,stage,company_id,company.name,company.owner,last_activity_at'
const SORTS = ['name', '-email', '-company_id', 'last_activity_at', '-last_activity_at', '-created_at', 'id']

onBothEngines('lists of few', (engine) => {
  let server: TestServer
  let agent: Client
  const companies: string[] = []
  beforeAll(async () => {
    server = await startServer(engine)
    agent = await server.signIn()
    for (const n of [0, 1, 2]) {
      const owner = n < 2 ? 'kim' : 'sam'
      companies.push((await agent.post('/companies', { name: `Mill ${n}`, domain: `mill${n}.example`, owner })).id)
    }
    const contact = (n: number) => ({
      ...{ name: `Ann ${n % 9}`, email: `ann${n}@few.example`, owner: n % 10 ? 'sam' : 'kim' },
      ...{ stage: n % 3 ? 'lead' : undefined, company_id: n % 4 ? undefined : companies[(n / 4) % 3] },
    })
    const made = await Promise.all(Array.from({ length: 48 }, (_, n) => agent.post('/contacts', contact(n))))
    for (const n of [0, 4, 12, 13])
      await agent.post(`/contact/${made[n]!.id}/activities`, { kind: 'call', body: 'Rang.', occurred_at: '2026-02-01' })
  })
  afterAll(() => server.stop())

  const filters: Record<string, [filter: () => string, answers: (value: (label: string) => string) => boolean]> = {
    'a reference': [() => `company_id=${companies[0]}`, (value) => value('company.name') === 'Mill 0'],
    'any of two references': [
      () => `company_id=in:${companies[0]},${companies[1]}`,
      (value) => value('company.owner') === 'kim',
    ],
    'a unique field one hop away': [
      () => 'company.domain=in:MILL2.example,none.example',
      (value) => value('company.name') === 'Mill 2',
    ],
    'a field one hop away': [() => 'company.owner=kim', (value) => value('company.owner') === 'kim'],
    'nobody one hop away': [() => 'company.name=Nobody', () => false],
    'an empty field one hop away': [() => 'company.name=is:null', (value) => value('company.name') === ''],
    'a unique field': [
      () => 'email=in:ANN3@few.example,ann8@few.example,none@few.example',
      (value) => ['ann3@few.example', 'ann8@few.example'].includes(value('email')),
    ],
    'a word': [() => 'owner=kim', (value) => value('owner') === 'kim'],
    nobody: [() => 'owner=nobody', () => false],
    'what few have at all': [() => 'last_activity_at=not:null', (value) => value('last_activity_at') !== ''],
    'a reference and a word': [
      () => `stage=lead&company_id=${companies[0]}`,
      (value) => value('stage') === 'lead' && value('company.name') === 'Mill 0',
    ],
    'a reference and a pattern': [
      () => `email=like:ann1&company.domain=mill0.example`,
      (value) => value('email').startsWith('ann1') && value('company.name') === 'Mill 0',
    ],
    'a word that most have, and a search': [() => 'search=few&owner=sam', (value) => value('owner') === 'sam'],
    'a reference and a search': [
      () => `search=ann&company_id=${companies[1]}`,
      (value) => value('company.name') === 'Mill 1',
    ],
    'nobody and a search': [() => 'search=ann&owner=nobody', () => false],
  }

  test.each(Object.entries(filters))('%s: in each order, page by page', async (_, [filter, answers]) => {
    for (const sort of SORTS) {
      const all = await allPages(agent, `/contacts?sort=${sort}&limit=200&${SHOWN}`)
      const expected = all.filter((record) => answers(valueIn(record))).map(({ handle }) => handle)
      const path = `/contacts?sort=${sort}&limit=4&${SHOWN}&${filter()}`
      expect(
        (await allPages(agent, path)).map(({ handle }) => handle),
        sort,
      ).toEqual(expected)
      expect((await agent.get(path)).total, sort).toBe(expected.length)
    }
  })

  test('a search among few is in the order of the whole search', async () => {
    const ofMill = `/contacts?search=ann+few&company_id=${companies[0]}&limit=2&fields=name`
    const among = new Set((await agent.get(`/contacts?company_id=${companies[0]}`)).records.map(({ handle }) => handle))
    const whole = (await allPages(agent, '/contacts?search=ann+few&fields=name')).map(({ handle }) => handle)
    const expected = whole.filter((handle) => among.has(handle))
    expect(expected).toHaveLength(4)
    expect((await allPages(agent, ofMill)).map(({ handle }) => handle)).toEqual(expected)
  })

  test('the company that has a domain now', async () => {
    const path = '/contacts?company.domain=moved.example&fields=name'
    expect((await agent.get(path)).total).toBe(0)
    await agent.patch(`/companies/${companies[1]}`, { domain: 'moved.example' })
    expect((await agent.get(path)).total).toBe(4)
    await agent.patch(`/companies/${companies[1]}`, { domain: 'mill1.example' })
    expect((await agent.get(path)).total).toBe(0)
  })
})

/** The values that a record shows; empty where it shows none. */
function valueIn({ values }: ParsedRecord): (label: string) => string {
  return (label) => values.get(label)?.text ?? ''
}
