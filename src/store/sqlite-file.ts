// What stands at the path of a SQLite database, looked at before anything is made or changed there.

import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isDraftOf } from './draft.ts'
import { loadEngine } from './sqlite.ts'
import { logBeside } from './sqlite-place.ts'
import { StoreError } from './store-error.ts'

/** Between the name of a database and the time at which a restore set it aside. */
export const SET_ASIDE = '.before-restore-'
/** After the name of a database that a restore writes. */
export const RESTORING = '.restoring'

const RESTORE = "Stop the server and restore a backup, if it was crmkit's: crmkit restore <backup> --force"
/** Other programs count their migrations too. */
const OURS = ['schema_migrations', 'workspaces']
const OTHER = 'Name another with --database or CRMKIT_DATABASE_URL; this one is left as it is.'

/** Throws StoreError where something else is at the path, or a database is missing that a restore set aside or began. */
export function assertOurs(file: string): void {
  if (!existsSync(file)) {
    assertNotSetAside(file)
    return
  }
  const stat = statSync(file)
  if (!stat.isFile()) throw new StoreError(`${file} is no file. ${OTHER}`)
  if (stat.nlink > 1)
    throw new StoreError(
      `${file} has ${stat.nlink} names (hard links), and a server on each would not know of the other. ${waysOut(file, stat.ino)}`,
    )
  const tables = tablesOf(file)
  if (tables.length > 0 && !OURS.every((table) => tables.includes(table)))
    throw new StoreError(`${file} is the SQLite database of another program. ${OTHER}`)
}

/** A backup that was cut off between its two names has the other one still. */
function waysOut(file: string, inode: number): string {
  const draft = readdirSync(dirname(file))
    .filter((name) => isDraftOf(name, basename(file)))
    .map((name) => join(dirname(file), name))
    .find((path) => statSync(path, { throwIfNoEntry: false })?.ino === inode)
  if (draft !== undefined) return `${draft} is what a backup that was cut off has left: it may be removed.`
  return 'Keep one name; a copy is made by crmkit backup.'
}

/** An empty one in its place would hide the other, and stand in the way of the restore when it is repeated. */
function assertNotSetAside(file: string): void {
  if (!existsSync(dirname(file))) return
  const last = readdirSync(dirname(file))
    .filter((name) => name.startsWith(`${basename(file)}${SET_ASIDE}`) && !/-(wal|shm)$/.test(name))
    .sort()
    .at(-1)
  const draft = `${file}${RESTORING}`
  if (last === undefined && !existsSync(draft)) return
  if (last === undefined)
    throw new StoreError(
      `There is no ${file}, but ${draft}, as after a restore that was cut off. Repeat it: crmkit restore <backup> - or remove that file for an empty database.`,
    )
  const kept = join(dirname(file), last)
  throw new StoreError(
    `There is no ${file}, but ${kept}, as after a restore that was cut off. To put it back: crmkit restore ${kept} - or move it away for an empty database.`,
  )
}

/**
 * The name under which SQLite reads a file without making others beside it, as it does even to read: it is told that nobody
 * writes. A log has to be read with the file, and then this is not for it.
 */
export function untouched(file: string): string {
  return `${pathToFileURL(file).href}?immutable=1`
}

/** None where they can't be read for another reason, which whoever opens the file says better. */
function tablesOf(file: string): unknown[] {
  const place = logBeside(file) ? file : untouched(file)
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
