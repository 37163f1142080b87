// A page of the newest in a stage: PostgreSQL passes over the others by the index alone, without looking at their rows.
// Nothing else of 500 characters beside the stage: an entry of an index has less than 2,704 bytes.

import type { Migration } from '../migrate.ts'

const KEPT = 'workspace_id, created_at, id'
const TABLES = Object.entries({ companies: 'stage', contacts: 'stage', deals: 'stage, status' })

export const newestByStage: Migration = {
  name: '0011-newest-by-stage',
  statements: (_, engine) =>
    ({
      // What makes readers wait comes last.
      postgres: [
        ...TABLES.map(([table, columns]) => `CREATE INDEX ${table}_newest ON ${table} (${KEPT}, ${columns})`),
        ...TABLES.map(([table]) => `DROP INDEX ${table}_by_created_at`),
        ...TABLES.map(([table]) => `ALTER INDEX ${table}_newest RENAME TO ${table}_by_created_at`),
      ],
      sqlite: [],
    })[engine],
}
