// The database that the configuration names: opened by the server, looked at and changed beside it, copied and put back.
// The only place that asks which engine it is.

import type { Config } from '../config.ts'
import type { Committed, Database } from './dialect.ts'
import { type Migration, pendingMigrations } from './migrate.ts'
import { openPostgres } from './postgres.ts'
import { openSqlite } from './sqlite.ts'
import { backupSqlite, type Checked, restoreSqlite } from './sqlite-backup.ts'
import { openSqliteBeside } from './sqlite-beside.ts'
import { assertOurs } from './sqlite-file.ts'
import { logBeside } from './sqlite-place.ts'
import { namingFullDisk } from './sqlite-room.ts'
import { StoreError } from './store-error.ts'

type Placed = Pick<Config, 'database'>

/** Opens and migrates. Throws StoreError with a sentence for the owner of the machine. */
export async function openDatabase({ database }: Placed, committed?: Committed): Promise<Database> {
  if (database.engine !== 'sqlite') return openPostgres(database.url, { migrates: true, committed })
  assertOurs(database.file)
  return namingFullDisk(database.file, () => openSqlite(database.file, committed))
}

/**
 * Opens for one command, also while a server runs on it. Nothing is locked or migrated: a command is a few short
 * transactions, which both engines keep apart from the server's. Throws StoreError where there is no database, or its
 * schema is not this program's.
 */
export async function openBeside(config: Placed): Promise<Database> {
  const database = await besideServer(config, 'present')
  const pending = await pendingMigrations(database.read).catch(closing(database))
  if (pending.length === 0) return database
  await database.close()
  throw new StoreError(
    `The database at ${database.place} lacks ${namesOf(pending)}. Stop the server, then: crmkit migrate`,
  )
}

/** What `migrate` would run, without running it; everything where there is no database yet. Throws StoreError. */
export async function readPending(
  config: Placed,
): Promise<{ place: string; pending: { name: string; statements: readonly string[] }[] }> {
  const database = await besideServer(config, 'any')
  const pending = await pendingMigrations(database.read).catch(closing(database))
  await database.close()
  const { types, name: engine } = database.dialect
  const sql = ({ name, statements }: Migration) => ({ name, statements: statements(types, engine) })
  return { place: database.place, pending: pending.map(sql) }
}

/** The file that a database is; undefined where it is a server. */
export function fileOf({ database }: Placed): string | undefined {
  return database.engine === 'sqlite' ? database.file : undefined
}

/** What stands beside a closed database and belongs to it, so that its file is not whole by itself. */
export function whatIsMissing(config: Placed): string | undefined {
  const file = fileOf(config)
  return file === undefined ? undefined : logBeside(file)
}

/** Copies the database to the new file `target`. Throws StoreError. */
export async function backup(config: Placed, target: string): Promise<Checked> {
  const file = fileOf(config)
  if (file !== undefined) return backupSqlite(file, target)
  throw new StoreError(
    `PostgreSQL has its own tool for this: pg_dump --format=custom --file=${target} "$CRMKIT_DATABASE_URL"`,
  )
}

/** Puts a backup in the place of the database. Throws StoreError. */
export async function restore(
  config: Placed,
  copy: string,
  how: { force: boolean; stamp: string },
): Promise<{ checked: Checked; kept: string | undefined; place: string }> {
  const file = fileOf(config)
  if (file !== undefined) return { ...(await restoreSqlite(copy, file, how)), place: file }
  throw new StoreError(
    `PostgreSQL has its own tool for this. Stop all nodes, then: pg_restore --clean --if-exists --single-transaction --dbname="$CRMKIT_DATABASE_URL" ${copy}`,
  )
}

async function besideServer({ database }: Placed, wanted: 'present' | 'any'): Promise<Database> {
  if (database.engine !== 'sqlite') return openPostgres(database.url, { migrates: false })
  assertOurs(database.file)
  return openSqliteBeside(database.file, wanted)
}

function closing(database: Database) {
  return async (error: unknown): Promise<never> => {
    await database.close()
    throw error
  }
}

function namesOf(pending: readonly Migration[]): string {
  return pending.map(({ name }) => name).join(', ')
}
