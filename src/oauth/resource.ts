// What tokens are for (RFC 8707): the MCP endpoint of this server and nothing else.

/** Scopes, from the lesser to the greater; the greater holds the lesser. */
export const SCOPES = ['crm:read', 'crm:write'] as const
export type Access = 'read' | 'write'

export function mcpUrl(base: string): string {
  return `${base}/mcp`
}

/**
 * Whether a `resource` parameter means this server: its MCP endpoint or its root, with or without a last slash. Scheme
 * and host may be in capitals, as a person typed them (RFC 3986 §6.2.2.1; MCP authorization, canonical server URI).
 */
export function isOurResource(resource: string, base: string): boolean {
  const plain = resource.replace(/^[^/]*\/\/[^/]*/, (origin) => origin.toLowerCase())
  const bare = plain.endsWith('/') ? plain.slice(0, -1) : plain
  return bare === base || bare === mcpUrl(base)
}

/** The most that a client asks for: everything, unless it names scopes and reading is the only one of ours. */
export function accessAsked(scope: string | undefined): Access {
  const scopes = scope?.split(' ') ?? []
  return scopes.includes('crm:read') && !scopes.includes('crm:write') ? 'read' : 'write'
}

export function scopeOf(access: Access): string {
  return access === 'read' ? 'crm:read' : SCOPES.join(' ')
}
