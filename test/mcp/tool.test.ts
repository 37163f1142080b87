// The tool: what it says of itself, that it is the same as a call over HTTP, and what it does not reach.

import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isOutOfReach } from '../../src/mcp/reach.ts'
import type { Client } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { callTool, connect, registerApp, send } from '../support/oauth.ts'
import { startServer, type TestServer } from '../support/server.ts'

onBothEngines('the tool', (engine) => {
  let server: TestServer
  let agent: Client
  beforeAll(async () => {
    server = await startServer(engine)
    agent = await server.signIn()
  })
  afterAll(() => server.stop())

  const call = (args: Readonly<Record<string, unknown>>, token = agent.token!) => callTool(server.url, token, args)
  const list = async (token = agent.token!) => {
    const body = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'
    return (await send('POST', `${server.url}/mcp`, body, { authorization: `Bearer ${token}` })).json().result.tools
  }

  describe('what it says of itself', () => {
    test('one tool with all hints and a brief of at most 700 tokens that ends in the way to the manual', async () => {
      const [tool, ...more] = await list()
      expect(more).toEqual([])
      expect(tool).toMatchObject({ name: 'request', inputSchema: { required: ['method', 'path'] } })
      expect(countTokens(tool.description)).toBeLessThanOrEqual(700)
      expect(tool.description).toMatch(/GET \/help$/)
      for (const hint of ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint'])
        expect(tool.annotations[hint]).toBeTypeOf('boolean')
    })

    test('an app that may only read is told so', async () => {
      const token = await connect(server, await registerApp(server.url), {
        email: 'reader@example.com',
        access: 'read',
      })
      const [tool] = await list(token)
      expect(tool.annotations).toMatchObject({ readOnlyHint: true, destructiveHint: false })
      expect(tool.inputSchema.properties.method.enum).toEqual(['GET'])
    })
  })

  describe('the same as over HTTP', () => {
    test('answers are the very same text', async () => {
      const made = await call({
        method: 'POST',
        path: '/contacts',
        body: { email: 'ada@acme.com', name: 'Ada "B" \n Byron' },
      })
      expect(made).toMatchObject({
        isError: false,
        text: expect.stringMatching(/^contact\/c_\w{8} name=.*\n# created\n$/),
      })
      for (const path of [
        '/help',
        '/',
        '/workspaces',
        '/contacts?search=ada',
        '/contacts?limit=1&sort=-name',
        '/contacts?format=json',
        '/openapi.json',
      ])
        expect((await call({ method: 'GET', path })).text, path).toBe((await agent.get(path)).text)
    })

    test('refusals are tool errors with the very same text', async () => {
      for (const path of [
        '/nowhere',
        '/contacts?stge=x',
        '/contacts/c_00000000',
        '/contacts?limit=0',
        '/company/c_00000000',
      ]) {
        const answer = await call({ method: 'GET', path })
        expect(answer, path).toEqual({ isError: true, text: (await agent.get(path)).text })
      }
    })

    test('text that is not ASCII may stand in the query as it is', async () => {
      await call({ method: 'POST', path: '/contacts', body: { name: 'Zoë Ångström', email: 'zoe@example.com' } })
      expect((await call({ method: 'GET', path: '/contacts?name=Zoë Ångström' })).text).toContain('# total: 1')
      expect((await call({ method: 'GET', path: '/contacts?name=Zo%C3%AB%20%C3%85ngstr%C3%B6m' })).text).toContain(
        '# total: 1',
      )
    })

    test('an idempotency key makes a retry harmless', async () => {
      const args = { method: 'POST', path: '/deals', body: { title: 'Once' }, idempotency_key: 'deal-once' }
      const [first, second] = [await call(args), await call(args)]
      expect(first.isError).toBe(false)
      expect(second).toEqual(first)
      expect((await call({ method: 'GET', path: '/deals?title=Once' })).text).toContain('# total: 1')
      const other = await call({ ...args, body: { title: 'Another' } })
      expect(other).toMatchObject({ isError: true, text: expect.stringContaining('error: conflict') })
    })

    test('a body as deep as HTTP takes it, and one deeper', async () => {
      const nested = (depth: number): unknown => (depth === 0 ? 'x' : { k: nested(depth - 1) })
      const body = (depth: number) => ({ name: `deep ${depth}`, custom: nested(depth) })
      expect((await agent.post('/contacts', body(30))).status).toBe(201)
      expect((await call({ method: 'POST', path: '/contacts', body: body(30) })).isError).toBe(false)
    })

    test('files come and go as text, as long as a model can read them', async () => {
      const csv = 'name,email\nFile One,file1@example.com\nFile Two,file2@example.com\n'
      const imported = await call({ method: 'POST', path: '/import?type=contacts', body: csv })
      expect(imported, imported.text).toMatchObject({ isError: false })
      for (const path of ['/export?format=csv&types=contacts', '/export?format=ndjson']) {
        const exported = await call({ method: 'GET', path })
        expect(exported).toMatchObject({ isError: false, text: expect.stringContaining('file2@example.com') })
      }
      const notes = 'x'.repeat(9_000)
      for (let at = 0; at < 30; at++) await agent.post('/contacts', { name: `long ${at}`, notes })
      const long = await call({ method: 'GET', path: '/export?format=ndjson' })
      expect(long).toMatchObject({ isError: true, text: expect.stringContaining('too many for a tool') })
    })

    test('a change is in the audit log under the name of the app', async () => {
      const token = await connect(server, await registerApp(server.url), { email: 'audited@example.com' })
      await call({ method: 'POST', path: '/companies', body: { name: 'Acme' } }, token)
      expect((await call({ method: 'GET', path: '/audit' }, token)).text).toMatch(/Claude/)
    })

    test('a delete asks first, and is done when it is confirmed', async () => {
      const made = await call({ method: 'POST', path: '/contacts', body: { name: 'Gone' } })
      const path = `/${/^(\S+)/.exec(made.text)![1]}`
      const asked = await call({ method: 'DELETE', path })
      const confirm = /^confirm: (\S+)$/m.exec(asked.text)![1]
      expect((await call({ method: 'DELETE', path: `${path}?confirm=${confirm}` })).text).toContain('# deleted')
    })
  })

  describe('arguments', () => {
    test.each([
      ['no path', { method: 'GET' }, 'missing_field'],
      ['no method', { path: '/whoami' }, 'invalid_value'],
      ['another method', { method: 'TRACE', path: '/whoami' }, 'invalid_value'],
      ['OPTIONS', { method: 'OPTIONS', path: '/mcp' }, 'invalid_value'],
      ['an unknown argument', { method: 'GET', path: '/', headers: {} }, 'unknown_field'],
      ['a list for a body', { method: 'POST', path: '/contacts', body: [1] }, 'invalid_json'],
      ['a number for a body', { method: 'POST', path: '/contacts', body: 1 }, 'invalid_value'],
      ['a key that is no header', { method: 'POST', path: '/contacts', idempotency_key: 'a\r\nb' }, 'invalid_value'],
      ['nothing', {}, 'invalid_value'],
    ])('%s: said what is wrong', async (_, args, error) => {
      expect(await call(args as never)).toMatchObject({
        isError: true,
        text: expect.stringContaining(`error: ${error}`),
      })
    })

    test('arguments sent as text are read, and what is no object gets an answer that can be mended', async () => {
      const ask = async (sent: unknown) => {
        const params = { name: 'request', arguments: sent }
        const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })
        return (await send('POST', `${server.url}/mcp`, body, { authorization: `Bearer ${agent.token}` })).json().result
      }
      expect((await ask('{"method":"GET","path":"/whoami"}')).content[0].text).toMatch(/^user: /m)
      const said = (await ask({})).content[0].text
      for (const sent of [['GET', '/whoami'], 'GET /whoami', 7, null])
        expect(await ask(sent), JSON.stringify(sent)).toMatchObject({ isError: true, content: [{ text: said }] })
    })

    test('a method in lower case and a body as JSON text are understood', async () => {
      expect((await call({ method: 'get', path: '/whoami' })).isError).toBe(false)
      expect((await call({ method: 'POST', path: '/contacts', body: '{"name":"Text"}' })).text).toContain('name=Text')
    })
  })

  describe('what it does not reach', () => {
    test.each([
      '/auth/request',
      '/auth/verify',
      '/auth',
      '/oauth/token',
      '/oauth/register',
      '/oauth/authorize?client_id=x',
      '/oauth/sign-in',
      '/mcp',
      '/mcp/',
      '/.well-known/agent.md',
      '/.well-known/oauth-authorization-server',
      '/healthz',
      '/readyz',
      '/metrics',
    ])('%s', async (path) => {
      for (const method of ['GET', 'POST'])
        expect(await call({ method, path })).toMatchObject({
          isError: true,
          text: expect.stringContaining('error: connector_scope'),
        })
    })

    test.each([
      'http://evil.example/contacts',
      'https://evil.example',
      '//evil.example/contacts',
      '/\\evil.example/contacts',
      '\\\\evil.example',
      '/contacts/../auth/request',
      '/contacts/./../auth/request',
      '/./auth/request',
      '/%61uth/request',
      '/auth%2Frequest',
      '/%2561uth/request',
      '/contacts/%2e%2e/auth/request',
      '/contacts/..%2fauth/request',
      '/auth;x/request',
      '/AUTH/request',
      '/ａｕｔｈ/request',
      '/auth\u200b/request',
      '/auth\t/request',
      ' /auth/request',
      '/auth//request',
      '//auth/request',
      '/#/auth/request',
      '/contacts#/auth/request',
      'auth/request',
      '@evil.example/contacts',
      ':80/contacts',
      '',
      '?x=y',
      'javascript:alert(1)',
      'file:///etc/passwd',
      '/contacts HTTP/1.1\r\nHost: evil.example\r\n\r\nGET /auth/request',
    ])('%j gets nobody anywhere', async (path) => {
      const answer = await call({ method: 'POST', path, body: { email: 'path@example.com' } })
      expect(answer.isError).toBe(true)
      expect(answer.text).toMatch(/^error: (invalid_value|not_found|connector_scope|method_not_allowed)$/m)
      expect(server.printed.join()).not.toContain('path@example.com')
    })

    test('of the routes that ask for no token it reaches the greeting and the manual alone', () => {
      const open = server.routes.filter(({ who }) => who !== 'member').map(({ path }) => path)
      const reached = [...new Set(open)].filter((path) => !isOutOfReach(path.split('/').filter((part) => part !== '')))
      expect(
        reached.filter((path) => !['/', '/help', '/help/:topic', '/llms.txt', '/openapi.json'].includes(path)),
      ).toEqual([])
      const members = server.routes.filter(({ who }) => who === 'member')
      expect(members.filter(({ path }) => isOutOfReach(path.slice(1).split('/')))).toEqual([])
    })
  })

  test('what an app was not granted it can not take', async () => {
    const app = await registerApp(server.url)
    const reading = await connect(server, app, { email: 'limits@example.com', access: 'read', maySwitch: true })
    expect((await call({ method: 'POST', path: '/contacts', body: { name: 'x' } }, reading)).text).toContain(
      'error: read_only',
    )
    expect((await call({ method: 'GET', path: '/contacts' }, reading)).isError).toBe(false)
    const writing = await connect(server, app, { email: 'limits@example.com' })
    const workspace = /^workspace_id: workspace\/(\S+)$/m.exec(
      (await call({ method: 'GET', path: '/whoami' }, writing)).text,
    )![1]
    for (const [method, path] of [
      ['GET', '/tokens'],
      ['DELETE', '/tokens/t_000000000000'],
      ['POST', `/workspaces/${workspace}/tokens`],
    ])
      expect((await call({ method, path, body: {} }, writing)).text, path).toContain('error: connector_scope')
    const free = await connect(server, app, { email: 'limits@example.com', maySwitch: true })
    expect((await call({ method: 'POST', path: `/workspaces/${workspace}/tokens`, body: {} }, free)).text).toContain(
      'token: ck_',
    )
  })
})

test('the tool is counted like any call', async () => {
  const { engines } = await import('../support/engines.ts')
  const server = await startServer(engines.sqlite, { env: { CRMKIT_RATE_LIMIT: '20' } })
  const { token } = await server.signIn()
  const answers = await Promise.all(
    Array.from({ length: 30 }, () => callTool(server.url, token!, { method: 'GET', path: '/whoami' })),
  )
  expect(answers.filter(({ text }) => text.startsWith('error: rate_limited'))).toHaveLength(10)
  await server.stop()
})

test.each([
  ['tools/list', {}],
  ['tools/call', { name: 'nope', arguments: {} }],
  ['tools/call', { name: 'request', arguments: {} }],
  ['tools/call', { name: 'request', arguments: { method: 'GET', path: '/healthz' } }],
])('what comes to no request counts as one: %s %j', async (method, params) => {
  const { engines } = await import('../support/engines.ts')
  const server = await startServer(engines.sqlite, { env: { CRMKIT_RATE_LIMIT: '20' } })
  const authorization = `Bearer ${(await server.signIn()).token}`
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const answers = await Promise.all(
    Array.from({ length: 30 }, () => send('POST', `${server.url}/mcp`, body, { authorization })),
  )
  const refused = answers.filter(({ status }) => status === 429)
  expect(refused).toHaveLength(10)
  expect(refused[0]!.headers.get('access-control-allow-origin')).toBe('*')
  await server.stop()
})
