// A page of the newest in a stage or of an owner on SQLite: the others are passed over by the index alone, without a look-up
// of their rows, of which it takes a thousand to meet fifty of a twentieth. PostgreSQL has the stage in its index since 0011,
// and no room for the owner.

import type { Migration } from '../migrate.ts'

const TABLES = Object.entries({
  companies: 'stage, owner',
  contacts: 'stage, owner',
  deals: 'stage, status, owner',
})

export const newestByOwner: Migration = {
  name: '0013-newest-by-owner',
  statements: (_, engine) =>
    ({
      postgres: [],
      sqlite: TABLES.flatMap(([table, columns]) => [
        `DROP INDEX ${table}_by_created_at`,
        `CREATE INDEX ${table}_by_created_at ON ${table} (workspace_id, created_at, id, ${columns})`,
      ]),
    })[engine],
}
