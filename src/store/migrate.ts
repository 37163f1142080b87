// Brings a database to this program's schema, once, however many nodes start at the same time.

import type { Connection, Dialect } from './dialect.ts'
import { core } from './migrations/0001-core.ts'
import { people } from './migrations/0002-people.ts'
import { oauth } from './migrations/0003-oauth.ts'
import { importKeys } from './migrations/0004-import-keys.ts'
import { searchPacks } from './migrations/0005-search-packs.ts'
import { coveredPostings } from './migrations/0006-covered-postings.ts'
import { usageChanges } from './migrations/0007-usage-changes.ts'
import { ftsSearch } from './migrations/0008-fts-search.ts'
import { dropOldSearch } from './migrations/0009-drop-old-search.ts'
import { mailKinds } from './migrations/0010-mail-kinds.ts'
import { newestByStage } from './migrations/0011-newest-by-stage.ts'
import { workspacesGone } from './migrations/0012-workspaces-gone.ts'
import { newestByOwner } from './migrations/0013-newest-by-owner.ts'
import { StoreError } from './store-error.ts'

export interface Migration {
  readonly name: string
  readonly statements: (types: Dialect['types'], engine: Dialect['name']) => readonly string[]
  /** Runs after the statements, for what SQL alone does not do. */
  readonly fill?: (connection: Connection) => Promise<void>
}

/** In order; once released, one is never changed. */
const migrations: readonly Migration[] = [
  ...[core, people, oauth, importKeys, searchPacks, coveredPostings, usageChanges],
  ...[ftsSearch, dropOldSearch, mailKinds, newestByStage, workspacesGone, newestByOwner],
]

/**
 * Runs what is missing. The caller holds a lock and a transaction, so that it happens whole and once.
 * Throws StoreError where the database was made by a newer crmkit.
 */
export async function migrate(connection: Connection): Promise<void> {
  const { types, name: engine } = connection.dialect
  await connection.rows(
    `CREATE TABLE IF NOT EXISTS schema_migrations (name ${types.text} NOT NULL PRIMARY KEY, checked ${types.integer} NOT NULL DEFAULT 0) ${types.table}`,
  )
  for (const { name, statements, fill } of await pendingMigrations(connection)) {
    for (const statement of statements(types, engine)) await connection.rows(statement)
    await fill?.(connection)
    await connection.rows('INSERT INTO schema_migrations (name) VALUES (?)', [name])
  }
}

/** What the database still lacks, in order; everything where it is empty. Throws StoreError as `migrate` does. */
export async function pendingMigrations(connection: Connection): Promise<readonly Migration[]> {
  const tables = await connection.rows(connection.dialect.columns)
  const done = tables.some(({ table }) => table === 'schema_migrations') ? await applied(connection) : []
  const newer = done.filter((name) => !migrations.some((migration) => migration.name === name))
  if (newer.length > 0)
    throw new StoreError(
      `The database was made by a newer crmkit (${newer.join(', ')}). Start that version instead.`,
      'Install the newer version, or restore a backup from before it.',
    )
  return migrations.filter(({ name }) => !done.includes(name))
}

/** Whether exactly this program's migrations were run. */
export async function schemaIsCurrent(connection: Connection): Promise<boolean> {
  const done = await applied(connection)
  return done.length === migrations.length && migrations.every(({ name }) => done.includes(name))
}

async function applied(connection: Connection): Promise<string[]> {
  const rows = await connection.rows('SELECT name FROM schema_migrations ORDER BY name')
  return rows.map((row) => String(row.name))
}
