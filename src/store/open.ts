// Opens the database that the configuration names.

import type { Config } from '../config.ts'
import type { Committed, Database } from './dialect.ts'
import { openPostgres } from './postgres.ts'
import { openSqlite } from './sqlite.ts'

/** Opens and migrates. Throws StoreError with a sentence for the owner of the machine. */
export function openDatabase(config: Pick<Config, 'database'>, committed?: Committed): Promise<Database> {
  const { database } = config
  return database.engine === 'sqlite'
    ? openSqlite(database.file, committed)
    : openPostgres(database.url, { migrates: true, committed })
}
