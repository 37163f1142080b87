// The database for one command of the machine's owner, also while a server runs on it. Nothing is locked or migrated:
// a command is a few short transactions, which both engines keep apart from the server's.

import type { Config } from '../config.ts'
import type { Database } from './dialect.ts'
import { type Migration, pendingMigrations } from './migrate.ts'
import { openPostgres } from './postgres.ts'
import { openSqliteBeside } from './sqlite-beside.ts'
import { StoreError } from './store-error.ts'

/** Opens a database whose schema is this program's. Throws StoreError where there is none, or another schema. */
export async function openBeside(config: Pick<Config, 'database'>): Promise<Database> {
  const database = await open(config, 'present')
  const pending = await pendingMigrations(database.read).catch(closing(database))
  if (pending.length === 0) return database
  await database.close()
  throw new StoreError(
    `The database at ${database.place} lacks ${pending.map(({ name }) => name).join(', ')}. Stop the server, then: crmkit migrate`,
  )
}

/** What `migrate` would run, without running it; everything where there is no database yet. */
export async function readPending(
  config: Pick<Config, 'database'>,
): Promise<{ place: string; pending: { name: string; statements: readonly string[] }[] }> {
  const database = await open(config, 'any')
  const pending = await pendingMigrations(database.read).catch(closing(database))
  await database.close()
  const sql = ({ name, statements }: Migration) => ({ name, statements: statements(database.dialect.types) })
  return { place: database.place, pending: pending.map(sql) }
}

function open({ database }: Pick<Config, 'database'>, wanted: 'present' | 'any'): Promise<Database> {
  return database.engine === 'sqlite'
    ? openSqliteBeside(database.file, wanted)
    : openPostgres(database.url, { migrates: false })
}

function closing(database: Database) {
  return async (error: unknown): Promise<never> => {
    await database.close()
    throw error
  }
}
