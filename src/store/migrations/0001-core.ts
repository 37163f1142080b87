// The first schema. Every table of a tenant leads its keys with workspace_id, so that it can be sharded by workspace;
// users, sign-in and tokens are found before a workspace is known and stand apart.

import type { Migration } from '../migrate.ts'

export const core: Migration = {
  name: '0001-core',
  statements: ({ text, integer, table, keyTable }) => {
    const common = `
      custom ${text}, custom_folded ${text}, created_at ${integer} NOT NULL, updated_at ${integer} NOT NULL, created_by ${text} NOT NULL,
      version ${integer} NOT NULL`
    const counts = `activities ${integer} NOT NULL DEFAULT 0, last_activity_at ${integer}`
    const key = `workspace_id ${text} NOT NULL REFERENCES workspaces (id), id ${text} NOT NULL`
    const folded = (field: string) => `${field} ${text}, ${field}_folded ${text}`
    const refers = (field: string, to: string) =>
      `FOREIGN KEY (workspace_id, ${field}) REFERENCES ${to} (workspace_id, id)`
    const index = (on: string, ...columns: string[]) =>
      `CREATE INDEX ${on}_by_${columns[0]} ON ${on} (workspace_id, ${[...columns, 'id'].join(', ')})`
    // Most records have none of these, and those are not looked for by them.
    const sparse = (on: string, column: string) => `${index(on, column)} WHERE ${column} IS NOT NULL`
    return [
      `CREATE TABLE users (id ${text} NOT NULL PRIMARY KEY, email ${text} NOT NULL UNIQUE, created_at ${integer} NOT NULL) ${table}`,
      `CREATE TABLE workspaces (id ${text} NOT NULL PRIMARY KEY, name ${text} NOT NULL, timezone ${text} NOT NULL,
        plan ${text} NOT NULL, created_by ${text} NOT NULL REFERENCES users (id), created_at ${integer} NOT NULL) ${table}`,
      `CREATE TABLE memberships (workspace_id ${text} NOT NULL REFERENCES workspaces (id), user_id ${text} NOT NULL REFERENCES users (id),
        role ${text} NOT NULL, created_at ${integer} NOT NULL, last_used_at ${integer} NOT NULL,
        PRIMARY KEY (workspace_id, user_id)) ${keyTable}`,
      'CREATE INDEX memberships_by_user ON memberships (user_id, last_used_at)',
      `CREATE TABLE tokens (hash ${text} NOT NULL PRIMARY KEY, id ${text} NOT NULL UNIQUE,
        user_id ${text} NOT NULL REFERENCES users (id), workspace_id ${text} NOT NULL REFERENCES workspaces (id), name ${text} NOT NULL, created_at ${integer} NOT NULL, last_used_at ${integer} NOT NULL,
        expires_at ${integer} NOT NULL) ${table}`,
      'CREATE INDEX tokens_by_user ON tokens (user_id, created_at)',
      `CREATE TABLE sign_in_codes (id ${text} NOT NULL PRIMARY KEY, email ${text} NOT NULL, code_mac ${text} NOT NULL,
        created_at ${integer} NOT NULL, expires_at ${integer} NOT NULL, used ${integer} NOT NULL DEFAULT 0, is_long ${integer} NOT NULL DEFAULT 0) ${table}`,
      'CREATE INDEX sign_in_codes_by_email ON sign_in_codes (email, expires_at)',
      `CREATE TABLE sign_in_guesses (email ${text} NOT NULL PRIMARY KEY, moments ${text} NOT NULL,
        changed_at ${integer} NOT NULL) ${keyTable}`,

      `CREATE TABLE companies (${key}, ${folded('name')}, domain ${text}, domain_key ${text}, ${folded('owner')}, ${folded('stage')},
        ${folded('tags')}, ${folded('notes')}, ${counts}, ${common}, PRIMARY KEY (workspace_id, id), UNIQUE (workspace_id, domain_key)) ${table}`,
      ...['name', 'created_at', 'updated_at'].map((column) => index('companies', column)),
      ...['owner', 'stage', 'last_activity_at'].map((column) => sparse('companies', column)),
      `CREATE TABLE contacts (${key}, ${folded('name')}, email ${text}, email_key ${text}, ${folded('phone')}, ${folded('title')},
        company_id ${text}, ${folded('stage')}, ${folded('owner')}, ${folded('tags')}, ${folded('notes')}, follow_up_at ${integer},
        ${folded('follow_up_note')}, ${counts}, ${common}, PRIMARY KEY (workspace_id, id), UNIQUE (workspace_id, email_key),
        ${refers('company_id', 'companies')}) ${table}`,
      ...['name', 'created_at', 'updated_at'].map((column) => index('contacts', column)),
      ...['owner', 'stage', 'company_id', 'follow_up_at', 'last_activity_at'].map((column) =>
        sparse('contacts', column),
      ),
      `CREATE TABLE deals (${key}, ${folded('title')}, amount_cents ${integer}, currency ${text}, ${folded('stage')}, status ${text},
        contact_id ${text}, company_id ${text}, ${folded('owner')}, ${folded('tags')}, ${folded('notes')}, expected_close_at ${integer},
        closed_at ${integer}, follow_up_at ${integer}, ${folded('follow_up_note')}, ${counts}, ${common},
        PRIMARY KEY (workspace_id, id), ${refers('contact_id', 'contacts')}, ${refers('company_id', 'companies')}) ${table}`,
      ...['title', 'status', 'created_at', 'updated_at'].map((column) => index('deals', column)),
      ...['owner', 'stage', 'amount_cents', 'contact_id', 'company_id'].map((column) => sparse('deals', column)),
      ...['expected_close_at', 'closed_at', 'follow_up_at', 'last_activity_at'].map((column) =>
        sparse('deals', column),
      ),
      `CREATE TABLE activities (${key}, sequence ${text} NOT NULL, kind ${text}, ${folded('body')}, occurred_at ${integer},
        contact_id ${text}, company_id ${text}, deal_id ${text}, ${folded('on_behalf_of')}, ${common},
        PRIMARY KEY (workspace_id, id), ${refers('contact_id', 'contacts')}, ${refers('company_id', 'companies')},
        ${refers('deal_id', 'deals')}) ${table}`,
      ...['occurred_at', 'contact_id', 'company_id', 'deal_id'].map(
        (column) =>
          `CREATE INDEX activities_by_${column} ON activities (workspace_id, ${column === 'occurred_at' ? column : `${column}, occurred_at`}, sequence)`,
      ),
      index('activities', 'created_at'),

      `CREATE TABLE audit_events (workspace_id ${text} NOT NULL REFERENCES workspaces (id), id ${text} NOT NULL, at ${integer} NOT NULL,
        action ${text} NOT NULL, resource ${text} NOT NULL, record_id ${text} NOT NULL, by_address ${text} NOT NULL,
        token_name ${text} NOT NULL, changes ${text} NOT NULL, PRIMARY KEY (workspace_id, id)) ${table}`,
      ...['record_id', 'by_address', 'action'].map((column) => index('audit_events', column)),
      `CREATE TABLE workspace_usage (workspace_id ${text} NOT NULL REFERENCES workspaces (id), resource ${text} NOT NULL,
        used ${integer} NOT NULL, PRIMARY KEY (workspace_id, resource)) ${keyTable}`,

      `CREATE TABLE search_words (workspace_id ${text} NOT NULL, word ${text} NOT NULL, PRIMARY KEY (workspace_id, word)) ${keyTable}`,
      `CREATE TABLE search_variants (workspace_id ${text} NOT NULL, variant ${text} NOT NULL, word ${text} NOT NULL,
        PRIMARY KEY (workspace_id, variant, word)) ${keyTable}`,
      `CREATE TABLE search_endings (workspace_id ${text} NOT NULL, ending ${text} NOT NULL, word ${text} NOT NULL,
        PRIMARY KEY (workspace_id, ending, word)) ${keyTable}`,
      `CREATE TABLE search_postings (workspace_id ${text} NOT NULL, resource ${text} NOT NULL, word ${text} NOT NULL,
        notes ${integer} NOT NULL, spot ${text} NOT NULL, shared ${integer} NOT NULL,
        PRIMARY KEY (workspace_id, resource, word, notes, spot)) ${keyTable}`,
      `CREATE TABLE search_records (workspace_id ${text} NOT NULL, resource ${text} NOT NULL, spot ${text} NOT NULL,
        key_words ${text} NOT NULL, note_words ${text} NOT NULL, PRIMARY KEY (workspace_id, resource, spot)) ${keyTable}`,
      `CREATE TABLE search_waiting (workspace_id ${text} NOT NULL, resource ${text} NOT NULL, spot ${text} NOT NULL,
        PRIMARY KEY (workspace_id, resource, spot)) ${keyTable}`,
    ]
  },
}
