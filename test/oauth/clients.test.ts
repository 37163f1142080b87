// Clients: registration, redirect addresses, floods, and who is remembered.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { clientOf } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { appOf, connect, newVisitor, REDIRECT, registerApp, send } from '../support/oauth.ts'
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

  test('a client that was used is remembered, though it was registered again since', async () => {
    const used = await registerApp(server.url, { clientName: 'Registered again' })
    await connect(server, used, { email: somebody() })
    await registerApp(server.url, { clientName: 'Registered again' })
    server.advance(8 * 24 * 3600 * 1000)
    await registerApp(server.url, { clientName: 'Yet another' })
    expect((await newVisitor().open(used.authorizeUrl())).status).toBe(200)
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

onBothEngines('apps named by the address of a document', (engine) => {
  const ID = 'https://client.example/oauth/metadata.json'
  const document = { client_id: ID, client_name: 'By address', redirect_uris: ['https://client.example/cb', REDIRECT] }

  test('are connected like others, and asked again after five minutes', async () => {
    const asked: string[] = []
    let answer: unknown = document
    const documents = async (url: URL) => {
      asked.push(url.href)
      return new TextEncoder().encode(JSON.stringify(answer))
    }
    const server = await startServer(engine, { documents })
    const app = appOf(server.url, ID)
    const page = await newVisitor().open(app.authorizeUrl({ redirect_uri: 'https://client.example/cb' }))
    expect(page.text).toContain('An app calling itself “<bdi>By address</bdi>”')
    expect(page.text).toContain('client.example')
    const agent = clientOf(server.url, await connect(server, app, { email: 'address@example.com', maySwitch: true }))
    expect((await agent.get('/tokens')).records[0]!.values.get('client_id')?.text).toBe(ID)
    expect(asked).toEqual([ID])
    expect((await newVisitor().open(app.authorizeUrl({ redirect_uri: 'https://evil.example/cb' }))).status).toBe(400)
    answer = { ...document, redirect_uris: ['https://client.example/new'] }
    server.advance(301_000)
    expect((await newVisitor().open(app.authorizeUrl())).status).toBe(400)
    expect((await newVisitor().open(app.authorizeUrl({ redirect_uri: 'https://client.example/new' }))).status).toBe(200)
    expect(asked).toEqual([ID, ID])
    await server.stop()
  })

  test('are refused where the document is; the log says why, the page does not', async () => {
    const lines: string[] = []
    const documents = async () =>
      new TextEncoder().encode(JSON.stringify({ ...document, client_id: 'https://evil.example/x' }))
    const server = await startServer(engine, { documents, logTo: (line) => lines.push(line) })
    const page = await newVisitor().open(appOf(server.url, ID).authorizeUrl())
    expect([page.status, page.left]).toEqual([400, undefined])
    expect(page.text).not.toContain('client_id')
    expect(page.text).toContain('finds the reason in its log')
    expect(page.text).not.toContain('add it again')
    expect(lines.join('')).toContain('Its client_id is not its address.')
    await server.stop()
  })

  test('are not quoted in the log where they are no JSON', async () => {
    const lines: string[] = []
    const documents = async () => new TextEncoder().encode('canary <html>')
    const server = await startServer(engine, { documents, logTo: (line) => lines.push(line) })
    expect((await newVisitor().open(appOf(server.url, ID).authorizeUrl())).status).toBe(400)
    expect(lines.join('')).toContain('It is no JSON in UTF-8.')
    expect(lines.join('')).not.toContain('canary')
    await server.stop()
  })

  test('can not have the server ask without end', async () => {
    let asked = 0
    const documents = async () => {
      asked++
      throw new Error('no')
    }
    const server = await startServer(engine, { documents, env: { CRMKIT_RATE_LIMIT: '1200' } })
    const open = (index: number) => newVisitor().open(appOf(server.url, `${ID}${index}`).authorizeUrl())
    const pages = await Promise.all(Array.from({ length: 70 }, (_, index) => open(index)))
    expect(pages.filter(({ status }) => status === 429)).toHaveLength(10)
    expect(asked).toBe(60)
    await server.stop()
  })
})
