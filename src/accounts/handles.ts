// The names and id prefixes of what belongs to people rather than to the CRM.

export const TOKEN = { name: 'token', prefix: 't' } as const
export const WORKSPACE = { name: 'workspace', prefix: 'w' } as const
