// MCP over HTTP: who is let in, every revision on one path, and what browsers are told.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engines } from '../support/engines.ts'
import { startMailServer } from '../support/mail.ts'
import { type Sent, send } from '../support/oauth.ts'
import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
let token: string
beforeAll(async () => {
  server = await startServer(engines.sqlite)
  token = (await server.signIn()).token!
})
afterAll(() => server.stop())

const rpc = (method: string, params: unknown = {}) => ({ jsonrpc: '2.0', id: 1, method, params })
const post = (body: unknown, headers: Record<string, string> = {}): Promise<Sent> =>
  send('POST', `${server.url}/mcp`, typeof body === 'string' ? body : JSON.stringify(body), {
    authorization: `Bearer ${token}`,
    ...headers,
  })
const MODERN = '2026-07-28'
const envelope = {
  _meta: {
    'io.modelcontextprotocol/protocolVersion': MODERN,
    'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  },
}
const modern = (method: string, params = {}, name?: string) =>
  post(rpc(method, { ...envelope, ...params }), {
    ...{ 'mcp-protocol-version': MODERN, 'mcp-method': method },
    ...(name ? { 'mcp-name': name } : {}),
  })

describe('revisions', () => {
  test.each(['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'])(
    '%s, with initialize',
    async (protocolVersion) => {
      const params = { protocolVersion, capabilities: {}, clientInfo: { name: 'test', version: '1' } }
      const hello = await post(rpc('initialize', params))
      expect(hello.json().result).toMatchObject({
        protocolVersion,
        serverInfo: { name: 'crmkit' },
        capabilities: { tools: {} },
      })
      expect(hello.headers.get('mcp-session-id')).toBeNull()
      const headers = { 'mcp-protocol-version': protocolVersion }
      expect((await post({ jsonrpc: '2.0', method: 'notifications/initialized' }, headers)).status).toBe(202)
      expect((await post(rpc('ping'), headers)).json().result).toEqual({})
      expect((await post(rpc('tools/list'), headers)).json().result.tools).toHaveLength(1)
    },
  )

  test('the Idempotency-Key of a request is that of its one call', async () => {
    const make = (title: string) =>
      rpc('tools/call', { name: 'request', arguments: { method: 'POST', path: '/deals', body: { title } } })
    const key = { 'idempotency-key': 'by-header' }
    const [first, second] = [await post(make('Keyed'), key), await post(make('Keyed'), key)]
    expect([first.text.includes('# created'), second.text]).toEqual([true, first.text])
    const batch = [make('Batch one'), { ...make('Batch two'), id: 2 }]
    await post(batch, { ...key, 'mcp-protocol-version': '2025-03-26' })
    const list = rpc('tools/call', { name: 'request', arguments: { method: 'GET', path: '/deals' } })
    expect((await post(list)).text).toContain('# total: 3')
  })

  test('a batch is answered as an array, whatever it holds, and refused where an answer would be lost', async () => {
    const headers = { 'mcp-protocol-version': '2025-03-26' }
    const note = { jsonrpc: '2.0', method: 'notifications/initialized' }
    for (const batch of [[rpc('ping')], [rpc('ping'), note]])
      expect((await post(batch, headers)).json()).toMatchObject([{ id: 1, result: {} }])
    expect((await post([note], headers)).status).toBe(202)
    const make = { name: 'request', arguments: { method: 'POST', path: '/companies', body: { name: 'Twice' } } }
    const refused = await post([rpc('tools/call', make), rpc('tools/call', make)], headers)
    expect([refused.status, refused.json().error.code]).toEqual([400, -32600])
    const list = rpc('tools/call', { name: 'request', arguments: { method: 'GET', path: '/companies?name=Twice' } })
    expect((await post(list)).text).toContain('# total: 0')
  })

  test('one from the future is answered with one that there is', async () => {
    const params = { protocolVersion: '2099-01-01', capabilities: {}, clientInfo: { name: 'test', version: '1' } }
    expect((await post(rpc('initialize', params))).json().result.protocolVersion).toBe('2025-11-25')
  })

  test('2026-07-28, without initialize', async () => {
    expect((await modern('server/discover')).json().result).toMatchObject({ supportedVersions: [MODERN] })
    const listed = (await modern('tools/list')).json().result
    expect(listed).toMatchObject({ tools: [{ name: 'request' }], cacheScope: 'private', resultType: 'complete' })
    const called = await modern(
      'tools/call',
      { name: 'request', arguments: { method: 'GET', path: '/whoami' } },
      'request',
    )
    expect(called.json().result).toMatchObject({ isError: false })
  })

  test('a header that says other than the body is refused', async () => {
    const body = rpc('tools/list', envelope)
    expect((await post(body, { 'mcp-protocol-version': '2025-11-25', 'mcp-method': 'tools/list' })).status).toBe(400)
    expect((await post(body, { 'mcp-protocol-version': MODERN, 'mcp-method': 'tools/call' })).status).toBe(400)
  })

  test('there is nothing to subscribe to, and no stream that stays open', async () => {
    const refused = await modern('subscriptions/listen', { notifications: { toolsListChanged: true } })
    expect([refused.status, refused.json()]).toEqual([
      404,
      expect.objectContaining({ id: 1, error: expect.anything() }),
    ])
  })

  test('a batch, as 2025-03-26 has it, and one that is too long', async () => {
    const batch = [rpc('ping'), { ...rpc('tools/list'), id: 2 }]
    expect((await post(batch)).json()).toHaveLength(2)
    expect((await post(Array(51).fill(rpc('ping')))).status).toBe(400)
  })
})

describe('the transport', () => {
  test.each([
    undefined,
    '*/*',
    'application/json',
    'application/json, text/event-stream',
    'text/event-stream, */*;q=0.1',
  ])('Accept %s is as good as any', async (accept) => {
    const sent = await post(rpc('ping'), accept === undefined ? {} : { accept })
    expect([sent.status, sent.headers.get('content-type')]).toEqual([200, expect.stringContaining('application/json')])
  })

  test('who takes no JSON gets none', async () => {
    expect((await post(rpc('ping'), { accept: 'text/html' })).status).toBe(406)
  })

  test('there is nothing to stream and no session to end', async () => {
    for (const method of ['GET', 'DELETE', 'PUT']) {
      const refused = await send(method, `${server.url}/mcp`, undefined, { authorization: `Bearer ${token}` })
      const allowed = refused.headers.get('allow')!.split(', ').sort()
      expect([method, refused.status, allowed]).toEqual([method, 405, ['OPTIONS', 'POST']])
    }
  })

  test.each([
    ['no JSON', '{'],
    ['a key twice', '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/list"}'],
    ['another protocol', '{"jsonrpc":"1.0","id":1,"method":"ping"}'],
    ['nothing', ''],
    ['a word', '"ping"'],
  ])('%s is refused as JSON-RPC refuses', async (_, body) => {
    const refused = await post(body)
    expect(refused.status).toBe(400)
    expect(refused.json().error.code).toBeLessThan(-32_000)
  })

  test('an unknown method is named as such', async () => {
    expect((await post(rpc('resources/list'))).json().error.code).toBe(-32_601)
  })
})

describe('who is let in', () => {
  test.each([
    ['nobody', {}, undefined],
    ['an unknown token', { authorization: 'Bearer ck_nonsense' }, 'invalid_token'],
    ['another scheme', { authorization: 'Basic abc' }, undefined],
  ])('%s: 401, with where to begin', async (_, headers, error) => {
    for (const method of ['POST', 'GET', 'DELETE']) {
      const sent = await send(method, `${server.url}/mcp`, method === 'POST' ? '{}' : undefined, headers as never)
      expect(sent.status).toBe(401)
      const challenge = `Bearer resource_metadata="${server.url}/.well-known/oauth-protected-resource/mcp", scope="crm:read crm:write"`
      expect(sent.headers.get('www-authenticate')).toBe(error ? `${challenge}, error="${error}"` : challenge)
      expect(sent.headers.get('access-control-expose-headers')).toContain('WWW-Authenticate')
    }
  })

  test('metadata, with and without the path, name what was asked for', async () => {
    const get = async (path: string) => (await send('GET', `${server.url}/.well-known/${path}`)).json()
    expect(await get('oauth-protected-resource/mcp')).toMatchObject({ resource: `${server.url}/mcp` })
    expect(await get('oauth-protected-resource')).toMatchObject({ resource: server.url })
    const issuer = { issuer: server.url, token_endpoint: `${server.url}/oauth/token` }
    expect(await get('oauth-authorization-server')).toMatchObject(issuer)
    expect(await get('oauth-authorization-server/mcp')).toMatchObject(issuer)
    const named = await fetch(`http://localhost:${new URL(server.url).port}/.well-known/oauth-authorization-server`)
    expect(await named.json()).toMatchObject({ issuer: `http://localhost:${new URL(server.url).port}` })
  })
})

describe('browsers, where mail is sent', () => {
  let open: TestServer
  let agent: string
  const PUBLIC = 'https://crm.example'
  beforeAll(async () => {
    const mail = await startMailServer()
    open = await startServer(engines.sqlite, {
      env: { CRMKIT_SMTP_URL: mail.url, CRMKIT_MAIL_FROM: 'crm@crm.example', CRMKIT_PUBLIC_URL: PUBLIC },
    })
    await open.anonymous.post('/auth/request', { email: 'web@example.com' })
    const code = await mail.codeFor('web@example.com')
    agent = (await open.anonymous.post('/auth/verify', { email: 'web@example.com', code })).label('token')!
    await mail.down()
  })
  afterAll(() => open.stop())

  test('a preflight is answered before anybody signs in', async () => {
    for (const origin of ['https://claude.ai', PUBLIC, 'http://localhost:6274', 'https://anywhere.example']) {
      const headers = { origin, 'access-control-request-method': 'POST' }
      const answer = await send('OPTIONS', `${open.url}/mcp`, undefined, headers)
      expect([answer.status, answer.text]).toEqual([204, ''])
      expect(answer.headers.get('access-control-allow-origin')).toBe('*')
      const allowed = answer.headers.get('access-control-allow-headers')!.toLowerCase()
      for (const name of ['authorization', 'content-type', 'mcp-protocol-version', 'mcp-method', 'mcp-name'])
        expect(allowed).toContain(name)
      expect(answer.headers.get('access-control-allow-methods')).toContain('POST')
    }
  })

  test.each(['/oauth/token', '/oauth/register', '/oauth/revoke', '/.well-known/oauth-authorization-server'])(
    'any page may ask %s',
    async (path) => {
      const headers = { origin: 'https://anywhere.example', 'access-control-request-method': 'POST' }
      const preflight = await send('OPTIONS', `${open.url}${path}`, undefined, headers)
      expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*'])
    },
  )

  test('a page may read what refuses it before anybody looks at its call, too', async () => {
    const busy = await startServer(engines.sqlite, { env: { CRMKIT_RATE_LIMIT: '2' } })
    const origin = 'http://localhost:6274'
    const told = async (method: string, path: string, body?: string) => {
      const { status, headers } = await send(method, `${busy.url}${path}`, body, { origin })
      return [status, headers.get('access-control-allow-origin'), headers.get('access-control-expose-headers')]
    }
    const exposed = expect.stringContaining('Retry-After')
    expect(await told('POST', '/mcp', 'x'.repeat((1 << 20) + 1))).toEqual([413, '*', exposed])
    expect(await told('PUT', '/oauth/token')).toEqual([405, '*', exposed])
    expect(await told('POST', '/oauth/token', '{}')).toEqual([429, '*', exposed])
    for (let asked = 0; asked < 20; asked++) await told('GET', '/help')
    expect(await told('POST', '/mcp', '{}')).toEqual([429, '*', exposed])
    expect(await told('GET', '/.well-known/oauth-protected-resource/mcp')).toEqual([429, '*', exposed])
    expect(await told('GET', '/contacts')).toEqual([429, null, null])
    await busy.stop()
  })

  test.each([
    'https://evil.example',
    'null',
    'https://claude.ai.evil.example',
    'http://claude.ai',
    'https://crm.example.evil.example',
    'https://crm.example:8443',
    'http://localhost.evil.example',
    'http://127.0.0.1.evil.example',
    'http://localhost:6274/',
    'file://',
  ])('a page of %s is 403, whatever it brings', async (origin) => {
    for (const method of ['POST', 'GET', 'DELETE'])
      expect(
        (
          await send(method, `${open.url}/mcp`, method === 'POST' ? '{}' : undefined, {
            origin,
            authorization: `Bearer ${agent}`,
          })
        ).status,
      ).toBe(403)
  })

  test.each(['https://claude.ai', 'https://vscode.dev', PUBLIC, 'http://127.0.0.1:6274', 'https://localhost:6274'])(
    'a page of %s is let in',
    async (origin) => {
      const headers = { origin, authorization: `Bearer ${agent}` }
      const answer = await send('POST', `${open.url}/mcp`, JSON.stringify(rpc('ping')), headers)
      expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, '*'])
    },
  )

  test('the public address is the one that is named, and cookies are for it alone', async () => {
    const sent = await send('POST', `${open.url}/mcp`, '{}', {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
    })
    expect(sent.headers.get('www-authenticate')).toContain(`"${PUBLIC}/.well-known/oauth-protected-resource/mcp"`)
    const body = JSON.stringify({ redirect_uris: ['https://claude.ai/api/mcp/auth_callback'] })
    const { client_id } = (await send('POST', `${open.url}/oauth/register`, body)).json()
    const query = new URLSearchParams({
      ...{ response_type: 'code', client_id, code_challenge_method: 'S256' },
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    })
    const page = await send('GET', `${open.url}/oauth/authorize?${query}`)
    expect(page.headers.get('set-cookie')).toMatch(
      /^__Host-crmkit-ar_\w+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=1800; Secure$/,
    )
  })
})
