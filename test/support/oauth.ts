// An app that connects over OAuth, and a person's browser reduced to what the protocol sees of it.

import { createHash, randomBytes } from 'node:crypto'
import type { TestServer } from './server.ts'

export const REDIRECT = 'http://127.0.0.1:39999/callback'

// biome-ignore lint/suspicious/noExplicitAny: tests look into JSON answers freely
type Json = any

export interface Sent {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: () => Json
}

export interface AppOptions {
  readonly clientName?: string
  readonly redirectUris?: readonly string[]
}

export interface App {
  readonly clientId: string
  readonly verifier: string
  /** The parameters that a good request has, changed by `more`; undefined leaves one out. */
  readonly authorizeUrl: (more?: Readonly<Record<string, string | undefined>>) => string
  readonly token: (code: string, more?: Readonly<Record<string, string | undefined>>) => Promise<Sent>
}

/** Registers an app. */
export async function registerApp(url: string, options: AppOptions = {}): Promise<App> {
  const redirectUris = options.redirectUris ?? [REDIRECT]
  const body = { client_name: options.clientName ?? 'Claude', redirect_uris: redirectUris }
  const registered = await send('POST', `${url}/oauth/register`, JSON.stringify(body))
  if (registered.status !== 201) throw new Error(registered.text)
  return appOf(url, registered.json().client_id, redirectUris[0]!)
}

/** An app with a client id of any kind. */
export function appOf(url: string, clientId: string, redirectUri = REDIRECT): App {
  const verifier = randomBytes(32).toString('base64url')
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  return {
    ...{ clientId, verifier },
    authorizeUrl: (more = {}) =>
      `${url}/oauth/authorize?${form({
        ...{ response_type: 'code', client_id: clientId, redirect_uri: redirectUri, state: 'a state' },
        ...{ code_challenge: challenge, code_challenge_method: 'S256', resource: `${url}/mcp` },
        ...more,
      })}`,
    token: (code, more = {}) =>
      send(
        'POST',
        `${url}/oauth/token`,
        form({
          ...{ grant_type: 'authorization_code', code, redirect_uri: redirectUri, client_id: clientId },
          ...{ code_verifier: verifier, resource: `${url}/mcp` },
          ...more,
        }),
      ),
  }
}

export interface Visitor {
  /** Follows redirects within the server, as a browser does; those that leave it are given back. */
  readonly open: (url: string) => Promise<Visit>
  readonly cookies: Map<string, string>
}

export interface Visit extends Sent {
  /** Where the app is called back, with what. */
  readonly left: URL | undefined
  /** Sends the form of this step on the page. */
  readonly submit: (
    step: string,
    fields?: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Visit>
}

/** A browser with its own cookies, without script. */
export function newVisitor(cookies = new Map<string, string>()): Visitor {
  const visit = async (
    method: string,
    url: string,
    body?: string,
    headers: Record<string, string> = {},
  ): Promise<Visit> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const sent = await send(method, url, body, { ...(cookie ? { cookie } : {}), ...headers })
    for (const set of sent.headers.getSetCookie()) {
      const [name, value] = set.split(';')[0]!.split('=') as [string, string]
      cookies.set(name, value)
    }
    const location = sent.headers.get('location')
    const to = location === null ? undefined : new URL(location, url)
    if (to?.origin === new URL(url).origin) return visit('GET', to.href)
    return {
      ...sent,
      left: to,
      submit: (step, fields = {}, more = {}) => {
        const found = [...sent.text.matchAll(/<form method="post" action="([^"]+)">(.*?)<\/form>/gs)]
        const shown = found.find(([, , inner]) => inner!.includes(`name="step" value="${step}"`))
        if (!shown) throw new Error(`There is no form ${step} on this page: ${sent.text}`)
        const key = /name="form_key" value="([^"]+)"/.exec(shown[2]!)![1]!
        const action = new URL(shown[1]!.replaceAll('&amp;', '&'), url)
        const origin = new URL(url).origin
        return visit('POST', action.href, form({ step, form_key: key, ...fields }), { origin, ...more })
      },
    }
  }
  return { cookies, open: (url) => visit('GET', url) }
}

export interface Consent {
  readonly email: string
  readonly workspace?: string
  readonly access?: 'read' | 'write'
  readonly maySwitch?: boolean
  readonly authorize?: Readonly<Record<string, string | undefined>>
}

/** Walks up to the consent page. */
export async function walkToConsent(
  server: TestServer,
  app: App,
  { email, authorize }: Pick<Consent, 'email' | 'authorize'>,
  visitor = newVisitor(),
): Promise<Visit> {
  const first = await visitor.open(app.authorizeUrl(authorize))
  const second = await first.submit('email', { email })
  return second.submit('code', { code: codeFor(server, email) })
}

/** Walks the whole way; gives the code that the app gets. */
export async function walk(server: TestServer, app: App, consent: Consent): Promise<string> {
  const page = await walkToConsent(server, app, consent)
  const usual = /name="workspace" value="([^"]+)"[^>]*checked/.exec(page.text)?.[1]
  const left = await page.submit('consent', {
    ...{ decision: 'allow', workspace: consent.workspace ?? usual!, access: consent.access ?? 'write' },
    ...(consent.maySwitch ? { may_switch: 'yes' } : {}),
  })
  const code = left.left?.searchParams.get('code')
  if (!code) throw new Error(left.text)
  return code
}

/** Walks the whole way and fetches the token. */
export async function connect(server: TestServer, app: App, consent: Consent): Promise<string> {
  const given = await app.token(await walk(server, app, consent))
  if (given.status !== 200) throw new Error(given.text)
  return given.json().access_token
}

/** The code that was printed last for an address. */
export function codeFor(server: TestServer, email: string): string {
  const line = server.printed.findLast((printed) => printed.includes(email))
  return /: (\S+)$/.exec(line!)![1]!
}

/** One JSON-RPC call of the tool, by a client that knows no more of MCP than that. */
export async function callTool(url: string, token: string, args: Readonly<Record<string, unknown>>): Promise<Tooled> {
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'request', arguments: args } }
  const sent = await send('POST', `${url}/mcp`, JSON.stringify(call), { authorization: `Bearer ${token}` })
  const { result } = sent.json()
  return { text: result.content[0].text, isError: result.isError }
}

export interface Tooled {
  readonly text: string
  readonly isError: boolean
}

export async function send(
  method: string,
  url: string,
  body?: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Sent> {
  const response = await fetch(url, { method, body, headers, redirect: 'manual' })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) }
}

/** Form-encoded, without what is undefined. */
export function form(fields: Readonly<Record<string, string | undefined>>): string {
  const sent = Object.entries(fields).filter((pair): pair is [string, string] => pair[1] !== undefined)
  return new URLSearchParams(sent).toString()
}
