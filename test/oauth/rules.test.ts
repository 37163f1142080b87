// The small rules: authorization requests, redemption, resources, scopes, revocation, consent, cookies, origins.

import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { backTo, readAuthorization } from '../../src/oauth/authorize.ts'
import { cookieName, isFromOurPage, pageHeaders, readCookie, setCookie } from '../../src/oauth/browser.ts'
import { redemptionFault } from '../../src/oauth/codes.ts'
import { readChoice } from '../../src/oauth/consent.ts'
import { authorizationServerMetadata, challenge, protectedResourceMetadata } from '../../src/oauth/metadata.ts'
import { readPairs } from '../../src/oauth/parameters.ts'
import { accessAsked, isOurResource, scopeOf } from '../../src/oauth/resource.ts'
import { mayGiveBack } from '../../src/oauth/revoke.ts'
import { tokenRequestFault } from '../../src/oauth/token.ts'

const BASE = 'https://crm.example'
const VERIFIER = 'v'.repeat(43)
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')
const client = { id: 'mc_1', name: 'Claude', redirectUris: ['https://claude.ai/cb'], createdAt: 0 }

describe('an authorization request', () => {
  const good = {
    ...{ response_type: 'code', client_id: 'mc_1', redirect_uri: 'https://claude.ai/cb', state: 's' },
    ...{ code_challenge: CHALLENGE, code_challenge_method: 'S256', resource: `${BASE}/mcp` },
  }
  const read = (more: Record<string, string> = {}, twice: [string, string][] = []) =>
    readAuthorization(readPairs([...Object.entries({ ...good, ...more }), ...twice]), client, BASE)

  test('a good one', () => {
    expect(read()).toEqual({
      authorization: {
        ...{ clientId: 'mc_1', clientName: 'Claude', redirectUri: 'https://claude.ai/cb', state: 's' },
        ...{ challenge: CHALLENGE, access: 'write' },
      },
    })
    expect(read({ resource: '' })).toHaveProperty('authorization')
    expect(read({ redirect_uri: '' })).toHaveProperty('authorization')
    expect(read({ scope: 'crm:read offline_access' })).toMatchObject({ authorization: { access: 'read' } })
  })

  test.each([
    ['no client', readAuthorization(readPairs(Object.entries(good)), undefined, BASE), 'client'],
    ['two clients', read({}, [['client_id', 'mc_2']]), 'client'],
    ['another address', read({ redirect_uri: 'https://evil.example/cb' }), 'redirect'],
    ['two addresses', read({}, [['redirect_uri', 'https://evil.example/cb']]), 'redirect'],
    ['a longer address', read({ redirect_uri: 'https://claude.ai/cb/../evil' }), 'redirect'],
  ])('%s: nobody is redirected', (_, reading, refusal) => expect(reading).toEqual({ refusal }))

  test.each([
    ['no response_type', { response_type: '' }, 'invalid_request'],
    ['a token at once', { response_type: 'token' }, 'unsupported_response_type'],
    ['an answer in the fragment', { response_mode: 'fragment' }, 'invalid_request'],
    ['no challenge', { code_challenge: '' }, 'invalid_request'],
    ['the plain method', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['no method, which means plain', { code_challenge_method: '' }, 'invalid_request'],
    ['the method in lower case', { code_challenge_method: 's256' }, 'invalid_request'],
    ['a short challenge', { code_challenge: 'abc' }, 'invalid_request'],
    ['another resource', { resource: 'https://other.example/mcp' }, 'invalid_target'],
    ['a request object', { request: 'x.y.z' }, 'invalid_request'],
    ['a request by reference', { request_uri: 'https://evil.example/r' }, 'invalid_request'],
    ['a state that is too long', { state: 's'.repeat(4_001) }, 'invalid_request'],
  ])('%s: the app is told, by whom too', (_, more, error) => {
    const reading = read(more as Record<string, string>) as { redirect: string }
    const back = new URL(reading.redirect)
    expect(back.origin + back.pathname).toBe('https://claude.ai/cb')
    expect(Object.fromEntries(back.searchParams)).toMatchObject({ error, iss: BASE })
    expect(back.searchParams.get('state')).toBe((more as { state?: string }).state ?? 's')
  })

  test.each(['state', 'code_challenge', 'code_challenge_method', 'scope', 'response_type', 'resource'])(
    '%s twice is refused',
    (name) => {
      const { redirect } = read({ scope: 'x' }, [[name, 'y']]) as { redirect: string }
      expect(new URL(redirect).searchParams.get('error')).toMatch(/^invalid_(request|target)$/)
    },
  )

  test('answers keep the query of the address', () => {
    const back = backTo({ redirectUri: 'https://claude.ai/cb?a=b', state: undefined }, BASE, { code: 'c' })
    expect(back).toBe('https://claude.ai/cb?a=b&code=c&iss=https%3A%2F%2Fcrm.example')
  })
})

describe('redeeming a code', () => {
  const code = {
    ...{ client_id: 'mc_1', redirect_uri: 'https://claude.ai/cb', challenge: CHALLENGE, expires_at: 60, used: 0 },
  }
  const sent = { code: 'c', clientId: 'mc_1', redirectUri: 'https://claude.ai/cb', verifier: VERIFIER }

  test('by who began, in time, once', () => {
    expect(redemptionFault(code, sent, 59)).toBeUndefined()
    expect(redemptionFault(code, { ...sent, redirectUri: undefined }, 0)).toBeUndefined()
  })

  test.each([
    ['one that never was', undefined, sent, 0],
    ['too late', code, sent, 60],
    ['a second time', { ...code, used: 1 }, sent, 0],
    ['by another client', code, { ...sent, clientId: 'mc_2' }, 0],
    ['sent elsewhere', code, { ...sent, redirectUri: 'https://claude.ai/cb2' }, 0],
    ['with another verifier', code, { ...sent, verifier: 'w'.repeat(43) }, 0],
    ['with the challenge as verifier', code, { ...sent, verifier: CHALLENGE }, 0],
  ])('%s: invalid_grant', (_, stored, shown, now) =>
    expect(redemptionFault(stored, shown, now)).toMatchObject({ error: 'invalid_grant' }),
  )
})

test.each([
  [{}, 'invalid_request'],
  [{ grant_type: 'password' }, 'unsupported_grant_type'],
  [{ grant_type: 'refresh_token' }, 'unsupported_grant_type'],
  [{ grant_type: 'authorization_code' }, 'invalid_client'],
  [{ grant_type: 'authorization_code', client_id: 'c' }, 'invalid_request'],
  [{ grant_type: 'authorization_code', client_id: 'c', code: 'x' }, 'invalid_request'],
  [
    { grant_type: 'authorization_code', client_id: 'c', code: 'x', code_verifier: 'v', resource: 'https://o.example' },
    'invalid_target',
  ],
])('a token request of %j: %s', (fields, error) => {
  expect(tokenRequestFault(readPairs(Object.entries(fields)), BASE)).toMatchObject({ error })
})

test('what is meant by our resource', () => {
  for (const ours of [`${BASE}/mcp`, `${BASE}/mcp/`, BASE, `${BASE}/`, 'HTTPS://CRM.example/mcp'])
    expect(isOurResource(ours, BASE)).toBe(true)
  for (const other of [
    `${BASE}/mcp//`,
    `${BASE}/api`,
    `${BASE}.evil.example/mcp`,
    `${BASE}/mcp?x`,
    `${BASE}/mcp#x`,
    `${BASE}/MCP`,
    '',
  ])
    expect(isOurResource(other, BASE)).toBe(false)
})

test('scopes', () => {
  expect(['crm:read', 'crm:read openid'].map(accessAsked)).toEqual(['read', 'read'])
  expect([undefined, '', 'openid', 'crm:read crm:write', 'crm:write'].map(accessAsked)).toEqual(Array(5).fill('write'))
  expect([scopeOf('read'), scopeOf('write')]).toEqual(['crm:read', 'crm:read crm:write'])
})

test('an app gives back its own token, and no other', () => {
  expect(mayGiveBack('mc_1', 'mc_1')).toBe(true)
  expect(mayGiveBack('mc_1', undefined)).toBe(true)
  expect(mayGiveBack('mc_1', 'mc_2')).toBe(false)
  expect(mayGiveBack(null, undefined)).toBe(false)
})

describe('consent', () => {
  const good = { workspace: 'w_1', access: 'write' }
  test('what was chosen', () => {
    expect(readChoice({ ...good, may_switch: 'yes' }, 'write', ['w_1'])).toMatchObject({
      workspaceId: 'w_1',
      access: 'write',
      maySwitch: true,
    })
    expect(readChoice({ workspace: 'new', workspace_name: ' Sales ', access: 'read' }, 'read', [])).toEqual({
      workspaceId: undefined,
      workspaceName: 'Sales',
      access: 'read',
      maySwitch: false,
    })
  })
  test.each([
    ['a workspace of others', { ...good, workspace: 'w_2' }, 'write'],
    ['no workspace', { access: 'read' }, 'write'],
    ['a new one without a name', { workspace: 'new', workspace_name: '  ', access: 'read' }, 'write'],
    ['a name that is too long', { workspace: 'new', workspace_name: 'x'.repeat(101), access: 'read' }, 'write'],
    ['more than the app asked for', good, 'read'],
    ['no access', { workspace: 'w_1' }, 'write'],
    ['another access', { ...good, access: 'admin' }, 'write'],
  ] as const)('%s can not be chosen', (_, sent, asked) =>
    expect(readChoice(sent, asked, ['w_1'])).toHaveProperty('problem'),
  )
})

describe('the browser', () => {
  test('cookies are for this host alone where there is https', () => {
    expect(setCookie(BASE, 'ar_1', 'secret')).toBe(
      '__Host-crmkit-ar_1=secret; Path=/; HttpOnly; SameSite=Strict; Max-Age=1800; Secure',
    )
    expect(setCookie('http://localhost:8787', 'ar_1', 'secret')).not.toMatch(/__Host-|Secure/)
  })
  test('of two cookies of one name none is believed', () => {
    const name = cookieName(BASE, 'ar_1')
    expect(readCookie({ cookie: `a=b; ${name}=x` }, name)).toBe('x')
    expect(readCookie({ cookie: `${name}=x; ${name}=y` }, name)).toBeUndefined()
    expect(readCookie({ cookie: `x${name}=x` }, name)).toBeUndefined()
    expect(readCookie({}, name)).toBeUndefined()
  })
  test.each([
    [{ origin: BASE }, true],
    [{}, true],
    [{ origin: BASE, 'sec-fetch-site': 'same-origin' }, true],
    [{ origin: 'https://evil.example' }, false],
    [{ origin: 'null' }, false],
    [{ origin: `${BASE}:8443` }, false],
    [{ origin: 'http://crm.example' }, false],
    [{ 'sec-fetch-site': 'cross-site' }, false],
    [{ 'sec-fetch-site': 'same-site' }, false],
    [{ origin: BASE, 'sec-fetch-site': 'cross-site' }, false],
  ])('a form with %j is from our page: %s', (headers, ours) => expect(isFromOurPage(headers, `${BASE}/crm`)).toBe(ours))
  test('a page loads nothing, runs nothing, is framed by nobody and leaves no trace', () => {
    const headers = pageHeaders('body {}')
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; frame-ancestors 'none'$/,
    )
    expect(headers).toMatchObject({
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    })
  })
})

test('metadata hold no nulls, and name one issuer', () => {
  const server = authorizationServerMetadata(BASE)
  const resource = protectedResourceMetadata(BASE, `${BASE}/mcp`)
  expect(JSON.stringify([server, resource])).not.toContain('null')
  expect(server).toMatchObject({ issuer: BASE, code_challenge_methods_supported: ['S256'] })
  expect(resource).toMatchObject({ resource: `${BASE}/mcp`, authorization_servers: [BASE] })
  expect(challenge(BASE)).toBe(
    `Bearer resource_metadata="${BASE}/.well-known/oauth-protected-resource/mcp", scope="crm:read crm:write"`,
  )
})
