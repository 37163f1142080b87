// A server for others, known by its https address behind a proxy: the whole way by that address alone, with codes by mail.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { clientOf } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { type MailServer, startMailServer } from '../support/mail.ts'
import { newVisitor, registerApp, send } from '../support/oauth.ts'
import { startServer, type TestServer } from '../support/server.ts'

const PUBLIC = 'https://crm.example'

onBothEngines('behind a proxy', (engine) => {
  let server: TestServer
  let mail: MailServer
  beforeAll(async () => {
    mail = await startMailServer()
    server = await startServer(engine, {
      env: {
        ...{ CRMKIT_SMTP_URL: mail.url, CRMKIT_MAIL_FROM: 'crm@crm.example', CRMKIT_PUBLIC_URL: PUBLIC },
        ...{ CRMKIT_TRUST_PROXY: '127.0.0.1', CRMKIT_DEFAULT_PLAN: 'free' },
      },
    })
  })
  afterAll(async () => {
    await server.stop()
    await mail.down()
  })

  const ours = { origin: PUBLIC, 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' }
  const resource = `${PUBLIC}/mcp`

  test('the way ends in a token, the page tells nothing of who may sign in, and a plan counts on it too', async () => {
    const email = 'public@example.com'
    const app = await registerApp(server.url, { redirectUris: ['https://claude.ai/api/mcp/auth_callback'] })
    const visitor = newVisitor()
    const first = await visitor.open(app.authorizeUrl({ resource }))
    expect([...visitor.cookies.keys()]).toEqual([expect.stringMatching(/^__Host-crmkit-ar_/)])
    expect((await first.submit('email', { email }, { origin: server.url })).status).toBe(403)
    const asked = await first.submit('email', { email }, ours)
    expect(asked.text).toContain('Check your mail')
    const code = await mail.codeFor(email)
    expect(asked.text).not.toContain(code)
    let page = await asked.submit('code', { code }, ours)
    const named = (workspace_name: string) => ({ decision: 'allow', workspace: 'new', workspace_name, access: 'write' })
    const left = await page.submit('consent', named('Second'), ours)
    expect(left.left!.searchParams.get('iss')).toBe(PUBLIC)
    const given = (await app.token(left.left!.searchParams.get('code')!, { resource })).json()
    expect((await clientOf(server.url, given.access_token).get('/whoami')).label('workspace')).toBe('Second')

    for (const name of ['Third', 'Fourth']) {
      const again = await (await newVisitor().open(app.authorizeUrl({ resource }))).submit('email', { email }, ours)
      page = await again.submit('code', { code: await mail.codeFor(email, name === 'Third' ? 2 : 3) }, ours)
      const answer = await page.submit('consent', named(name), ours)
      if (name === 'Third') expect(answer.left).toBeDefined()
      else {
        expect([answer.status, answer.left]).toEqual([400, undefined])
        expect(answer.text).toContain('Your plan allows 3 workspaces')
        const usual = /name="workspace" value="(w_[^"]+)"/.exec(answer.text)![1]!
        const chosen = await answer.submit('consent', { decision: 'allow', workspace: usual, access: 'read' }, ours)
        expect(chosen.left!.searchParams.get('code')).toBeTruthy()
      }
    }
  })

  test('where the address has a path, its documents stand behind theirs', async () => {
    const base = `${PUBLIC}/crm`
    const other = await startServer(engine, { env: { CRMKIT_PUBLIC_URL: `${base}/` } })
    const get = (path: string) => send('GET', `${other.url}/.well-known${path}`)
    expect((await get('/oauth-authorization-server/crm')).json().issuer).toBe(base)
    expect((await get('/oauth-protected-resource/crm/mcp')).json().resource).toBe(`${base}/mcp`)
    expect((await get('/oauth-protected-resource/mcp')).json().authorization_servers).toEqual([base])
    expect((await get('/oauth-protected-resource/crm')).status).toBe(404)
    await other.stop()
  })

  test('another resource, such as the address behind the proxy, is not ours', async () => {
    const app = await registerApp(server.url)
    const wrong = await newVisitor().open(app.authorizeUrl())
    expect(wrong.left!.searchParams.get('error')).toBe('invalid_target')
    const metadata = (await send('GET', `${server.url}/.well-known/oauth-authorization-server`)).json()
    expect(metadata.issuer).toBe(PUBLIC)
  })
})
