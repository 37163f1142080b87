// OAuth: apps, a person's way through the sign-in page, and the codes that it ends in. Nothing here opens anything to
// who reads it: cookies and codes are kept as hashes.

import type { Migration } from '../migrate.ts'

export const oauth: Migration = {
  name: '0003-oauth',
  statements: ({ text, integer, table }) => {
    const needed = (...columns: string[]) => columns.map((column) => `${column} ${text} NOT NULL`).join(', ')
    return [
      `CREATE TABLE oauth_clients (id ${text} NOT NULL PRIMARY KEY, ${needed('name', 'redirect_uris')},
        created_at ${integer} NOT NULL, seen_at ${integer} NOT NULL, used_at ${integer}) ${table}`,
      'CREATE INDEX oauth_clients_by_use ON oauth_clients (used_at, seen_at)',
      `CREATE TABLE oauth_requests (id ${text} NOT NULL PRIMARY KEY, ${needed('browser_hash', 'client_id', 'client_name')},
        ${needed('redirect_uri', 'challenge', 'access', 'issuer')}, state ${text}, email ${text}, user_id ${text},
        expires_at ${integer} NOT NULL, answered ${integer} NOT NULL DEFAULT 0) ${table}`,
      'CREATE INDEX oauth_requests_by_end ON oauth_requests (expires_at)',
      `CREATE TABLE oauth_codes (hash ${text} NOT NULL PRIMARY KEY, ${needed('client_id', 'client_name', 'redirect_uri')},
        ${needed('challenge', 'user_id', 'workspace_id', 'access')}, may_switch ${integer} NOT NULL,
        expires_at ${integer} NOT NULL, used ${integer} NOT NULL DEFAULT 0, token_id ${text}) ${table}`,
      'CREATE INDEX oauth_codes_by_end ON oauth_codes (expires_at)',
    ]
  },
}
