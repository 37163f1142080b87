// The sign-in page without a browser: forms, cookies, and who else sends them.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { onBothEngines } from '../support/engines.ts'
import { codeFor, newVisitor, registerApp, walkToConsent } from '../support/oauth.ts'
import { startServer, type TestServer } from '../support/server.ts'

onBothEngines('the sign-in page', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(engine)
  })
  afterAll(() => server.stop())

  let people = 0
  const somebody = () => `person${++people}@example.com`

  test('a wrong code says what to do, and the right one still works', async () => {
    const app = await registerApp(server.url)
    const email = somebody()
    const code = await (await newVisitor().open(app.authorizeUrl())).submit('email', { email })
    const right = codeFor(server, email)
    const wrong = await code.submit('code', { code: right === '000000' ? '000001' : '000000' })
    expect(wrong.status).toBe(400)
    expect(wrong.text).toMatch(/role="alert"[^>]*>This code is wrong/)
    expect(wrong.text).toContain('<title>Error: ')
    expect((await wrong.submit('code', { code: ` ${right.slice(0, 3)} ${right.slice(3)} ` })).text).toContain(
      'work in your CRM',
    )
  })

  test('guesses on the page count like all others: after 20, six digits no longer help', async () => {
    const app = await registerApp(server.url)
    const email = somebody()
    let page = await (await newVisitor().open(app.authorizeUrl())).submit('email', { email })
    const right = codeFor(server, email)
    const wrong = right === '000000' ? '000001' : '000000'
    for (let guess = 0; guess < 20; guess++) page = await page.submit('code', { code: wrong })
    expect((await page.submit('code', { code: right })).status).toBe(400)
    await page.submit('resend')
    expect((await page.submit('code', { code: codeFor(server, email) })).text).toContain('work in your CRM')
  })

  test('no address is sent anything that is no address', async () => {
    const app = await registerApp(server.url)
    const page = await newVisitor().open(app.authorizeUrl())
    const before = server.printed.length
    const refused = await page.submit('email', { email: 'a@b.example\r\nBcc: c@d.example' })
    expect(refused.status).toBe(400)
    expect(server.printed).toHaveLength(before)
  })

  test('its headers keep everybody out', async () => {
    const app = await registerApp(server.url)
    const { headers } = await newVisitor().open(app.authorizeUrl())
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; .*frame-ancestors 'none'$/)
    expect(headers.get('content-security-policy')).not.toMatch(/script-src|unsafe|form-action/)
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('access-control-allow-origin')).toBeNull()
    expect(headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Strict/)
  })

  test('a form without its key, its cookie or its origin does nothing', async () => {
    const app = await registerApp(server.url)
    const visitor = newVisitor()
    const page = await visitor.open(app.authorizeUrl())
    const before = server.printed.length
    const email = somebody()
    const tries = [
      () => page.submit('email', { email, form_key: '' }),
      () => page.submit('email', { email, form_key: 'x'.repeat(43) }),
      () => page.submit('email', { email }, { 'sec-fetch-site': 'cross-site' }),
      () => page.submit('email', { email }, { origin: 'http://localhost:1' }),
      () => page.submit('email', { email }, { origin: 'null' }),
      () => page.submit('email', { email }, { cookie: '' }),
    ]
    for (const attempt of tries) expect((await attempt()).status, String(attempt)).toBeGreaterThanOrEqual(400)
    expect(server.printed).toHaveLength(before)
    expect((await page.submit('email', { email })).status).toBe(200)
  })

  test('a form of one request is nothing in another’s', async () => {
    const [mine, other] = [await registerApp(server.url), await registerApp(server.url, { clientName: 'Other' })]
    const visitor = newVisitor()
    const consent = await walkToConsent(server, mine, { email: somebody() }, visitor)
    const second = await walkToConsent(server, other, { email: somebody() }, visitor)
    const key = /name="form_key" value="([^"]+)"/.exec(consent.text)![1]!
    const usual = /name="workspace" value="([^"]+)"[^>]*checked/.exec(second.text)![1]!
    const crossed = await second.submit('consent', {
      decision: 'allow',
      workspace: usual,
      access: 'write',
      form_key: key,
    })
    expect([crossed.status, crossed.left]).toEqual([403, undefined])
    const stolen = /name="workspace" value="([^"]+)"[^>]*checked/.exec(consent.text)![1]!
    const foreign = await second.submit('consent', { decision: 'allow', workspace: stolen, access: 'write' })
    expect([foreign.status, foreign.left]).toEqual([400, undefined])
  })

  test('a cookie that somebody planted is worth nothing once its victim signed in', async () => {
    const app = await registerApp(server.url)
    const planted = newVisitor()
    const page = await planted.open(app.authorizeUrl())
    const attacker = newVisitor(new Map(planted.cookies))
    const email = somebody()
    await (await page.submit('email', { email })).submit('code', { code: codeFor(server, email) })
    const id = [...attacker.cookies.keys()][0]!.replace(/^.*crmkit-/, '')
    const peek = await attacker.open(`${server.url}/oauth/sign-in?request=${id}`)
    expect(peek.status).toBe(400)
    expect(peek.text).toContain('has ended')
    expect((await planted.open(`${server.url}/oauth/sign-in?request=${id}`)).text).toContain(email)
  })

  test('a second click leads to the same code, and nothing after that does', async () => {
    const app = await registerApp(server.url)
    const page = await walkToConsent(server, app, { email: somebody() })
    const usual = /name="workspace" value="([^"]+)"[^>]*checked/.exec(page.text)![1]!
    const choice = { decision: 'allow', workspace: usual, access: 'write' }
    const both = await Promise.all([page.submit('consent', choice), page.submit('consent', choice)])
    const codes = both.map(({ left }) => left?.searchParams.get('code'))
    expect(codes[0]).toBe(codes[1])
    expect((await app.token(codes[0]!)).status).toBe(200)
    const late = await page.submit('consent', choice)
    expect([late.status, late.left]).toEqual([400, undefined])
  })

  test('a sign-in ends after 30 minutes', async () => {
    const app = await registerApp(server.url)
    const page = await newVisitor().open(app.authorizeUrl())
    server.advance(31 * 60_000)
    expect((await page.submit('email', { email: somebody() })).text).toContain('has ended')
  })

  test('nothing is allowed but by the button that says so', async () => {
    const app = await registerApp(server.url)
    const page = await walkToConsent(server, app, { email: somebody() })
    const usual = /name="workspace" value="([^"]+)"[^>]*checked/.exec(page.text)![1]!
    for (const decision of ['', 'yes', 'ALLOW']) {
      const undecided = await page.submit('consent', { decision, workspace: usual, access: 'write' })
      expect([undecided.status, undecided.left]).toEqual([200, undefined])
    }
  })

  test('a step can not be skipped', async () => {
    const app = await registerApp(server.url)
    const visitor = newVisitor()
    const page = await visitor.open(app.authorizeUrl())
    const skipped = await page.submit('email', {
      step: 'consent',
      decision: 'allow',
      workspace: 'new',
      workspace_name: 'x',
      access: 'write',
    })
    expect([skipped.status, skipped.left]).toEqual([200, undefined])
    expect(skipped.text).toContain('Your e-mail address')
  })
})
