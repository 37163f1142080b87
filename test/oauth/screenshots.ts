// Pictures of the sign-in page, into screenshots/: each state, light and dark, on a phone and a desktop.

import { mkdirSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, test } from 'vitest'
import { openBrowser, openPage, signInOnPage } from '../support/browser.ts'
import { engines } from '../support/engines.ts'
import { type MailServer, startMailServer } from '../support/mail.ts'
import { type App, codeFor, registerApp } from '../support/oauth.ts'
import { startServer, type TestServer } from '../support/server.ts'

const FOLDER = 'screenshots'
const LOOKS = (['light', 'dark'] as const).flatMap((colorScheme) => [
  { name: `${colorScheme}-phone`, colorScheme, viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
  { name: `${colorScheme}-desktop`, colorScheme, viewport: { width: 1280, height: 900 }, deviceScaleFactor: 1 },
])
const CLAUDE = ['https://claude.ai/api/mcp/auth_callback']

let local: TestServer
let mailed: TestServer
let mail: MailServer
let browser: Browser
beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true })
  mail = await startMailServer()
  local = await startServer(engines.sqlite)
  mailed = await startServer(engines.sqlite, {
    env: { CRMKIT_SMTP_URL: mail.url, CRMKIT_MAIL_FROM: 'crm@example.com', CRMKIT_DEFAULT_PLAN: 'unlimited' },
  })
  browser = await openBrowser()
})
afterAll(async () => {
  await browser.close()
  await local.stop()
  await mailed.stop()
  await mail.down()
})

type State = readonly [name: string, reach: (page: Page, email: string) => Promise<unknown>]

const type = async (page: Page, email: string) => {
  await page.getByLabel('Your e-mail address').fill(email)
  await page.getByRole('button', { name: 'Continue' }).click()
}
const wrongCode = async (page: Page) => {
  await page.getByLabel('Code', { exact: true }).fill('000000')
  await page.getByRole('button', { name: 'Continue' }).click()
}
const open =
  (app: App, more = {}) =>
  (page: Page) =>
    page.goto(app.authorizeUrl(more))

test.each(LOOKS)('$name', async ({ name: look, ...options }) => {
  const claude = await registerApp(local.url, { redirectUris: CLAUDE })
  const unknown = await registerApp(local.url, {
    clientName: 'Pipeline Helper',
    redirectUris: ['https://tools.example.net/cb'],
  })
  const cursor = await registerApp(local.url, {
    clientName: 'Cursor',
    redirectUris: ['cursor://anysphere.cursor-mcp/oauth/callback'],
  })
  const program = await registerApp(local.url, { clientName: 'Claude Code' })
  const atMail = await registerApp(`http://localhost:${new URL(mailed.url).port}`, { redirectUris: CLAUDE })
  const consent =
    (app: App, more = {}) =>
    async (page: Page, email: string) => {
      await open(app, more)(page)
      await signInOnPage(page, email, () => codeFor(local, email))
    }
  const states: State[] = [
    ['1-address', open(claude)],
    [
      '1-address-wrong',
      async (page) => {
        await open(claude)(page)
        await page.evaluate("document.querySelector('form').noValidate = true")
        await type(page, 'ada at acme')
      },
    ],
    [
      '2-code-mailed',
      async (page, email) => {
        await open(atMail)(page)
        await type(page, email)
      },
    ],
    [
      '2-code-local',
      async (page, email) => {
        await open(program)(page)
        await type(page, email)
      },
    ],
    [
      '2-code-wrong',
      async (page, email) => {
        await open(claude)(page)
        await type(page, email)
        await wrongCode(page)
      },
    ],
    [
      '2-code-again',
      async (page, email) => {
        await open(atMail)(page)
        await type(page, email)
        await page.getByRole('button', { name: 'Send a new code' }).click()
      },
    ],
    [
      '2-code-letters',
      async (page, email) => {
        await open(claude)(page)
        await type(page, email)
        await page.getByRole('link', { name: 'My code has letters' }).click()
      },
    ],
    [
      '3-consent',
      async (page) => {
        const owner = await local.signIn('grace.hopper@example.com')
        if ((await owner.get('/workspaces')).total === 1)
          for (const name of ['Northwind Sales', 'A rather long name of a workspace that a person gave it once'])
            await owner.post('/workspaces', { name })
        await consent(claude)(page, 'grace.hopper@example.com')
      },
    ],
    ['3-consent-unknown', consent(unknown)],
    ['3-consent-editor-read', consent(cursor, { scope: 'crm:read' })],
    [
      '3-consent-new',
      async (page, email) => {
        await consent(program)(page, email)
        await page.getByRole('radio', { name: /A new workspace/ }).check()
        await page.getByRole('button', { name: 'Allow', exact: true }).click()
      },
    ],
    ['4-unknown-app', open(claude, { client_id: 'mc_x' })],
    ['4-bad-redirect', open(claude, { redirect_uri: 'https://evil.example' })],
    ['4-ended', (page) => page.goto(`${local.url}/oauth/sign-in?request=ar_0000000000000000`)],
  ]
  let people = 0
  for (const [state, reach] of states) {
    const page = await openPage(browser, options)
    await reach(page, `ada${++people}.${look}@example.com`)
    await page.screenshot({ path: `${FOLDER}/${state}-${look}.png`, fullPage: true })
    await page.context().close()
  }
})
