// The tables that ordinary code reaches through the typed query builder; those that are reached by SQL alone stand in the
// migrations. The nouns' own tables are not among them: only select and write touch those. Times are seconds since 1970.

export interface Schema {
  /** An empty plan is the configured default one, here and in workspaces. */
  users: { id: string; email: string; created_at: number; plan: string }
  workspaces: { id: string; name: string; timezone: string; plan: string; created_by: string; created_at: number }
  /** `last_used_at` is 0 until its user chooses the workspace: who was added by others has not. */
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
  sign_in_codes: {
    id: string
    email: string
    code_mac: string
    created_at: number
    expires_at: number
    used: number
    is_long: number
  }
  invites: { workspace_id: string; id: string; email: string; role: string; invited_by: string; created_at: number }
  step_up_codes: {
    id: string
    user_id: string
    action: string
    target: string
    code_mac: string
    created_at: number
    expires_at: number
    attempts: number
    is_long: number
  }
  outbox: {
    id: string
    kind: string
    recipient: string
    /** The mail, encrypted, for it may hold a code; empty once it was sent. */
    sealed: string
    state: 'waiting' | 'sent' | 'suppressed' | 'refused'
    created_at: number
    next_attempt_at: number
    claimed_until: number
    attempts: number
    trouble: string | null
  }
  idempotency_keys: {
    workspace_id: string
    token_id: string
    key_hash: string
    fingerprint: string
    /** What was answered, encrypted, for it may hold a token. */
    sealed_answer: string
    created_at: number
  }
  oauth_clients: {
    id: string
    name: string
    /** A JSON list. */
    redirect_uris: string
    created_at: number
    /** When it last registered, or its document was last read. */
    seen_at: number
    /** When a person last let it in; null: never, so that it may be forgotten. */
    used_at: number | null
  }
  oauth_requests: {
    id: string
    /** SHA-256 of what the browser keeps in its cookie. */
    browser_hash: string
    client_id: string
    client_name: string
    redirect_uri: string
    challenge: string
    access: 'read' | 'write'
    issuer: string
    state: string | null
    /** Set once an address was typed; user_id once its code was right. */
    email: string | null
    user_id: string | null
    expires_at: number
    answered: number
  }
  oauth_codes: {
    hash: string
    client_id: string
    client_name: string
    redirect_uri: string
    challenge: string
    user_id: string
    workspace_id: string
    access: 'read' | 'write'
    may_switch: number
    expires_at: number
    used: number
    /** The token that it gave. */
    token_id: string | null
  }
}
