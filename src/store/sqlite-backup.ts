// Copies of a SQLite database: taken while the server runs, checked before they count, put back whole.

import { copyFileSync, existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSyncInstance as DatabaseSync } from '@photostructure/sqlite'
import { makeFolder } from '../settings/make-folder.ts'
import { makeNameLast, makeNew, publish, removeDraft, sync, withDraft } from './draft.ts'
import { pendingMigrations } from './migrate.ts'
import { connect, loadEngine, lockFile } from './sqlite.ts'
import { RESTORING, SET_ASIDE, untouched } from './sqlite-file.ts'
import { logBeside, makePrivate } from './sqlite-place.ts'
import { textsInThread } from './sqlite-thread.ts'
import { StoreError } from './store-error.ts'

const PROBLEMS_SHOWN_MAX = 3

/** What a sound copy holds. */
export interface Checked {
  readonly bytes: number
  readonly workspaces: number
  readonly users: number
  /** Migrations of this program that the copy was made before; the next start runs them. */
  readonly pending: readonly string[]
}

/**
 * Writes a copy of `file` as it is at one moment, while a server goes on writing, to the new file `target`: for its
 * owner alone, on the disk, and checked. Throws StoreError where it can't; `target` then does not exist.
 */
export async function backupSqlite(file: string, target: string): Promise<Checked> {
  if (!existsSync(file)) throw new StoreError(`There is no database at ${file}.`)
  if (existsSync(target)) throw taken(target)
  try {
    return await withDraft(target, async (draft) => {
      await copyAtOneMoment(file, draft)
      const checked = await checkSqlite(draft)
      if (!publish(draft, target)) throw taken(target)
      makeNameLast(target)
      return checked
    })
  } catch (error) {
    throw withPlace(error, target)
  }
}

function taken(target: string): StoreError {
  return new StoreError(`${target} exists already. Name a new file; backups are never overwritten.`)
}

/** One read transaction, which writers neither wait for nor disturb, and which reads the log beside the file too. */
async function copyAtOneMoment(file: string, target: string): Promise<void> {
  const place = readablePlaceOf(file)
  makeNew(target)
  await textsInThread(place, 'VACUUM INTO ?', [target])
  sync(target)
}

/**
 * Puts a backup, with the log beside it where there is one, in the place of `file`. What was there is kept beside it, under
 * the name that is answered, and is back in its place where it fails. Throws StoreError where the backup is not sound, a
 * server has the file, or there is one and `force` is not set.
 */
export async function restoreSqlite(
  backup: string,
  file: string,
  { force, stamp }: { force: boolean; stamp: string },
): Promise<{ checked: Checked; kept: string | undefined }> {
  if (!existsSync(backup)) throw new StoreError(`There is no file ${backup}.`)
  if (statSync(backup).isDirectory()) throw new StoreError(`${backup} is a folder. Name the backup's file.`)
  await checkSqlite(backup)
  makeFolder(dirname(file), 'CRMKIT_DATABASE_URL')
  makePrivate(`${file}-lock`)
  const lock = lockFile(new (loadEngine().DatabaseSync)(`${file}-lock`), file)
  const draft = `${file}${RESTORING}`
  try {
    if (existsSync(file) && !force)
      throw new StoreError(`${file} exists. To replace it (the old one is kept beside it), add --force.`)
    removeDraft(draft)
    await copyAtOneMoment(backup, draft)
    const checked = await checkSqlite(draft)
    const kept = existsSync(file) ? `${file}${SET_ASIDE}${stamp}` : undefined
    replace(draft, file, kept)
    return { checked, kept }
  } catch (error) {
    removeDraft(draft)
    throw withPlace(error, file)
  } finally {
    lock.close()
  }
}

/** At each moment there is a whole database under one of the two names. */
function replace(draft: string, file: string, kept: string | undefined): void {
  try {
    if (kept) setAside(file, kept)
    else removeLog(file)
    renameSync(draft, file)
    makeNameLast(file)
  } catch (error) {
    if (kept && existsSync(kept)) moveWhole(kept, file)
    else if (kept) removeLog(kept)
    throw error
  }
}

/** Takes the log into the file where it is sound enough for that, and moves both where it is not. */
function setAside(file: string, kept: string): void {
  try {
    const old = new (loadEngine().DatabaseSync)(file)
    try {
      old.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    } finally {
      old.close()
    }
  } catch {}
  moveWhole(file, kept)
}

/** The log is copied first, so that a file never stands without it. */
function moveWhole(from: string, to: string): void {
  const log = logBeside(from)
  if (log) {
    copyFileSync(log, `${to}-wal`)
    sync(`${to}-wal`)
  }
  renameSync(from, to)
  removeLog(from)
  sync(dirname(to))
}

/** A log of an old file must never be read into a new one. */
function removeLog(file: string): void {
  for (const path of [`${file}-wal`, `${file}-shm`]) rmSync(path, { force: true })
}

/** Throws StoreError where the file is damaged, no crmkit's, or from a newer one. */
export async function checkSqlite(path: string): Promise<Checked> {
  const place = readablePlaceOf(path)
  const database = openAt(place)
  try {
    const problems = [
      ...(await textsInThread(place, 'PRAGMA integrity_check')).filter((line) => line !== 'ok'),
      ...(await textsInThread(place, 'PRAGMA foreign_key_check')).map(
        (table) => `${table} refers to what is not there`,
      ),
    ]
    if (problems.length > 0)
      throw new StoreError(`${path} is damaged: ${problems.slice(0, PROBLEMS_SHOWN_MAX).join('; ')}.`)
    const tables = textsOf(database, "SELECT name FROM sqlite_master WHERE type = 'table'")
    if (!tables.includes('schema_migrations') || !tables.includes('workspaces'))
      throw new StoreError(`${path} is a SQLite file, but not a database of crmkit.`)
    const pending = await pendingMigrations(connect(database))
    return {
      bytes: numberOf(database, 'SELECT page_count * page_size FROM pragma_page_count, pragma_page_size'),
      workspaces:
        numberOf(database, 'SELECT count(*) FROM workspaces') -
        // Older files have no such table.
        (tables.includes('workspaces_gone') ? numberOf(database, 'SELECT count(*) FROM workspaces_gone') : 0),
      users: numberOf(database, 'SELECT count(*) FROM users'),
      pending: pending.map(({ name }) => name),
    }
  } catch (error) {
    throw error instanceof StoreError
      ? error
      : new StoreError(`${path} is damaged or no SQLite file: ${messageOf(error)}.`)
  } finally {
    database.close()
  }
}

/** A copy by itself may stand in a folder that this user can't write. Throws StoreError where the file can't be opened. */
function readablePlaceOf(path: string): string {
  try {
    const database = openAt(path)
    const place = logBeside(path) || !needsMore(database) ? path : untouched(path)
    database.close()
    return place
  } catch (error) {
    throw new StoreError(`${path} can't be opened: ${messageOf(error)}. Check whether this user may read it.`)
  }
}

function openAt(place: string): DatabaseSync {
  return new (loadEngine().DatabaseSync)(place, { readOnly: true })
}

/** Whether SQLite can read the file only by making others beside it, and can't. */
function needsMore(database: DatabaseSync): boolean {
  try {
    database.prepare('SELECT 1 FROM sqlite_master').all()
    return false
  } catch (error) {
    return messageOf(error).includes('readonly')
  }
}

function textsOf(database: DatabaseSync, sql: string): string[] {
  return database
    .prepare(sql)
    .all()
    .map((row) => String(Object.values(row as object)[0]))
}

function numberOf(database: DatabaseSync, sql: string): number {
  return Number(textsOf(database, sql)[0])
}

function withPlace(error: unknown, place: string): unknown {
  return error instanceof StoreError ? error : new StoreError(`${place} can't be written: ${messageOf(error)}.`)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
