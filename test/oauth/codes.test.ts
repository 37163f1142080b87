// Authorization codes and the token endpoint, and what an attacker tries on them.

import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clientOf } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { form, registerApp, send, walk } from '../support/oauth.ts'
import { startServer, type TestServer } from '../support/server.ts'

onBothEngines('authorization codes', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(engine)
  })
  afterAll(() => server.stop())

  let people = 0
  const somebody = () => `person${++people}@example.com`
  const whoami = async (token: string) => clientOf(server.url, token).get('/whoami')

  test('a code that comes twice is refused and takes its token with it', async () => {
    const app = await registerApp(server.url)
    const code = await walk(server, app, { email: somebody(), maySwitch: true })
    const token = (await app.token(code)).json().access_token
    const me = await whoami(token)
    const child = await clientOf(server.url, token).post(
      `/workspaces/${me.label('workspace_id')!.split('/')[1]}/tokens`,
    )
    const again = await app.token(code)
    expect([again.status, again.json().error]).toEqual([400, 'invalid_grant'])
    expect((await whoami(token)).label('error')).toBe('invalid_token')
    expect((await whoami(child.label('token')!)).label('error')).toBe('invalid_token')
  })

  test('of 32 parallel trades none leaves a living token, and one at most was given', async () => {
    const app = await registerApp(server.url)
    const code = await walk(server, app, { email: somebody() })
    const given = await Promise.all(Array.from({ length: 32 }, () => app.token(code)))
    const tokens = given.filter(({ status }) => status === 200).map((each) => each.json().access_token)
    expect(tokens).toHaveLength(1)
    expect((await whoami(tokens[0])).status).toBe(401)
  })

  test('a code lives 60 seconds', async () => {
    const app = await registerApp(server.url)
    const code = await walk(server, app, { email: somebody() })
    server.advance(61_000)
    expect((await app.token(code)).json().error).toBe('invalid_grant')
  })

  test.each([
    ['another verifier', { code_verifier: 'w'.repeat(43) }],
    ['another redirect address', { redirect_uri: 'http://127.0.0.1:39998/callback' }],
    ['a client that never was', { client_id: 'mc_0000' }],
  ])('with %s it is refused', async (_, more) => {
    const app = await registerApp(server.url)
    const refused = await app.token(await walk(server, app, { email: somebody() }), more)
    expect([refused.status, refused.json().error]).toEqual([400, 'invalid_grant'])
  })

  test('another app’s code, and the challenge for a verifier, are refused; missing PKCE too', async () => {
    const [mine, other] = [await registerApp(server.url), await registerApp(server.url, { clientName: 'Other' })]
    const code = await walk(server, mine, { email: somebody() })
    expect((await other.token(code, { code_verifier: mine.verifier })).json().error).toBe('invalid_grant')
    const challenge = createHash('sha256').update(mine.verifier).digest('base64url')
    expect((await mine.token(code, { code_verifier: challenge })).json().error).toBe('invalid_grant')
    expect((await mine.token(code, { code_verifier: undefined })).json().error).toBe('invalid_request')
    expect((await mine.token(code)).status).toBe(200)
  })

  test('the token endpoint takes JSON too, and answers JSON whatever it is sent', async () => {
    const app = await registerApp(server.url)
    const code = await walk(server, app, { email: somebody() })
    const body = { grant_type: 'authorization_code', code, client_id: app.clientId, code_verifier: app.verifier }
    expect((await send('POST', `${server.url}/oauth/token`, JSON.stringify(body))).status).toBe(200)
    for (const broken of ['', '{', 'a=b&a=c', '\0', 'grant_type=refresh_token', '[]']) {
      const refused = await send('POST', `${server.url}/oauth/token`, broken)
      expect(refused.status).toBe(400)
      expect(refused.headers.get('content-type')).toContain('application/json')
      expect(refused.json().error).toMatch(/^[a-z_]+$/)
    }
    const basic = { authorization: `Basic ${Buffer.from(`${app.clientId}:`).toString('base64')}` }
    const nameless = form({ grant_type: 'authorization_code', code, code_verifier: app.verifier })
    const unknown = await send('POST', `${server.url}/oauth/token`, nameless, basic)
    expect([unknown.status, unknown.json().error]).toEqual([401, 'invalid_client'])
    expect(unknown.json().error_description).toContain('Send it as a parameter')
  })

  test('whoever lost the workspace meanwhile gets no token', async () => {
    const owner = await server.signIn()
    const made = await owner.post('/workspaces', { name: 'Shared' })
    const guest = somebody()
    await owner.post(`/workspaces/${made.id}/invites`, { email: guest })
    const app = await registerApp(server.url)
    const code = await walk(server, app, { email: guest, workspace: made.id })
    const [member] = (await owner.get(`/workspaces/${made.id}/members`)).records.filter(
      ({ values }) => values.get('email')?.text === guest,
    )
    await owner.delete(`/workspaces/${made.id}/members/${member!.handle.split('/')[1]}`)
    expect((await app.token(code)).json()).toMatchObject({ error: 'invalid_grant' })
  })
})
