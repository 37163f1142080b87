// What SQLite says went wrong, told apart: a key that is taken, trouble of the disk, and faults of ours.

import type { DatabaseSyncInstance as DatabaseSync } from '@photostructure/sqlite'
import { ApiError, fail } from '../errors.ts'

const [CONSTRAINT_PRIMARYKEY, CONSTRAINT_UNIQUE] = [1555, 2067]
const BUSY = 5
/** SQLITE_BUSY, LOCKED, NOMEM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN. */
const DISK_TROUBLE = new Set([BUSY, 6, 7, 8, 10, 11, 13, 14])

/** What SQLite calls its result codes (sqlite3_errstr), and how a constraint's message begins. */
const CODES: readonly (readonly [begins: string, code: number])[] = [
  ['UNIQUE constraint failed', CONSTRAINT_UNIQUE],
  ['database is locked', BUSY],
  ['database table is locked', 6],
  ['out of memory', 7],
  ['attempt to write a readonly database', 8],
  ['disk I/O error', 10],
  ['database disk image is malformed', 11],
  ['database or disk is full', 13],
  ['unable to open database file', 14],
  // The package's own words.
  ['Failed to open database', 14],
]

/** SQLite's extended result code. The package leaves it out where a statement gives several rows, and has the message alone. */
function codeOf(error: unknown): number | undefined {
  const { errcode, message = '' } = error as { errcode?: number; message?: string }
  return errcode ?? CODES.find(([begins]) => message.startsWith(begins))?.[1]
}

/** A key that was drawn by lot is somebody's already. */
export function isTaken(error: unknown): boolean {
  const code = codeOf(error)
  return code === CONSTRAINT_PRIMARYKEY || code === CONSTRAINT_UNIQUE
}

/** Another connection has what is asked for. */
export function isBusy(error: unknown): boolean {
  const code = codeOf(error)
  return code !== undefined && (code & 0xff) === BUSY
}

/** Trouble of the disk (busy, full, I/O) is stated as not_ready; anything else is a fault of ours, and stays what it is. */
export function statedTrouble(error: unknown): unknown {
  if (error instanceof ApiError) return error
  const code = codeOf(error)
  const isTrouble = code !== undefined && DISK_TROUBLE.has(code & 0xff)
  return isTrouble ? Object.assign(fail.notReady(), { cause: error }) : error
}

/** Never throws. */
export function rollBack(database: DatabaseSync): void {
  try {
    if (database.isTransaction) database.exec('ROLLBACK')
  } catch {
    // SQLite has ended the transaction by itself; the next BEGIN says so if not.
  }
}
