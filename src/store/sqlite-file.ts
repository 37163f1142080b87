// What stands at the path of a SQLite database, looked at before anything is made or changed there.

import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { loadEngine, logBeside } from './sqlite.ts'
import { StoreError } from './store-error.ts'

/** Between the name of a database and the time at which a restore set it aside. */
export const SET_ASIDE = '.before-restore-'

const RESTORE = "Stop the server and restore a backup, if it was crmkit's: crmkit restore <backup> --force"
const OTHER = 'Name another with --database or CRMKIT_DATABASE_URL; this one is left as it is.'

/** Throws StoreError where something else is at the path, or a database is missing that a restore set aside. */
export function assertOurs(file: string): void {
  if (!existsSync(file)) {
    assertNotSetAside(file)
    return
  }
  if (!statSync(file).isFile()) throw new StoreError(`${file} is no file. ${OTHER}`)
  const tables = tablesOf(file)
  if (tables.length > 0 && !tables.includes('schema_migrations'))
    throw new StoreError(`${file} is the SQLite database of another program. ${OTHER}`)
}

/** An empty one in its place would hide the other. */
function assertNotSetAside(file: string): void {
  if (!existsSync(dirname(file))) return
  const last = readdirSync(dirname(file))
    .filter((name) => name.startsWith(`${basename(file)}${SET_ASIDE}`) && !/-(wal|shm)$/.test(name))
    .sort()
    .at(-1)
  if (last === undefined) return
  const kept = join(dirname(file), last)
  throw new StoreError(
    `There is no ${file}, but ${kept}, as after a restore that was cut off. To put it back: crmkit restore ${kept} - or move it away for an empty database.`,
  )
}

/** None where they can't be read for another reason, which whoever opens the file says better. */
function tablesOf(file: string): unknown[] {
  // SQLite makes files beside another's database even to read it, unless told that nobody writes; a log has to be read with it.
  const place = logBeside(file) ? file : `${pathToFileURL(file).href}?immutable=1`
  try {
    const database = new (loadEngine().DatabaseSync)(place, { readOnly: true })
    try {
      const rows = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all()
      return rows.map((row) => (row as { name: unknown }).name)
    } finally {
      database.close()
    }
  } catch (error) {
    if ((error as Error).message.includes('not a database'))
      throw new StoreError(`${file} is no SQLite database. ${OTHER}`, RESTORE)
    return []
  }
}
