// The migrations where several nodes share a database, and other programs hold its tables at times.

import { setTimeout as aMoment } from 'node:timers/promises'
import type { Database } from './dialect.ts'
import { migrate } from './migrate.ts'
import { UNBOUNDED } from './postgres-transaction.ts'
import { StoreError } from './store-error.ts'

/** "crmkit" in ASCII: the advisory lock that nodes migrate under. */
const MIGRATION_LOCK = 0x63726d6b
const [MIGRATION_LOCK_MILLISECONDS_MAX, MIGRATION_REST_MILLISECONDS, MIGRATION_ATTEMPTS_MAX] = [2_000, 2_000, 30]
const LOCK_NOT_AVAILABLE = '55P03'

/**
 * Takes as long as it needs, but makes nobody queue behind it for a table that others hold, as pg_dump does: it lets go and
 * tries again. Throws StoreError where they hold it for long.
 */
export async function migrateWhenFree(database: Database): Promise<void> {
  for (let attempt = 1; ; attempt++)
    try {
      return await database.write(async (connection) => {
        await connection.rows(`SET LOCAL lock_timeout = ${MIGRATION_LOCK_MILLISECONDS_MAX}`)
        await connection.rows(UNBOUNDED)
        await connection.rows('SELECT pg_advisory_xact_lock(?)', [MIGRATION_LOCK])
        await migrate(connection)
      })
    } catch (error) {
      const { cause } = error as { cause?: { code?: unknown } }
      if (cause?.code !== LOCK_NOT_AVAILABLE) throw error
      if (attempt === MIGRATION_ATTEMPTS_MAX)
        throw new StoreError(
          'The schema has to be changed, and another program holds a table of it: a backup, or a node that migrates. Start again when it is done.',
        )
      await aMoment(MIGRATION_REST_MILLISECONDS)
    }
}
