// Real clients, with their own OAuth: they find everything by themselves, and the person only walks the page.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  Client as NewClient,
  StreamableHTTPClientTransport as NewTransport,
  type OAuthClientProvider,
  UnauthorizedError,
} from '@modelcontextprotocol/client'
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import * as openid from 'openid-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { engines } from '../support/engines.ts'
import { callTool, codeFor, newVisitor, REDIRECT, send } from '../support/oauth.ts'
import { startServer, type TestServer } from '../support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer(engines.sqlite)
})
afterAll(() => server.stop())

let people = 0
const somebody = () => `connecting${++people}@example.com`

/** What a client's own provider keeps in memory; `went` is where it sent the person. */
function newProvider(): OAuthClientProvider & { went?: URL } {
  const kept: Record<string, never> = {}
  return {
    redirectUrl: REDIRECT,
    clientMetadata: { client_name: 'A client', redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none' },
    state: () => 'state of the client',
    clientInformation: () => kept.client,
    saveClientInformation: (client) => {
      kept.client = client as never
    },
    tokens: () => kept.tokens,
    saveTokens: (tokens) => {
      kept.tokens = tokens as never
    },
    saveCodeVerifier: (verifier) => {
      kept.verifier = verifier as never
    },
    codeVerifier: () => kept.verifier!,
    saveDiscoveryState: (state) => {
      kept.discovery = state as never
    },
    discoveryState: () => kept.discovery,
    redirectToAuthorization(url) {
      this.went = url
    },
  }
}

/** The person: signs in, and allows everything that is asked. Gives where the browser went. */
async function person(url: string, email: string): Promise<URL> {
  const first = await newVisitor().open(url)
  const page = await (await first.submit('email', { email })).submit('code', { code: codeFor(server, email) })
  const usual = /name="workspace" value="([^"]+)"[^>]*checked/.exec(page.text)![1]!
  return (await page.submit('consent', { decision: 'allow', workspace: usual, access: 'write' })).left!
}

const WHOAMI = { name: 'request', arguments: { method: 'GET', path: '/whoami' } }
const textOf = (result: unknown) => (result as { content: { text: string }[] }).content[0]!.text

test.each([
  ['with initialize', undefined],
  ['finding out by itself', { versionNegotiation: { mode: 'auto' as const } }],
  ['at 2026-07-28', { versionNegotiation: { mode: { pin: '2026-07-28' } } }],
])('MCP’s own client, new generation, %s', async (_, options) => {
  const provider = newProvider()
  const email = somebody()
  const url = new URL(`${server.url}/mcp`)
  const first = new NewTransport(url, { authProvider: provider })
  await expect(new NewClient({ name: 'new', version: '1' }, options).connect(first)).rejects.toThrow(UnauthorizedError)
  await first.finishAuth((await person(provider.went!.href, email)).searchParams)
  const client = new NewClient({ name: 'new', version: '1' }, options)
  await client.connect(new NewTransport(url, { authProvider: provider }))
  const { tools } = await client.listTools()
  expect(tools.map(({ name }) => name)).toEqual(['request'])
  expect(textOf(await client.callTool(WHOAMI))).toContain(email)
  await client.close()
})

test('MCP’s own client, old generation', async () => {
  const provider = newProvider()
  const email = somebody()
  const url = new URL(`${server.url}/mcp`)
  const first = new OldTransport(url, { authProvider: provider as never })
  await expect(new OldClient({ name: 'old', version: '1' }).connect(first as never)).rejects.toThrow('Unauthorized')
  await first.finishAuth((await person(provider.went!.href, email)).searchParams.get('code')!)
  const client = new OldClient({ name: 'old', version: '1' })
  await client.connect(new OldTransport(url, { authProvider: provider as never }) as never)
  expect((await client.listTools()).tools).toHaveLength(1)
  expect(textOf(await client.callTool(WHOAMI))).toContain(email)
  const refused = await client.callTool({ name: 'request', arguments: { method: 'GET', path: '/nowhere' } })
  expect(refused.isError).toBe(true)
  expect(textOf(refused)).toContain('error: not_found')
  await client.close()
})

test('openid-client: discovery, registration, PKCE, iss, the token, and giving it back', async () => {
  const options = { execute: [openid.allowInsecureRequests], algorithm: 'oauth2' as const }
  const metadata = { client_name: 'openid-client', redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none' }
  const config = await openid.dynamicClientRegistration(new URL(server.url), metadata, openid.None(), options)
  const pkceCodeVerifier = openid.randomPKCECodeVerifier()
  const expectedState = openid.randomState()
  const resource = `${server.url}/mcp`
  const url = openid.buildAuthorizationUrl(config, {
    ...{ redirect_uri: REDIRECT, state: expectedState, resource, code_challenge_method: 'S256' },
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
  })
  const email = somebody()
  const back = await person(url.href, email)
  const tokens = await openid.authorizationCodeGrant(config, back, { pkceCodeVerifier, expectedState }, { resource })
  expect(tokens.expires_in).toBe(31_536_000)
  expect((await callTool(server.url, tokens.access_token, WHOAMI.arguments)).text).toContain(email)
  await openid.tokenRevocation(config, tokens.access_token)
  const dead = await send('POST', `${server.url}/mcp`, '{}', { authorization: `Bearer ${tokens.access_token}` })
  expect([dead.status, dead.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('invalid_token')])
  const forged = new URL(back)
  forged.searchParams.set('iss', 'https://evil.example')
  await expect(openid.authorizationCodeGrant(config, forged, { pkceCodeVerifier, expectedState })).rejects.toThrow()
})

test('mcp-remote, by which programs without HTTP come', async () => {
  const home = mkdtempSync(join(tmpdir(), 'crmkit-remote-'))
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: ['node_modules/mcp-remote/dist/proxy.js', `${server.url}/mcp`, '--auth-timeout', '300'],
    env: { HOME: home, PATH: '/nonexistent' },
    stderr: 'pipe',
  })
  const asked = new Promise<string>((done) => {
    let said = ''
    transport.stderr!.on('data', (chunk) => {
      said += chunk
      const url = /(http\S+\/oauth\/authorize\S+)\s/.exec(said)
      if (url) done(url[1]!)
    })
  })
  const client = new OldClient({ name: 'stdio', version: '1' })
  const connected = client.connect(transport as never)
  const email = somebody()
  await fetch(await person(await asked, email))
  await connected
  expect(textOf(await client.callTool(WHOAMI))).toContain(email)
  await client.close()
  rmSync(home, { recursive: true, force: true })
})

test('curl, with a token of its own and nothing that the transport asks for', async () => {
  const agent = await server.signIn()
  const sent = await send('POST', `${server.url}/mcp`, '{"jsonrpc":"2.0","id":1,"method":"tools/list"}', {
    ...{ authorization: `Bearer ${agent.token}`, accept: '*/*' },
    'content-type': 'application/x-www-form-urlencoded',
  })
  expect(sent.json().result.tools).toHaveLength(1)
})
