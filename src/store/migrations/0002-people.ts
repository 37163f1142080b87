// Teams: invites, step-up codes, mails on their way, answers kept for retries, rates, and who a token was minted by.

import type { Migration } from '../migrate.ts'

export const people: Migration = {
  name: '0002-people',
  statements: ({ text, integer, table, keyTable }) => [
    `ALTER TABLE tokens ADD COLUMN minted_by ${text}`,
    `ALTER TABLE tokens ADD COLUMN client_id ${text}`,
    `ALTER TABLE tokens ADD COLUMN access ${text} NOT NULL DEFAULT 'write'`,
    `ALTER TABLE tokens ADD COLUMN may_switch ${integer} NOT NULL DEFAULT 1`,
    'CREATE INDEX tokens_by_minter ON tokens (minted_by)',
    'CREATE INDEX tokens_by_workspace ON tokens (workspace_id)',
    'CREATE INDEX tokens_by_expiry ON tokens (expires_at)',
    `ALTER TABLE users ADD COLUMN plan ${text} NOT NULL DEFAULT ''`,
    'CREATE INDEX workspaces_by_creator ON workspaces (created_by)',

    `CREATE TABLE invites (workspace_id ${text} NOT NULL REFERENCES workspaces (id), id ${text} NOT NULL, email ${text} NOT NULL,
      role ${text} NOT NULL, invited_by ${text} NOT NULL, created_at ${integer} NOT NULL,
      PRIMARY KEY (workspace_id, id), UNIQUE (workspace_id, email)) ${table}`,
    'CREATE INDEX invites_by_email ON invites (email)',
    `CREATE TABLE step_up_codes (id ${text} NOT NULL PRIMARY KEY, user_id ${text} NOT NULL REFERENCES users (id),
      action ${text} NOT NULL, target ${text} NOT NULL, code_mac ${text} NOT NULL, created_at ${integer} NOT NULL,
      expires_at ${integer} NOT NULL, attempts ${integer} NOT NULL DEFAULT 0, is_long ${integer} NOT NULL DEFAULT 0) ${table}`,
    'CREATE INDEX step_up_codes_by_target ON step_up_codes (user_id, action, target)',
    `CREATE TABLE outbox (id ${text} NOT NULL PRIMARY KEY, recipient ${text} NOT NULL, sealed ${text} NOT NULL, state ${text} NOT NULL,
      created_at ${integer} NOT NULL, next_attempt_at ${integer} NOT NULL, claimed_until ${integer} NOT NULL DEFAULT 0,
      attempts ${integer} NOT NULL DEFAULT 0, trouble ${text}) ${table}`,
    'CREATE INDEX outbox_by_recipient ON outbox (recipient, created_at)',
    'CREATE INDEX outbox_by_state ON outbox (state, next_attempt_at)',
    `CREATE TABLE idempotency_keys (workspace_id ${text} NOT NULL REFERENCES workspaces (id), token_id ${text} NOT NULL,
      key_hash ${text} NOT NULL, fingerprint ${text} NOT NULL, sealed_answer ${text} NOT NULL, created_at ${integer} NOT NULL,
      PRIMARY KEY (workspace_id, token_id, key_hash)) ${keyTable}`,
    'CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at)',
    `CREATE TABLE rate_windows (key ${text} NOT NULL PRIMARY KEY, started_at ${integer} NOT NULL, ends_at ${integer} NOT NULL,
      used ${integer} NOT NULL) ${keyTable}`,
  ],
}
