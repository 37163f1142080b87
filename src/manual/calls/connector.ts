// MCP, and the OAuth sign-in of apps: what their own protocols describe, so that a word for each is enough.

import { type Calls, textBody } from './call-words.ts'

const tag = 'Apps'
const json = { form: 'raw', types: ['application/json'] } as const
const page = { form: 'raw', types: ['text/html'] } as const
const metadata = (id: string, of: string) => ({ id, tag, summary: `Metadata of the ${of}`, answer: json })

export const connectorCalls: Calls = {
  'POST /mcp': {
    ...{
      id: 'mcp',
      tag,
      summary: 'MCP over Streamable HTTP, stateless: one tool that makes the calls of this document',
    },
    body: { schema: { type: 'object', description: 'a JSON-RPC message of MCP', additionalProperties: true } },
    answer: { form: 'raw', types: ['application/json', 'text/event-stream'] },
    errors: ['auth_required', 'invalid_token', 'token_expired'],
  },
  'GET /mcp': {
    ...{ id: 'mcpStream', tag, summary: 'Always 405: nothing is pushed', statuses: [], answer: json },
    errors: ['method_not_allowed', 'auth_required', 'invalid_token', 'token_expired'],
  },
  'DELETE /mcp': {
    ...{ id: 'mcpEnd', tag, summary: 'Always 405: there are no sessions', statuses: [], answer: json },
    errors: ['method_not_allowed', 'auth_required', 'invalid_token', 'token_expired'],
  },
  'GET /.well-known/oauth-protected-resource': metadata('protectedResource', 'protected resource (RFC 9728)'),
  'GET /.well-known/oauth-protected-resource/mcp': metadata('protectedResourceMcp', 'MCP endpoint (RFC 9728)'),
  'GET /.well-known/oauth-authorization-server': metadata('authorizationServer', 'authorization server (RFC 8414)'),
  'GET /.well-known/oauth-authorization-server/mcp': metadata(
    'authorizationServerMcp',
    'authorization server, as MCP clients look for it (RFC 8414)',
  ),
  'POST /oauth/register': {
    ...{ id: 'registerApp', tag, summary: 'Register an app (RFC 7591); the same metadata is the same app' },
    body: { schema: { type: 'object', description: 'client metadata', additionalProperties: true } },
    ...{ statuses: [201], answer: json },
  },
  'POST /oauth/token': {
    ...{ id: 'exchangeCode', tag, summary: 'Trade an authorization code for a token; PKCE with S256' },
    body: textBody(
      { grant_type: 'authorization_code', code: 'the code', redirect_uri: 'as at the start', client_id: 'the app' },
      { code_verifier: 'of PKCE', resource: 'the MCP endpoint' },
    ),
    answer: json,
  },
  'POST /oauth/revoke': {
    ...{ id: 'giveBackToken', tag, summary: 'Revoke a token of an app (RFC 7009)' },
    body: textBody({ token: 'the token' }, { token_type_hint: 'is not looked at', client_id: 'the app' }),
    answer: json,
  },
  'GET /oauth/authorize': {
    ...{
      id: 'authorizeApp',
      tag,
      summary: 'Where an app sends its user to sign in',
      answer: page,
      statuses: [200, 303],
    },
    parameters: {
      response_type: 'code',
      client_id: 'the app',
      redirect_uri: 'where it returns to',
      code_challenge: 'of PKCE',
      code_challenge_method: 'S256',
      scope: 'crm:read to only read; else crm:read crm:write',
      state: 'comes back as it is',
      resource: 'the MCP endpoint',
    },
  },
  'GET /oauth/sign-in': { id: 'showSignIn', tag, summary: 'The sign-in page for people', answer: page },
  'POST /oauth/sign-in': {
    ...{ id: 'takeSignIn', tag, summary: 'A step of the sign-in page: address, code, consent', answer: page },
    body: { schema: { type: 'string', description: 'a form' } },
    statuses: [200, 303],
  },
}
