// A person and a browser: from the 401 of an app's first call to a tool call, on the page that they see.

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openCallback, type Returned } from '../support/app-stub.ts'
import { openBrowser, openPage, signInOnPage } from '../support/browser.ts'
import { clientOf } from '../support/client.ts'
import { engines } from '../support/engines.ts'
import { appOf, callTool, codeFor, registerApp, send } from '../support/oauth.ts'
import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
let browser: Browser
let callback: Returned
beforeAll(async () => {
  server = await startServer(engines.sqlite)
  browser = await openBrowser()
  callback = await openCallback()
})
afterAll(async () => {
  await browser.close()
  await callback.close()
  await server.stop()
})

let people = 0
const somebody = () => `browsing${++people}@example.com`
const register = () => registerApp(server.url, { redirectUris: [callback.url] })
const allow = (page: Page) => page.getByRole('button', { name: 'Allow', exact: true }).click()

test('from 401 to a tool call', async () => {
  const refused = await send('POST', `${server.url}/mcp`, '{}')
  expect(refused.status).toBe(401)
  const [, metadataUrl] = /resource_metadata="([^"]+)"/.exec(refused.headers.get('www-authenticate')!)!
  const resource = (await send('GET', metadataUrl!)).json()
  const [issuer] = resource.authorization_servers
  const metadata = (await send('GET', `${issuer}/.well-known/oauth-authorization-server`)).json()
  const body = JSON.stringify({ client_name: 'Claude', redirect_uris: [callback.url] })
  const { client_id } = (await send('POST', metadata.registration_endpoint, body)).json()
  const app = appOf(server.url, client_id, callback.url)
  expect(app.authorizeUrl().startsWith(metadata.authorization_endpoint)).toBe(true)

  const email = somebody()
  const page = await openPage(browser)
  await page.goto(app.authorizeUrl())
  await signInOnPage(page, email, () => codeFor(server, email))
  await allow(page)
  const back = await callback.next()
  expect([back.get('state'), back.get('iss')]).toEqual(['a state', issuer])
  const { access_token } = (await app.token(back.get('code')!)).json()
  expect((await callTool(server.url, access_token, { method: 'GET', path: '/whoami' })).text).toContain(email)
  await page.context().close()
})

describe('the page', () => {
  test('runs no script and asks nobody else for anything', async () => {
    const app = await register()
    const page = await openPage(browser)
    const asked: string[] = []
    const complaints: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    page.on('console', (message) => complaints.push(message.text()))
    await page.goto(app.authorizeUrl())
    expect(asked.filter((url) => !url.startsWith(server.url))).toEqual([])
    expect(complaints).toEqual([])
    expect(await page.locator('script').count()).toBe(0)
    expect(await page.evaluate("getComputedStyle(document.querySelector('main')).borderRadius")).toBe('16px')
    await page.context().close()
  })

  test('works without script, by keyboard alone', async () => {
    const app = await register()
    const email = somebody()
    const page = await openPage(browser, { javaScriptEnabled: false })
    await page.goto(app.authorizeUrl())
    await page.locator('input:focus').waitFor()
    await page.keyboard.type(email)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Look at the terminal' }).waitFor()
    await page.locator('input:focus').waitFor()
    await page.keyboard.type(codeFor(server, email))
    await page.keyboard.press('Enter')
    await page
      .getByRole('radio', { name: /workspace/ })
      .first()
      .focus()
    for (const key of ['Tab', 'ArrowDown', 'Tab', 'Space', 'Tab', 'Enter']) await page.keyboard.press(key)
    const { access_token } = (await app.token((await callback.next()).get('code')!)).json()
    const agent = clientOf(server.url, access_token)
    expect((await agent.post('/contacts', { email })).label('error')).toBe('read_only')
    expect((await agent.get('/tokens')).status).toBe(200)
    await page.context().close()
  })

  test('says aloud what is wrong and what belongs to the field', async () => {
    const app = await register()
    const email = somebody()
    const page = await openPage(browser)
    await page.goto(app.authorizeUrl())
    await page.getByLabel('Your e-mail address').fill(email)
    await page.getByRole('button', { name: 'Continue' }).click()
    const field = page.getByLabel('Code', { exact: true })
    expect(await field.getAttribute('autocomplete')).toBe('one-time-code')
    expect(await field.getAttribute('inputmode')).toBe('numeric')
    await field.fill(codeFor(server, email) === '000000' ? '000001' : '000000')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('alert').waitFor()
    expect(await page.title()).toMatch(/^Error: /)
    expect(await field.getAttribute('aria-invalid')).toBe('true')
    for (const id of (await field.getAttribute('aria-describedby'))!.split(' '))
      expect(await page.locator(`#${id}`).count()).toBe(1)
    expect(await page.evaluate('document.activeElement.id')).toBe('code')
    await page.context().close()
  })

  test('a new workspace can be named where it is chosen, and reload and back do no harm', async () => {
    const app = await register()
    const email = somebody()
    const page = await openPage(browser)
    await page.goto(app.authorizeUrl())
    await signInOnPage(page, email, () => codeFor(server, email))
    await page.reload()
    const name = page.getByLabel('Name of the new workspace')
    expect(await name.isVisible()).toBe(false)
    await page.getByRole('radio', { name: /A new workspace/ }).check()
    await name.fill('Sales')
    await allow(page)
    const { access_token } = (await app.token((await callback.next()).get('code')!)).json()
    expect((await clientOf(server.url, access_token).get('/whoami')).label('workspace')).toBe('Sales')
    await page.goBack()
    await page.getByRole('heading', { name: 'This was answered already' }).waitFor()
    await page.context().close()
  })

  test('is not shown inside of other pages', async () => {
    const app = await register()
    const page = await openPage(browser)
    await page.setContent(`<iframe src="${app.authorizeUrl()}"></iframe>`)
    const [, frame] = page.frames()
    await frame!.waitForLoadState().catch(() => {})
    expect(await frame!.getByText('Sign in to connect').count()).toBe(0)
    await page.context().close()
  })

  test('a form of another page does nothing', async () => {
    const app = await register()
    const page = await openPage(browser)
    await page.goto(app.authorizeUrl())
    const action = new URL((await page.locator('form').first().getAttribute('action'))!, page.url()).href
    const before = server.printed.length
    await page.goto(callback.url.replace('callback', 'elsewhere'))
    await page.setContent(
      `<form method="post" action="${action}"><input name="step" value="email"><input name="email" value="a@b.example"><button>go</button></form>`,
    )
    await page.getByRole('button').click()
    await page.waitForURL(action)
    expect(await page.textContent('body')).toMatch(/did not come from here|local_only/)
    expect(server.printed).toHaveLength(before)
    await page.context().close()
  })
})
