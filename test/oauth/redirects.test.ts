// Redirect addresses: which may be registered, which may be asked for, and where they lead.

import { describe, expect, test } from 'vitest'
import { destinationOf, redirectAllowed, redirectFault, withParameters } from '../../src/oauth/redirects.ts'

const REAL = [
  'https://claude.ai/api/mcp/auth_callback',
  'https://claude.com/api/mcp/auth_callback',
  'https://chatgpt.com/connector_platform_oauth_redirect',
  'https://chatgpt.com/connector/oauth/abc123',
  'https://vscode.dev/redirect',
  'https://insiders.vscode.dev/redirect',
  'http://127.0.0.1',
  'http://127.0.0.1/',
  'http://127.0.0.1:33418/',
  'http://localhost:6274/oauth/callback',
  'http://localhost:3334/oauth/callback',
  'http://[::1]:8912/callback',
  'cursor://anysphere.cursor-mcp/oauth/callback',
  'cursor://anysphere.cursor-retrieval/oauth/user-crm/callback',
  'vscode://vscode.github-authentication/did-authenticate',
  'https://www.cursor.com/agents/mcp/oauth/callback',
]

const TRICKS = [
  ['a user', 'https://claude.ai@evil.example/cb'],
  ['a user and password', 'https://claude.ai:x@evil.example/cb'],
  ['a user before loopback', 'http://localhost@evil.example/cb'],
  ['an empty user', 'https://@evil.example/cb'],
  ['a longer host', 'http://localhost.evil.example/cb'],
  ['a host that begins like loopback', 'http://127.0.0.1.evil.example/cb'],
  ['http elsewhere', 'http://claude.ai/api/mcp/auth_callback'],
  ['all addresses', 'http://0.0.0.0:3000/cb'],
  ['loopback as one number', 'http://2130706433/cb'],
  ['loopback in octal', 'http://0177.0.0.1/cb'],
  ['loopback abbreviated', 'http://127.1/cb'],
  ['loopback mapped', 'http://[::ffff:127.0.0.1]/cb'],
  ['a fragment', 'https://claude.ai/cb#x'],
  ['an empty fragment', 'https://claude.ai/cb#'],
  ['a dot segment', 'https://claude.ai/a/../cb'],
  ['an encoded dot segment', 'https://claude.ai/a/%2e%2e/cb'],
  ['a backslash', 'https://claude.ai\\@evil.example/cb'],
  ['backslashes for slashes', 'https:\\\\evil.example/cb'],
  ['one slash', 'https:/evil.example/cb'],
  ['no slash', 'https:evil.example/cb'],
  ['three slashes', 'https:///evil.example/cb'],
  ['upper case', 'HTTPS://claude.ai/cb'],
  ['an upper-case host', 'https://Claude.ai/cb'],
  ['the usual port', 'https://claude.ai:443/cb'],
  ['a dot after the host', 'https://claude.ai./cb'],
  ['look-alike letters', 'https://clаude.ai/cb'],
  ['a full stop of another script', 'https://claude。ai/cb'],
  ['a space', 'https://claude.ai/c b'],
  ['a line break', 'https://claude.ai/cb\r\nSet-Cookie: a=b'],
  ['a tab that parsers drop', 'java\tscript:alert(1)'],
  ['a wildcard', 'https://*.claude.ai/cb'],
  ['script', 'javascript:alert(1)'],
  ['script behind slashes', 'javascript://claude.ai/%0aalert(1)'],
  ['data', 'data:text/html,x'],
  ['a file', 'file:///etc/passwd'],
  ['a blob', 'blob:https://claude.ai/1'],
  ['another program', 'com.example.app:/cb'],
  ['a scheme of nobody', 'evil://x/cb'],
  ['the name of an object member', 'constructor://x/cb'],
  ["an editor's scheme without a host", 'vscode:cb'],
  ["an editor's scheme in upper case", 'VSCODE://x/cb'],
  ['a relative address', '/cb'],
  ['nothing', ''],
  ['too much', `https://claude.ai/${'a'.repeat(2_000)}`],
] as const

describe('registration', () => {
  test.each(REAL)('%s is taken', (uri) => expect(redirectFault(uri)).toBeUndefined())
  test.each(TRICKS)('%s is refused: %s', (_, uri) => expect(redirectFault(uri)).toBeTypeOf('string'))
})

describe('a request', () => {
  const registered = ['https://claude.ai/cb', 'http://127.0.0.1/cb?a=b', 'http://localhost:1/x', 'http://[::1]:5/y']

  test.each([
    'https://claude.ai/cb',
    'http://127.0.0.1/cb?a=b',
    'http://127.0.0.1:51234/cb?a=b',
    'http://localhost:65535/x',
    'http://localhost/x',
    'http://[::1]:6/y',
  ])('%s is allowed', (uri) => expect(redirectAllowed(registered, uri)).toBe(true))

  test.each([
    'https://claude.ai/cb/',
    'https://claude.ai/cb?x=y',
    'https://claude.ai:444/cb',
    'https://claude.ai/CB',
    'https://www.claude.ai/cb',
    'http://localhost/cb?a=b',
    'http://127.0.0.1:1/cb',
    'http://127.0.0.1:1/cb?a=b&c=d',
    'https://127.0.0.1/cb?a=b',
    'http://127.0.0.2/cb?a=b',
    'http://127.0.0.1:1@evil.example/cb?a=b',
    'http://localhost:1/x/../y',
    'http://localhost:1/x#',
    'http://localhost:99999/x',
    '',
  ])('%s is not', (uri) => expect(redirectAllowed(registered, uri)).toBe(false))

  test('loopback without a path is its root', () => {
    expect(redirectAllowed(['http://127.0.0.1'], 'http://127.0.0.1:7777/')).toBe(true)
    expect(redirectAllowed(['http://127.0.0.1/'], 'http://127.0.0.1:7777')).toBe(true)
  })

  test('what was never taken does not become allowed by being registered', () => {
    for (const [, uri] of TRICKS) expect(redirectAllowed([uri], uri)).toBe(false)
  })
})

test('the person is told where an address leads', () => {
  expect(destinationOf('https://claude.ai/api/mcp/auth_callback')).toEqual({ host: 'claude.ai', kind: 'known' })
  expect(destinationOf('https://evil.example:8443/cb')).toEqual({ host: 'evil.example:8443', kind: 'unknown' })
  expect(destinationOf('https://claude.ai:8443/cb')).toMatchObject({ kind: 'unknown' })
  expect(destinationOf('http://127.0.0.1:1/cb')).toEqual({ host: '127.0.0.1', kind: 'this computer' })
  expect(destinationOf('cursor://anysphere.cursor-mcp/cb')).toEqual({ host: 'Cursor', kind: 'editor' })
})

test('parameters are added to what an address has', () => {
  expect(withParameters('https://a.example/cb', { code: 'x y', state: undefined })).toBe(
    'https://a.example/cb?code=x%20y',
  )
  expect(withParameters('https://a.example/cb?p=q', { code: 'x&y' })).toBe('https://a.example/cb?p=q&code=x%26y')
})
