// Remembers which record an imported row became, so that the same file sent again makes nothing new.

import type { Migration } from '../migrate.ts'

export const importKeys: Migration = {
  name: '0004-import-keys',
  statements: ({ text, keyTable }) => [
    `CREATE TABLE import_keys (workspace_id ${text} NOT NULL REFERENCES workspaces (id), resource ${text} NOT NULL,
      key ${text} NOT NULL, record_id ${text} NOT NULL, PRIMARY KEY (workspace_id, resource, key)) ${keyTable}`,
  ],
}
