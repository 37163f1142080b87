// The way from registration to a token and its end, as an app and a browser see it.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { clientOf } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import {
  callTool,
  connect,
  form,
  newVisitor,
  REDIRECT,
  registerApp,
  send,
  walk,
  walkToConsent,
} from '../support/oauth.ts'
import { startServer, type TestServer } from '../support/server.ts'

onBothEngines('OAuth, the whole way', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(engine)
  })
  afterAll(() => server.stop())

  let people = 0
  const somebody = () => `person${++people}@example.com`
  const whoami = async (token: string) => clientOf(server.url, token).get('/whoami')

  test('a token is an ordinary one, named after the app, for the workspace that was chosen', async () => {
    const app = await registerApp(server.url)
    const email = somebody()
    const given = await app.token(await walk(server, app, { email }))
    expect(given.status).toBe(200)
    expect(given.headers.get('cache-control')).toBe('no-store')
    expect(given.json()).toMatchObject({ token_type: 'Bearer', expires_in: 31_536_000, scope: 'crm:read crm:write' })
    const token = given.json().access_token
    const me = await whoami(token)
    expect([me.label('user'), me.label('token')]).toEqual([email, 'Claude'])
    expect((await callTool(server.url, token, { method: 'GET', path: '/whoami' })).text).toContain(email)
    const owner = await server.signIn(email)
    const listed = await owner.get('/tokens')
    const record = listed.records.find(({ values }) => values.get('name')?.text === 'Claude')!
    expect(record.values.get('client_id')?.text).toBe(app.clientId)
    await owner.delete(`/tokens/${record.handle.split('/')[1]}`)
    expect((await whoami(token)).label('error')).toBe('invalid_token')
  })

  test('a second workspace of the person, or a new one, can be chosen', async () => {
    const email = somebody()
    const owner = await server.signIn(email)
    const { id } = await owner.post('/workspaces', { name: 'Second' })
    const app = await registerApp(server.url)
    expect((await whoami(await connect(server, app, { email, workspace: id }))).label('workspace')).toBe('Second')
    const page = await walkToConsent(server, app, { email })
    const nameless = await page.submit('consent', { decision: 'allow', workspace: 'new', access: 'write' })
    expect(nameless.status).toBe(400)
    expect(nameless.text).toContain('Give the new workspace a name.')
    const choice = { decision: 'allow', workspace: 'new', workspace_name: 'Third <&>', access: 'write' }
    const left = await nameless.submit('consent', choice)
    const { access_token } = (await app.token(left.left!.searchParams.get('code')!)).json()
    expect((await whoami(access_token)).label('workspace')).toBe('"Third <&>"')
    const made = (await clientOf(server.url, access_token).get('/audit')).records.at(-1)!.values
    expect(['action', 'by', 'new.name'].map((label) => made.get(label)?.text)).toEqual(['create', email, 'Third <&>'])
  })

  test('somebody new gets a user and a workspace of their own', async () => {
    const app = await registerApp(server.url)
    const token = await connect(server, app, { email: somebody() })
    expect((await whoami(token)).label('role')).toBe('admin')
  })

  test('an app that was let read can only read, and one that may not switch stays where it is', async () => {
    const app = await registerApp(server.url)
    const reading = clientOf(server.url, await connect(server, app, { email: somebody(), access: 'read' }))
    expect((await reading.get('/contacts')).status).toBe(200)
    expect((await reading.post('/contacts', { email: 'a@b.example' })).label('error')).toBe('read_only')
    const writing = clientOf(server.url, await connect(server, app, { email: somebody() }))
    expect((await writing.post('/contacts', { email: 'a@b.example' })).status).toBe(201)
    expect((await writing.get('/tokens')).label('error')).toBe('connector_scope')
    const free = clientOf(server.url, await connect(server, app, { email: somebody(), maySwitch: true }))
    expect((await free.get('/tokens')).status).toBe(200)
  })

  test('a token that an app mints is listed as that app’s', async () => {
    const app = await registerApp(server.url)
    const agent = clientOf(server.url, await connect(server, app, { email: somebody(), maySwitch: true }))
    const { id } = await agent.post('/workspaces', { name: 'Other' })
    const minted = (await agent.post(`/workspaces/${id}/tokens`)).label('token_id')
    const listed = (await agent.get('/tokens')).records.find(({ handle }) => handle === minted)!
    expect(listed.values.get('client_id')?.text).toBe(app.clientId)
  })

  test('who asked for reading alone can not be given more', async () => {
    const app = await registerApp(server.url)
    const page = await walkToConsent(server, app, { email: somebody(), authorize: { scope: 'crm:read' } })
    expect(page.text).not.toContain('value="write"')
    const usual = /name="workspace" value="([^"]+)"[^>]*checked/.exec(page.text)![1]!
    const forced = await page.submit('consent', { decision: 'allow', workspace: usual, access: 'write' })
    expect([forced.status, forced.left]).toEqual([400, undefined])
  })

  test('resource may be the endpoint, with a last slash, or the origin, or be left out', async () => {
    const app = await registerApp(server.url)
    const inCapitals = `${server.url.toUpperCase()}/mcp`
    for (const resource of [
      `${server.url}/mcp`,
      `${server.url}/mcp/`,
      server.url,
      `${server.url}/`,
      inCapitals,
      undefined,
    ]) {
      const code = await walk(server, app, { email: somebody(), authorize: { resource } })
      expect((await app.token(code, { resource })).status).toBe(200)
    }
  })

  test('an app that says no, or a person who does', async () => {
    const app = await registerApp(server.url)
    const page = await walkToConsent(server, app, { email: somebody() })
    const denied = await page.submit('consent', { decision: 'deny' })
    expect(Object.fromEntries(denied.left!.searchParams)).toMatchObject({
      error: 'access_denied',
      state: 'a state',
      iss: server.url,
    })
    const early = await (await newVisitor().open(app.authorizeUrl())).submit('cancel')
    expect(early.left!.searchParams.get('error')).toBe('access_denied')
  })

  test('success and errors name the issuer', async () => {
    const app = await registerApp(server.url)
    const page = await walkToConsent(server, app, { email: somebody() })
    const usual = /name="workspace" value="([^"]+)"[^>]*checked/.exec(page.text)![1]!
    const { left } = await page.submit('consent', { decision: 'allow', workspace: usual, access: 'write' })
    expect(left!.searchParams.get('iss')).toBe(server.url)
    const wrong = await newVisitor().open(app.authorizeUrl({ response_type: 'token' }))
    expect(left!.origin + left!.pathname).toBe(REDIRECT)
    expect(wrong.left!.searchParams.get('iss')).toBe(server.url)
    expect(wrong.left!.searchParams.get('error')).toBe('unsupported_response_type')
  })

  test('an app gives its token back, and no other', async () => {
    const app = await registerApp(server.url)
    const person = somebody()
    const token = await connect(server, app, { email: person })
    const revoke = (fields: Record<string, string>) => send('POST', `${server.url}/oauth/revoke`, form(fields))
    expect((await revoke({ token, client_id: 'mc_other' })).status).toBe(200)
    expect((await whoami(token)).status).toBe(200)
    const own = await server.signIn()
    expect((await revoke({ token: own.token!, client_id: app.clientId })).status).toBe(200)
    expect((await own.get('/whoami')).status).toBe(200)
    expect((await revoke({ token, client_id: app.clientId, token_type_hint: 'access_token' })).status).toBe(200)
    expect((await whoami(token)).label('error')).toBe('invalid_token')
    expect((await revoke({ token: 'nonsense', client_id: app.clientId })).status).toBe(200)
    const log = (await clientOf(server.url, await connect(server, app, { email: person })).get('/audit')).records
    const seen = log.map(({ values }) => `${values.get('action')!.text} ${values.get('by')!.text}`)
    expect(seen).toEqual([`create ${person}`, `delete ${person}`, `create ${person}`])
    expect((await revoke({ client_id: app.clientId })).json().error).toBe('invalid_request')
  })

  test('the database and the log hold no codes, cookies or tokens', async () => {
    const lines: string[] = []
    const logged = await startServer(engine, { logTo: (line) => lines.push(line) })
    const app = await registerApp(logged.url)
    const visitor = newVisitor()
    const email = 'canary@example.com'
    const page = await walkToConsent(logged, app, { email }, visitor)
    const usual = /name="workspace" value="([^"]+)"[^>]*checked/.exec(page.text)![1]!
    const { left } = await page.submit('consent', { decision: 'allow', workspace: usual, access: 'write' })
    const code = left!.searchParams.get('code')!
    const token = (await app.token(code)).json().access_token
    await callTool(logged.url, token, { method: 'GET', path: '/contacts?search=canaryvalue' })
    await logged.stop()
    const log = lines.join('')
    for (const secret of [code, token, email, 'canaryvalue', 'a state', ...visitor.cookies.values()])
      expect(log).not.toContain(secret)
  })
})
