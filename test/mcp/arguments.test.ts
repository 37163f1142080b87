// Arguments that are JSON, and that the API does not take: the model is told so as over HTTP, in the answer to its call.

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client as Agent } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { send } from '../support/oauth.ts'
import { startServer, type TestServer } from '../support/server.ts'

/** Bodies as they are sent. */
const FAULTY = {
  'a number past 2^53': '{"name": 9007199254740993}',
  NUL: '{\n  "name": "a\\u0000b"}',
  'half a surrogate pair': '{"name": "\\ud800"}',
  'a key twice': '{"name": "a", "name": "b"}',
  'a key twice, further inside': '{"name": "a", "custom": {"k": 1, "k": 2}}',
  nesting: `{"name": ${'['.repeat(40)}${']'.repeat(40)}}`,
  'a number alone': '1e400',
  'text alone': '"\\u0000"',
}

onBothEngines('arguments that the API does not take', (engine) => {
  let server: TestServer
  let agent: Agent
  beforeAll(async () => {
    server = await startServer(engine)
    agent = await server.signIn()
  })
  afterAll(() => server.stop())

  const rpc = (args: string, id: unknown = 7, method = 'tools/call') =>
    `{"jsonrpc": "2.0", "id": ${JSON.stringify(id)}, "method": "${method}",\n "params": {"name": "request", "arguments": ${args}}}`
  const calling = (body: string, path = '/contacts') =>
    `{ "method": "POST", "body" : ${body} , "path": ${JSON.stringify(path)}}`
  const post = (body: string, headers: Readonly<Record<string, string>> = {}) =>
    send('POST', `${server.url}/mcp`, body, { authorization: `Bearer ${agent.token}`, ...headers })
  const textOf = (answer: { result: { content: { text: string }[] } }) => answer.result.content[0]!.text

  test.each(Object.entries(FAULTY))('%s in the body: the text that HTTP gives', async (_, body) => {
    for (const path of ['/contacts', '/contacts?format=json', '/nowhere']) {
      const told = await agent.post(path, body)
      expect(told.status).toBeGreaterThanOrEqual(400)
      for (const sent of [calling(body, path), JSON.stringify(calling(body, path))]) {
        const answer = await post(rpc(sent, 'mine'))
        expect([answer.status, answer.json().id, answer.json().result.isError]).toEqual([200, 'mine', true])
        expect(textOf(answer.json())).toBe(told.text)
      }
    }
    expect((await agent.get('/contacts')).total).toBe(0)
  })

  test.each([
    ['{"method": "GET", "path": "/contacts\\u0000"}', 'invalid_value'],
    ['{"method": "GET", "path": "/contacts?name=\\udc00"}', 'invalid_value'],
    ['{"method": "GET", "path": "/contacts", "path": "/deals"}', 'invalid_json'],
    ['{"method": "POST", "path": "/contacts", "body": {}, "body": {"name": "b"}}', 'invalid_json'],
    ['{"method": 1e400, "path": "/contacts", "body": {"name": "\\ud800"}}', 'invalid_json'],
    ['"{\\"method\\": \\"GET\\", \\"path\\": \\"/contacts?name=\\ud800\\"}"', 'invalid_value'],
    ['[1e400]', 'invalid_json'],
  ])('and elsewhere in the arguments: %s', async (args, code) => {
    const answer = await post(rpc(args))
    expect([answer.status, answer.json().id, answer.json().result.isError]).toEqual([200, 7, true])
    expect(textOf(answer.json())).toMatch(new RegExp(`^error: ${code}\n`))
  })

  test('of a batch that call alone is refused', async () => {
    const good = calling('{"title": "]}\\\\\\"{["}', '/deals')
    const batch = `[${rpc(good, 1)}, ${rpc(calling(FAULTY.NUL), 2)}, ${rpc(good, 3)}]`
    const answers = (await post(batch, { 'mcp-protocol-version': '2025-03-26' })).json()
    const said = new Map<number, string>(answers.map((each: never) => [(each as { id: number }).id, textOf(each)]))
    expect(said.get(1)).toContain('# created')
    expect(said.get(2)).toBe((await agent.post('/contacts', FAULTY.NUL)).text)
    expect(said.get(3)).toContain('# created')
    expect((await agent.get('/deals?limit=1')).value('title')).toBe(']}\\"{[')
  })

  test('in the newest revision too', async () => {
    const told = await agent.post('/contacts', FAULTY.NUL)
    const about = (name: string) => `io.modelcontextprotocol/${name}`
    const meta = JSON.stringify({
      [about('protocolVersion')]: '2026-07-28',
      [about('clientInfo')]: { name: 'test', version: '1' },
      [about('clientCapabilities')]: {},
    })
    const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'request' }
    for (const [args, text] of [
      [calling(FAULTY.NUL), told.text],
      ['{"method": "GET", "path": "/contacts\\u0000"}', 'error: invalid_value'],
    ] as const) {
      const answer = await post(rpc(`${args}, "_meta": ${meta}`), headers)
      expect([answer.status, answer.json().id, answer.json().result.isError]).toEqual([200, 7, true])
      expect(textOf(answer.json())).toContain(text)
    }
  })

  test('a client’s own callTool gives it', async () => {
    const client = new Client({ name: 'test', version: '1' })
    const requestInit = { headers: { authorization: `Bearer ${agent.token}` } }
    await client.connect(new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`), { requestInit }))
    const args = { method: 'POST', path: '/contacts', body: { name: 'a\u0000b' } }
    const result = await client.callTool({ name: 'request', arguments: args })
    expect(result).toMatchObject({
      isError: true,
      content: [{ text: (await agent.post('/contacts', args.body)).text }],
    })
    await client.close()
  })

  test.each([
    rpc(calling('{"name": "a"')),
    rpc(calling('{"name": 01}')),
    rpc(calling('{"name": "a"}'), 7, 'tools/call", "method": "tools/call'),
    rpc(calling('{"name": "a"}'), 2 ** 60),
    rpc(`${calling('{}')}, "name": "\\ud800"`),
    rpc(`${calling('{}')}, "arguments": ${calling(FAULTY.NUL)}`),
    rpc(calling(FAULTY.NUL), 7, 'tools/list'),
    `${rpc(calling(FAULTY.NUL))}]`,
    `{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": [1e400]}`,
  ])('what is no JSON, and what stands around the arguments, is the protocol’s: %s', async (body) => {
    const answer = await post(body)
    expect([answer.status, answer.json()]).toMatchObject([400, { id: null, error: { code: -32700 } }])
  })
})
