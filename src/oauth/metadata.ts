// What clients read first: which server gives tokens for the MCP endpoint (RFC 9728), and how (RFC 8414). Members that
// have no value are left out; some clients take null for a fault.

import { mcpUrl, SCOPES } from './resource.ts'

/** RFC 9728 §2; `resource` is the address that the well-known path was made of (§3.3). */
export function protectedResourceMetadata(base: string, resource: string): Readonly<Record<string, unknown>> {
  return {
    resource,
    authorization_servers: [base],
    scopes_supported: SCOPES,
    bearer_methods_supported: ['header'],
    resource_name: 'crmkit',
    resource_documentation: `${base}/help`,
  }
}

/** RFC 8414 §2, RFC 9207 §3, and client-ID metadata documents. */
export function authorizationServerMetadata(base: string): Readonly<Record<string, unknown>> {
  return {
    issuer: base,
    authorization_endpoint: `${base}/oauth/authorize`,
    token_endpoint: `${base}/oauth/token`,
    registration_endpoint: `${base}/oauth/register`,
    revocation_endpoint: `${base}/oauth/revoke`,
    scopes_supported: SCOPES,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code'],
    token_endpoint_auth_methods_supported: ['none'],
    revocation_endpoint_auth_methods_supported: ['none'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    client_id_metadata_document_supported: true,
    protected_resources: [mcpUrl(base)],
    service_documentation: `${base}/help`,
  }
}

/** The challenge of a 401 at the MCP endpoint (RFC 9728 §5.1, RFC 6750 §3). */
export function challenge(base: string, error?: string): string {
  const parts = [
    `resource_metadata="${base}/.well-known/oauth-protected-resource/mcp"`,
    `scope="${SCOPES.join(' ')}"`,
    ...(error === undefined ? [] : [`error="${error}"`]),
  ]
  return `Bearer ${parts.join(', ')}`
}
