// Contract §5: `like` on addresses and domains, which are kept in a normal form beside what was typed.

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

onBothEngines('like', (engine) => {
  let server: TestServer
  let agent: Client
  const ids: Record<string, string> = {}
  beforeAll(async () => {
    server = await startServer(engine)
    agent = await server.signIn()
    const make = async (name: string, path: string, body: object) => {
      ids[name] = (await agent.post(path, body)).id
    }
    await make('street', '/contacts', { email: 'Straße@MÜLLER.example' })
    await make('sigma', '/contacts', { email: 'ΣΑΣ@x.example' })
    await make('munich', '/companies', { name: 'M', domain: 'https://www.München.example' })
    await make('books', '/companies', { name: 'B', domain: 'BU\u0308CHER0.example' })
    await make('call', `/companies/${ids.books}/activities`, { kind: 'call' })
  })
  afterAll(() => server.stop())

  const found: [query: string, patterns: string[], name: string][] = [
    ['/contacts?email', ['straße', 'STRASSE', 'ße@', 'stras', 'e@müll', 'S%25@Müller%25'], 'street'],
    ['/contacts?email', ['σασ', 'σας', 'ΣΑς@', 'σας%25example'], 'sigma'],
    ['/companies?domain', ['münch', 'MÜNCHEN.ex', 'www.mün', '%25münchen.example', 'xn--mnchen%25'], 'munich'],
    ['/companies?domain', ['bücher', 'R0.EX', 'b%25r0%25'], 'books'],
    ['/activities?company.domain', ['bücher', '%250.ex%25'], 'call'],
  ]
  test.each(found)('%s=like: finds by each of %j what answers print of %s', async (query, patterns, name) => {
    for (const pattern of patterns) {
      const reply = await agent.get(`${query}=like:${pattern}`)
      expect([pattern, reply.total, reply.id]).toEqual([pattern, 1, ids[name]])
    }
  })

  const tags: [pattern: string, found: string[]][] = [
    ['a', ['both', 'one']],
    ['3', ['both']],
    ['a%25', ['both', 'one']],
    ['%25b', ['one']],
    ['a%252026', []],
    ['q%2526', ['both']],
    ['Q3%252026', ['both']],
    ['a%25b', ['one']],
    ['a%25"%25b', ['one']],
    ['%25', ['both', 'one', 'other']],
    ['x_z', []],
    ['\\%25y', ['other']],
  ]
  test.each(tags)('tags=like:%s is about one tag, and finds %j', async (pattern, expected) => {
    const mine = await server.signIn('tags@like.example')
    for (const [name, list] of [
      ['both', ['a', 'q3-2026']],
      ['one', ['a"\u0001b']],
      ['other', ['xyz', '\\y']],
    ] as const)
      await mine.post('/contacts', { name, email: `${name}@tags.example`, tags: list })
    const found = await mine.get(`/contacts?sort=name&tags=like:${pattern}`)
    expect(found.records.map(({ values }) => values.get('name')!.text)).toEqual(expected)
  })

  test('no pattern of tags holds the comma that stands between them', async () => {
    const reply = await agent.get('/contacts?tags=like:a,v')
    expect([reply.status, reply.label('error')]).toEqual([400, 'invalid_value'])
    expect(reply.label('hint')).toContain('one tag')
  })

  test.each(['/companies?domain=like:munch', '/contacts?email=like:muller', '/contacts?email=like:x%25'])(
    '%s finds nothing: accents count, and a pattern that is not open begins at the beginning',
    async (query) => {
      expect((await agent.get(query)).total).toBe(0)
    },
  )
})
