// What a person answers on the sign-in page counts once, as a whole, and for the address that signed in.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { onBothEngines } from '../support/engines.ts'
import { codeFor, form, newVisitor, registerApp, type Sent, send, walkToConsent } from '../support/oauth.ts'
import { startServer, type TestServer } from '../support/server.ts'

const ROUNDS = 20

onBothEngines('answers on the sign-in page', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(engine)
  })
  afterAll(() => server.stop())

  let people = 0
  const somebody = () => `person${++people}@example.com`
  const asked = async () => {
    const page = await walkToConsent(server, await registerApp(server.url), { email: somebody() })
    const workspace = /name="workspace" value="([^"]+)"[^>]*checked/.exec(page.text)![1]!
    return {
      allow: () => page.submit('consent', { decision: 'allow', workspace, access: 'write' }),
      deny: () => page.submit('consent', { decision: 'deny' }),
    }
  }

  test('what was denied can not be allowed any more', async () => {
    const { allow, deny } = await asked()
    expect((await deny()).left!.searchParams.get('error')).toBe('access_denied')
    const allowed = await allow()
    expect([allowed.status, allowed.left]).toEqual([400, undefined])
  })

  test('who denies after having allowed hands no code over again', async () => {
    const { allow, deny } = await asked()
    expect((await allow()).left!.searchParams.get('code')).not.toBeNull()
    const denied = await deny()
    expect([denied.status, denied.left]).toEqual([400, undefined])
  })

  test('a form that says something twice does nothing', async () => {
    const visitor = newVisitor()
    const page: Sent = await visitor.open((await registerApp(server.url)).authorizeUrl())
    const [, action] = /<form method="post" action="([^"]+)"/.exec(page.text)!
    const [, form_key] = /name="form_key" value="([^"]+)"/.exec(page.text)!
    const url = new URL(action!.replaceAll('&amp;', '&'), `${server.url}/oauth/authorize`)
    const cookie = [...visitor.cookies].map((pair) => pair.join('=')).join('; ')
    const once = form({ step: 'email', form_key, email: somebody() })
    const twice = `${once}&${form({ email: somebody() })}`
    const before = server.printed.length
    expect((await send('POST', url.href, twice, { cookie, origin: server.url })).status).toBe(403)
    expect(server.printed).toHaveLength(before)
    expect((await send('POST', url.href, once, { cookie, origin: server.url })).status).toBe(303)
    expect(server.printed).toHaveLength(before + 1)
  })

  test('a code and another address, sent at once, never name another than who signed in', async () => {
    const app = await registerApp(server.url)
    const wrong: string[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const [mine, other] = [somebody(), somebody()]
      const first = await newVisitor().open(app.authorizeUrl())
      const second = await first.submit('email', { email: mine })
      const code = codeFor(server, mine)
      const enter = () => second.submit('code', { code })
      const retype = () => first.submit('email', { email: other })
      const sent = round % 2 ? [enter(), retype()] : [retype(), enter()]
      for (const { text } of await Promise.all(sent))
        if (text.includes('work in your CRM') && !text.includes(mine)) wrong.push(text)
    }
    expect(wrong).toEqual([])
  })
})
