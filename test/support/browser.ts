// A real browser, headless Chromium from npm, for the sign-in page.

import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

/** Ours rather than the package's, which switch web security off. */
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--headless=old', '--no-zygote']

export async function openBrowser(): Promise<Browser> {
  // Asked for before the import, so that the package unpacks the libraries that a bare system lacks.
  process.env.AWS_LAMBDA_JS_RUNTIME = 'nodejs20.x'
  const { default: sparticuz } = await import('@sparticuz/chromium')
  return chromium.launch({ executablePath: await sparticuz.executablePath(), args: ARGUMENTS, headless: true })
}

/** A fresh profile, without cookies of others. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  return (await browser.newContext(options)).newPage()
}

/** Walks the sign-in page as a person does, up to consent. `code` says the code once it was asked for. */
export async function signInOnPage(page: Page, email: string, code: () => Promise<string> | string): Promise<void> {
  await page.getByLabel('Your e-mail address').fill(email)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByLabel('Code', { exact: true }).fill(await code())
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('heading', { name: /work in your CRM/ }).waitFor()
}
