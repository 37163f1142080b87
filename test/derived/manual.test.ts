// The manual: short enough to be read, true in every example; and what answers cost those who read them.

import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readNorthwind } from '../../scripts/demo/northwind.ts'
import { example, examples } from '../../src/manual/examples.ts'
import type { Client, Reply } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

const MANUAL_TOKENS_MAX = 3_000
const LISTED_TOKENS_MAX = 60
const CREATED_TOKENS_MAX = 120

onBothEngines('the manual', (engine) => {
  let server: TestServer
  let agent: Client
  beforeAll(async () => {
    server = await startServer(engine)
    agent = await server.signIn()
  })
  afterAll(() => server.stop())

  test(`takes at most ${MANUAL_TOKENS_MAX} tokens, and is the same wherever it is looked for`, async () => {
    const { text, headers } = await server.anonymous.get('/help')
    expect(countTokens(text)).toBeLessThanOrEqual(MANUAL_TOKENS_MAX)
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8')
    for (const path of ['/llms.txt', '/.well-known/agent.md'])
      expect((await server.anonymous.get(path)).text, path).toBe(text)
    expect((await server.anonymous.get('/')).text.trimEnd().split('\n')).toHaveLength(3)
  })

  test('gives examples that work, in the order given', async () => {
    const ids: Record<string, string> = {}
    for (const { ask, method, path, body, makes } of examples) {
      const sent = body && example(JSON.stringify(body), ids)
      const reply: Reply = await agent.call(method, example(path, ids), sent)
      expect(reply.status, `${ask}: ${reply.text}`).toBeLessThan(300)
      if (makes) ids[makes] = reply.id
    }
  })

  test('a record of a list and a new record cost few tokens', async () => {
    const team = await server.signIn()
    const northwind = readNorthwind('demo/data/northwind')
    const companies = new Map<string, string>()
    for (const body of northwind.companies.slice(0, 50))
      companies.set(String(body.domain), (await team.post('/companies', body)).id)
    const created: Reply[] = []
    for (const body of northwind.contacts((domain) => companies.get(domain)).slice(0, 50))
      created.push(await team.post('/contacts', { ...body, stage: 'customer' }))
    const listed = await team.get('/contacts?limit=50')
    expect(listed.records).toHaveLength(50)
    expect(countTokens(listed.text) / 50).toBeLessThanOrEqual(LISTED_TOKENS_MAX)
    const costs = created.map(({ text }) => countTokens(text))
    expect(costs.reduce((sum, cost) => sum + cost, 0) / costs.length).toBeLessThanOrEqual(CREATED_TOKENS_MAX)
  })
})
