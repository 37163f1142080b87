// How often the records of a workspace were changed: where other nodes may write, a total that was counted holds as long as
// that is the same.

import type { Migration } from '../migrate.ts'

export const usageChanges: Migration = {
  name: '0007-usage-changes',
  statements: ({ integer }) => [`ALTER TABLE workspace_usage ADD COLUMN changes ${integer} NOT NULL DEFAULT 0`],
}
