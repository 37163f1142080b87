// Clients: registration, redirect addresses, floods, and who is remembered.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { onBothEngines } from '../support/engines.ts'
import { connect, newVisitor, REDIRECT, registerApp, send } from '../support/oauth.ts'
import { startServer, type TestServer } from '../support/server.ts'

onBothEngines('clients', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(engine)
  })
  afterAll(() => server.stop())

  let people = 0
  const somebody = () => `person${++people}@example.com`

  test('the same metadata gives the same id; answers hold no nulls', async () => {
    const body = JSON.stringify({ client_name: 'Twice', redirect_uris: [REDIRECT], logo_uri: null, unknown: {} })
    const [one, two] = [
      await send('POST', `${server.url}/oauth/register`, body),
      await send('POST', `${server.url}/oauth/register`, body),
    ]
    expect([one.status, two.status]).toEqual([201, 201])
    expect(two.json()).toEqual(one.json())
    expect(one.text).not.toContain('null')
    expect(one.json()).toMatchObject({
      client_name: 'Twice',
      redirect_uris: [REDIRECT],
      token_endpoint_auth_method: 'none',
    })
    expect(one.json()).not.toHaveProperty('client_secret')
  })

  test.each([
    ['a changed id', (id: string) => id.replace(/.$/, (last) => (last === '0' ? '1' : '0'))],
    ['an id in upper case', (id: string) => id.toUpperCase()],
    ['an id with more', (id: string) => `${id}0`],
    ['an id with a space', (id: string) => ` ${id}`],
    ['no id', () => ''],
    ['an address within', () => 'https://127.0.0.1/metadata.json'],
    ['an address without a document', () => 'https://client.invalid/metadata.json'],
  ])('%s is no client, and nobody is redirected', async (_, change) => {
    const app = await registerApp(server.url)
    const page = await newVisitor().open(app.authorizeUrl({ client_id: change(app.clientId) }))
    expect([page.status, page.left]).toEqual([400, undefined])
    expect(page.text).toContain('not known here')
  })

  test.each([
    'https://evil.example/callback',
    'http://127.0.0.1:39999/callback/../evil',
    'http://127.0.0.1:39999/callback#x',
    'http://user@127.0.0.1:39999/callback',
    'http://127.0.0.1:39999@evil.example/callback',
    'http://localhost:39999/callback',
    'http://127.0.0.1.evil.example:39999/callback',
    'javascript:alert(1)',
    '//evil.example',
  ])('a redirect to %s is not followed', async (redirect_uri) => {
    const app = await registerApp(server.url)
    const page = await newVisitor().open(app.authorizeUrl({ redirect_uri }))
    expect([page.status, page.left]).toEqual([400, undefined])
    expect(page.text).not.toContain('evil.example')
  })

  test('a client that was used is remembered, one that never was is not', async () => {
    const used = await registerApp(server.url, { clientName: 'Used' })
    await connect(server, used, { email: somebody() })
    const unused = await registerApp(server.url, { clientName: 'Unused' })
    server.advance(400 * 24 * 3600 * 1000)
    await registerApp(server.url, { clientName: 'Another' })
    expect((await newVisitor().open(used.authorizeUrl())).status).toBe(200)
    expect((await newVisitor().open(unused.authorizeUrl())).status).toBe(400)
  })

  test('a name is shown as text, however it is written', async () => {
    const app = await registerApp(server.url, { clientName: '"><script>alert(1)</script>\u202e' })
    const page = await newVisitor().open(app.authorizeUrl())
    expect(page.text).not.toContain('<script')
    expect(page.text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(page.text).not.toContain('\u202e')
  })
})

onBothEngines('registration floods', (engine) => {
  test('a client address registers 60 new apps an hour; known ones are free', async () => {
    const server = await startServer(engine, { env: { CRMKIT_RATE_LIMIT: '1200' } })
    const known = await registerApp(server.url, { clientName: 'Known' })
    const flood = await Promise.all(
      Array.from({ length: 80 }, (_, index) =>
        send(
          'POST',
          `${server.url}/oauth/register`,
          JSON.stringify({ client_name: `App ${index}`, redirect_uris: [REDIRECT] }),
        ),
      ),
    )
    const refused = flood.filter(({ status }) => status === 429)
    expect(refused).toHaveLength(21)
    expect(refused[0]!.headers.get('retry-after')).toMatch(/^\d+$/)
    expect(refused[0]!.json().error).toBe('temporarily_unavailable')
    expect((await registerApp(server.url, { clientName: 'Known' })).clientId).toBe(known.clientId)
    server.advance(3_601_000)
    await registerApp(server.url, { clientName: 'Later' })
    await server.stop()
  })
})
