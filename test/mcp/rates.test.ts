// What a tool call counts for, and what its answer over HTTP says of that: as any other call.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { onBothEngines } from '../support/engines.ts'
import { send } from '../support/oauth.ts'
import { startServer, type TestServer } from '../support/server.ts'

const MINUTE = 61_000
/** Of a token; an address has ten times as much. */
const LIMIT = 4
const OF_ADDRESS = 10 * LIMIT

onBothEngines('rates of the tool', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(engine, { env: { CRMKIT_RATE_LIMIT: String(LIMIT) } })
  })
  afterAll(() => server.stop())
  beforeEach(() => server.advance(MINUTE))

  const rpc = (id = 1) => {
    const params = { name: 'request', arguments: { method: 'GET', path: '/whoami' } }
    return { jsonrpc: '2.0', id, method: 'tools/call', params }
  }
  const post = (token: string | undefined, body: unknown) => {
    const headers = { authorization: `Bearer ${token}`, 'mcp-protocol-version': '2025-03-26' }
    return send('POST', `${server.url}/mcp`, JSON.stringify(body), headers)
  }
  const signIn = async () => {
    server.advance(MINUTE)
    const { token } = await server.signIn()
    server.advance(MINUTE)
    return token
  }
  const askAsAnyone = async () => (await server.anonymous.get('/help')).status

  test('the answer tells of the token, and how long to wait', async () => {
    const token = await signIn()
    for (let left = LIMIT - 1; left >= 0; left--) {
      const answer = await post(token, rpc())
      expect(answer.headers.get('ratelimit')).toMatch(new RegExp(`^"token";r=${left};t=\\d+$`))
      expect([answer.headers.get('ratelimit-policy'), answer.headers.get('retry-after')]).toEqual([
        `"token";q=${LIMIT};w=60`,
        null,
      ])
    }
    const refused = await post(token, rpc())
    expect(refused.text).toContain('error: rate_limited')
    expect(refused.headers.get('ratelimit')).toMatch(/^"token";r=0;t=\d+$/)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  test('a call counts once for the address', async () => {
    const tokens: (string | undefined)[] = []
    while (tokens.length < OF_ADDRESS / LIMIT) tokens.push(await signIn())
    for (let round = 0; round < LIMIT; round++) {
      const answers = await Promise.all(tokens.map((token) => post(token, rpc())))
      for (const { text } of answers) expect(text).toContain('user: ')
    }
    expect(await askAsAnyone()).toBe(429)
  })

  test('in a batch each call counts, for the token and for the address', async () => {
    const token = await signIn()
    const batch = Array.from({ length: OF_ADDRESS - 1 }, (_, n) => rpc(n))
    const answers: unknown[] = (await post(token, batch)).json()
    const limited = answers.filter((answer) => JSON.stringify(answer).includes('rate_limited'))
    expect([answers.length, limited.length]).toEqual([batch.length, batch.length - LIMIT])
    expect([await askAsAnyone(), await askAsAnyone()]).toEqual([200, 429])
  })

  test('a batch counts once also where none of its calls does', async () => {
    const token = await signIn()
    const help = { ...rpc(1), params: { name: 'request', arguments: { method: 'GET', path: '/help' } } }
    const faulty = { ...rpc(2), params: { name: 'request', arguments: {} } }
    const statuses: number[] = []
    for (let n = 0; n <= LIMIT; n++) statuses.push((await post(token, [help, faulty])).status)
    expect(statuses).toEqual([...Array(LIMIT).fill(200), 429])
  })
})
