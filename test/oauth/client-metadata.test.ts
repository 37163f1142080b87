// What clients say of themselves when they register.

import { expect, test } from 'vitest'
import { NAMELESS, plainName, readClientMetadata } from '../../src/oauth/client-metadata.ts'
import { clientIdOf } from '../../src/oauth/clients.ts'

const uris = ['https://claude.ai/api/mcp/auth_callback']

test.each([
  [
    'claude.ai',
    {
      client_name: 'Claude',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      scope: 'crm:read',
      redirect_uris: uris,
    },
  ],
  [
    'Cursor',
    {
      client_name: 'Cursor',
      redirect_uris: ['cursor://anysphere.cursor-mcp/oauth/callback'],
      token_endpoint_auth_method: 'none',
    },
  ],
  [
    'VS Code',
    {
      client_name: 'Visual Studio Code',
      client_uri: 'https://code.visualstudio.com',
      redirect_uris: [
        'https://insiders.vscode.dev/redirect',
        'https://vscode.dev/redirect',
        'http://127.0.0.1/',
        'http://127.0.0.1:33418/',
      ],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
    },
  ],
  [
    'one that sends nulls',
    { client_name: null, grant_types: null, response_types: null, contacts: null, redirect_uris: uris },
  ],
  ['one that wants a secret', { token_endpoint_auth_method: 'client_secret_post', redirect_uris: uris }],
])('%s is taken', (_, body) => expect(readClientMetadata(body)).toMatchObject({ redirectUris: body.redirect_uris }))

test.each([
  ['no addresses', {}, 'invalid_redirect_uri'],
  ['an empty list', { redirect_uris: [] }, 'invalid_redirect_uri'],
  ['no list', { redirect_uris: uris[0] }, 'invalid_redirect_uri'],
  ['no texts', { redirect_uris: [{}] }, 'invalid_redirect_uri'],
  ['too many', { redirect_uris: Array(21).fill(uris[0]) }, 'invalid_redirect_uri'],
  ['one bad one among good ones', { redirect_uris: [...uris, 'javascript:alert(1)'] }, 'invalid_redirect_uri'],
  ['another grant', { redirect_uris: uris, grant_types: ['client_credentials'] }, 'invalid_client_metadata'],
  ['the implicit answer', { redirect_uris: uris, response_types: ['token'] }, 'invalid_client_metadata'],
  ['a name that is no text', { redirect_uris: uris, client_name: 7 }, 'invalid_client_metadata'],
])('%s: refused', (_, body, error) => {
  const refused = readClientMetadata(body as never)
  expect(refused).toMatchObject({ error })
  expect((refused as { error_description: string }).error_description).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
})

test('a name is one line of visible characters', () => {
  expect(plainName('  My \r\n app\u202e\u200b\u0000 ')).toBe('My app')
  expect(plainName('\u{e0041}\u2060')).toBe(NAMELESS)
  expect(plainName(undefined)).toBe(NAMELESS)
  expect([...plainName('é'.repeat(500))]).toHaveLength(60)
})

test('the same metadata is the same client, another server has others', () => {
  const metadata = { name: 'A', redirectUris: ['https://a.example/1', 'https://a.example/2'] }
  const id = clientIdOf('secret', metadata)
  expect(clientIdOf('secret', { ...metadata, redirectUris: [...metadata.redirectUris].reverse() })).toBe(id)
  expect(clientIdOf('secret', { ...metadata, name: 'B' })).not.toBe(id)
  expect(clientIdOf('other', metadata)).not.toBe(id)
})
