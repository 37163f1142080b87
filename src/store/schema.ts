// The tables that ordinary code reaches through the typed query builder. The nouns' own tables are not among them:
// only select and write touch those. Times are seconds since 1970.

export interface Schema {
  users: { id: string; email: string; created_at: number }
  workspaces: { id: string; name: string; timezone: string; plan: string; created_by: string; created_at: number }
  memberships: { workspace_id: string; user_id: string; role: string; created_at: number; last_used_at: number }
  tokens: {
    /** SHA-256 of the token, hexadecimal; the token itself is nowhere. */
    hash: string
    id: string
    user_id: string
    workspace_id: string
    name: string
    created_at: number
    last_used_at: number
    expires_at: number
    /** The token that minted this one, which dies with it. */
    minted_by: string | null
    /** The app that it was given to over OAuth. */
    client_id: string | null
    access: 'read' | 'write'
    may_switch: number
  }
  sign_in_codes: { id: string; email: string; code_mac: string; created_at: number; expires_at: number; used: number }
  sign_in_guesses: { email: string; window_started_at: number; guesses: number }
  workspace_usage: { workspace_id: string; resource: string; used: number }
}
