// A SQLite file opened beside the server that may have it: WAL lets any number read, and a short write waits its turn.

import { existsSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import type { DatabaseSyncInstance as DatabaseSync } from '@photostructure/sqlite'
import type { Database } from './dialect.ts'
import { groupCommit } from './group-commit.ts'
import { schemaIsCurrent } from './migrate.ts'
import { common, connect, loadEngine, onSnapshot, sqlite } from './sqlite.ts'
import { foldIn } from './sqlite-log.ts'
import { NOTICE_MILLISECONDS } from './sqlite-reading.ts'
import { StoreError } from './store-error.ts'

/** A busy server leaves gaps of less than a millisecond between its commits; waiting long enough finds one. */
const BUSY_MILLISECONDS_MAX = 30_000

/** `any`: where there is no file, an empty database stands for it and nothing is made. Throws StoreError. */
export async function openSqliteBeside(file: string, wanted: 'present' | 'any'): Promise<Database> {
  const { DatabaseSync } = loadEngine()
  const present = existsSync(file)
  if (!present && wanted === 'present')
    throw new StoreError(`There is no database at ${file} yet. Start the server once, or: crmkit migrate`)
  const reader = present ? new DatabaseSync(file, { readOnly: true }) : new DatabaseSync(':memory:')
  prepare(reader)
  const read = connect(reader)
  let writer: DatabaseSync | undefined
  let queue: ReturnType<typeof groupCommit> | undefined
  const openWriter = () => {
    writer = new DatabaseSync(file)
    prepare(writer)
    writer.exec('PRAGMA synchronous = FULL')
    return groupCommit(writer, connect(writer))
  }
  return {
    dialect: sqlite,
    read,
    write: async (job) => {
      queue ??= openWriter()
      const value = await queue.write(job)
      // Whoever is told that a token is revoked may rely on it: a server that runs has noticed by then.
      await setTimeout(2 * NOTICE_MILLISECONDS)
      return value
    },
    snapshot: (_, job) => onSnapshot(file, job),
    ready: async () => {
      if (!(await schemaIsCurrent(read))) throw new StoreError('The schema is not current.')
    },
    figures: () => ({}),
    close: async () => {
      await queue?.stop()
      reader.close()
      // A server that runs may read meanwhile, and is not waited for.
      if (writer) foldIn(writer, 'PASSIVE')
      writer?.close()
    },
    place: file,
    shared: false,
    turnsOfUser: Number.POSITIVE_INFINITY,
  }
}

function prepare(database: DatabaseSync): void {
  database.exec(`${common} PRAGMA busy_timeout = ${BUSY_MILLISECONDS_MAX};`)
}

/** Whether a server holds the file; looks without holding anything itself. */
export function isServed(file: string): boolean {
  const path = `${file}-lock`
  if (!existsSync(path)) return false
  const { DatabaseSync } = loadEngine()
  const lock = new DatabaseSync(path, { readOnly: true })
  try {
    lock.exec('SELECT 1 FROM sqlite_master')
    return false
  } catch {
    return true
  } finally {
    lock.close()
  }
}
