// The embedded engine: one file, one writing connection with group commit, one reading connection.

import { chmodSync, existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import type { DatabaseSyncInstance as DatabaseSync, SqliteModule } from '@photostructure/sqlite'
import { SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import { makeFolder } from '../settings/make-folder.ts'
import { readAside } from './aside.ts'
import { type Committed, type Connection, type Database, type Dialect, SNAPSHOTS, WAITING_MAX } from './dialect.ts'
import { tidyIndex } from './fts-index.ts'
import { ftsIndex } from './fts-search.ts'
import { type Committing, groupCommit } from './group-commit.ts'
import { migrate, schemaIsCurrent } from './migrate.ts'
import { rememberingAll } from './remembering.ts'
import { recentlySeen } from './seen.ts'
import { inShares } from './shares.ts'
import { type Folding, foldAside, foldIn } from './sqlite-log.ts'
import { assertRoom, makePrivate, sameFile } from './sqlite-place.ts'
import { changesBeside, viewOfTurn } from './sqlite-reading.ts'
import { type PeopleChanges, type Prepared, prepare } from './sqlite-statements.ts'
import { isBusy, statedTrouble } from './sqlite-trouble.ts'
import { StoreError } from './store-error.ts'
import { type Execute, typedOver, type Writing } from './typed.ts'
import { removeSomeRows } from './workspace-rows.ts'

/** Kept ready where they come again; longer ones are hardly the same twice, and take the more memory. */
const [STATEMENTS_MAX, STATEMENT_LENGTH_MAX] = [500, 4_000]
const CACHE_KIBIBYTES = 32 * 1024
/** Who else has the file, such as a command that folds its log in, is waited for. */
export const BUSY_MILLISECONDS = 5_000
/**
 * Less for the connection that writes: whenever a commit has split a page, SQLite goes through all of its cache at the end,
 * as pages that change places are kept under a number beyond the file's last meanwhile.
 */
export const WRITER_CACHE_KIBIBYTES = 4 * 1024
/** Small, as a commit writes every page that it touched, and keys at random touch one each. */
const PAGE_BYTES = 2048
/** The log grows to 64 MiB before it is folded in, so that pages touched again and again are written back once. */
export const CHECKPOINT_PAGES = (64 << 20) / PAGE_BYTES
/** What is beyond it of a log that a reader held is given back to the disk. */
const LOG_BYTES_MAX = 96 << 20

export const sqlite: Dialect = {
  name: 'sqlite',
  types: { text: 'TEXT', integer: 'INTEGER', table: 'STRICT', keyTable: 'STRICT, WITHOUT ROWID', coverKey: () => [] },
  words: ftsIndex,
  removesLater: true,
  countsChanges: false,
  forUpdate: '',
  forShare: '',
  forReference: '',
  forCount: '',
  inList: (column) => `${column} IN (SELECT value FROM json_each(?))`,
  holdsItem: (list) => `instr(',' || ${list} || ',', ',' || ? || ',') > 0`,
  itemsOf: (list) =>
    `SELECT value AS item FROM json_each('["' || replace(replace(replace(${list}, '\\', '\\\\'), '"', '\\"'), ',', '","') || '"]')`,
  jsonText: (column) =>
    `(SELECT CASE j.type WHEN 'text' THEN j.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' END FROM json_each(${column}) j WHERE j.key = ?)`,
  jsonNumber: (column) =>
    `(SELECT CASE WHEN j.type IN ('integer', 'real') THEN j.value END FROM json_each(${column}) j WHERE j.key = ?)`,
  // SQLite reads digits in a way of its own, so that a very small number is another than the one bound as it is.
  numberSought: "json_extract(?, '$')",
  jsonPresent: (column) => `EXISTS (SELECT 1 FROM json_each(${column}) j WHERE j.key = ? AND j.type <> 'null')`,
  items: 'SELECT value AS item FROM json_each(?)',
  unindexed: (column) => `+${column}`,
  leavingFew: (condition) => `unlikely(${condition})`,
  position: (column, sought) => `instr(${column}, ${sought})`,
  no: '0',
  columns: `SELECT m.name AS "table", c.name AS "column", c.type AS "type" FROM sqlite_master m JOIN pragma_table_info(m.name) c
    JOIN pragma_table_list(m.name) l ON l.schema = 'main' AND l.type <> 'shadow' WHERE m.type = 'table' ORDER BY 1, 2`,
  keys: `SELECT m.name AS "table", i.name AS "key", c.name AS "first" FROM sqlite_master m JOIN pragma_index_list(m.name) i
    JOIN pragma_index_info(i.name) c WHERE m.type = 'table' AND i."unique" = 1 AND c.seqno = 0 ORDER BY 1, 2`,
}

/** Opens (and makes, and migrates) the file. Throws StoreError when another process has it or its schema is newer. */
export async function openSqlite(file: string, committed?: Committed): Promise<Database> {
  makeFolder(dirname(file), 'CRMKIT_DATABASE_URL')
  for (const path of [file, `${file}-lock`]) makePrivate(path)
  const { DatabaseSync } = loadEngine()
  const lock = lockFile(new DatabaseSync(`${file}-lock`), file)
  const writer = new DatabaseSync(file)
  writer.exec(
    `PRAGMA busy_timeout = ${BUSY_MILLISECONDS}; PRAGMA page_size = ${PAGE_BYTES}; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ${common}`,
  )
  assertPragma(writer, 'journal_mode', 'wal')
  assertPragma(writer, 'synchronous', 2)
  const people = { changed: false }
  let folding: Folding | undefined
  const queue = groupCommit(writer, connect(writer, { people }), {
    ...{ tidy, onCommit: committed, people, assertKept: sameFile(file), between: async () => folding?.between() },
  })
  await queue.write(migrate).catch((error) => {
    writer.close()
    lock.close()
    throw error
  })
  writer.exec(
    `PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = ${LOG_BYTES_MAX}; PRAGMA cache_size = -${WRITER_CACHE_KIBIBYTES}`,
  )
  for (const path of [`${file}-wal`, `${file}-shm`]) if (existsSync(path)) chmodSync(path, 0o600)
  folding = foldAside(enginePath(), file, CHECKPOINT_PAGES)
  const reader = openReader(file)
  const aside = readAside({ engine: enginePath(), file, pragmas: common })
  const view = viewOfTurn(reader, queue.commits)
  const snapshots = new Set<DatabaseSync>()
  const exporting = inShares(SNAPSHOTS)
  const asking = inShares({ max: 1, ofOneMax: 1, ofOneWaitingMax: WAITING_MAX })
  const reading = connect(reader, { before: view.begin, refusal: statedTrouble })
  const beside = changesBeside(writer, view.end)
  const read: Connection = {
    ...reading,
    unchanged: rememberingAll(() => beside() + queue.commits()),
    unchangedPeople: rememberingAll(() => beside() + queue.commitsOfPeople()),
    aside: (workspaceId, job) => asking(workspaceId, () => job({ ...reading, ...aside.reading })),
  }
  return {
    dialect: sqlite,
    read,
    write: queue.write,
    snapshot: (workspaceId, job) =>
      exporting(workspaceId, async () => {
        // Those who export again and again would leave no moment for it.
        if (snapshots.size === 0 && folding.isHeld()) await queue.write(folding.whole, 'large').catch(() => {})
        return onSnapshot(file, job, snapshots)
      }).catch((error) => {
        throw statedTrouble(error)
      }),
    ready: async () => {
      if (!(await schemaIsCurrent(read))) throw new StoreError('The schema is not current.')
      // A failing disk shows only when something is written, and a full one may still have room for so little.
      await queue.write((connection) => connection.rows('UPDATE schema_migrations SET checked = checked + 1'))
      await assertRoom(dirname(file))
    },
    figures: () => ({ writes_waiting: queue.waiting() }),
    close: async () => {
      await queue.stop()
      await aside.stop()
      await folding.stop()
      view.end()
      reader.close()
      // Whoever still takes an export takes no more of it, and would keep the log from being folded in.
      for (const snapshot of snapshots) endSnapshot(snapshot)
      snapshots.clear()
      foldIn(writer, 'TRUNCATE')
      writer.close()
      folding.close()
      lock.close()
    },
    place: file,
    shared: false,
    turnsOfUser: Number.POSITIVE_INFINITY,
  }
}

const tidy: Committing['tidy'] = async (db, isBusy) => (await removeSomeRows(db)) || (!isBusy && (await tidyIndex(db)))

/**
 * A connection of its own, whose one transaction sees the file as it was at its first statement. It is among `open` while
 * it is; who takes it from there and closes it ends the job.
 */
export async function onSnapshot<T>(
  file: string,
  job: (connection: Connection) => Promise<T>,
  open = new Set<DatabaseSync>(),
): Promise<T> {
  const reader = openReader(file)
  open.add(reader)
  try {
    reader.exec('BEGIN')
    return await job(connect(reader))
  } finally {
    if (open.delete(reader)) endSnapshot(reader)
  }
}

/** A connection whose statements are not collected yet stays open in secret, with its view of the file. */
function endSnapshot(reader: DatabaseSync): void {
  if (reader.isTransaction) reader.exec('ROLLBACK')
  reader.close()
}

function openReader(file: string): DatabaseSync {
  const { DatabaseSync } = loadEngine()
  const reader = new DatabaseSync(file, { readOnly: true })
  reader.exec(common)
  return reader
}

export const common = `PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA busy_timeout = ${BUSY_MILLISECONDS};
  PRAGMA cache_size = -${CACHE_KIBIBYTES}; PRAGMA temp_store = MEMORY;`

/** node:sqlite where it is mature, the package with the same interface below. */
export function loadEngine(): Pick<SqliteModule, 'DatabaseSync'> {
  return createRequire(import.meta.url)(enginePath())
}

export function enginePath(): string {
  const major = Number(process.versions.node.split('.')[0])
  return major >= 24 ? 'node:sqlite' : createRequire(import.meta.url).resolve('@photostructure/sqlite')
}

/** Holds a file beside the database exclusively while this process lives; the system lets go of it even after kill -9. */
export function lockFile(lock: DatabaseSync, file: string): DatabaseSync {
  try {
    // Who only looks whether a server runs is gone in a moment.
    lock.exec(
      'PRAGMA busy_timeout = 200; PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE; COMMIT;',
    )
    return lock
  } catch (error) {
    lock.close()
    if (!isBusy(error)) throw new StoreError(`${file}-lock can't be locked: ${(error as Error).message}.`)
    throw new StoreError(
      `Another crmkit has ${file} open. Stop that one first, or use PostgreSQL, which several can share.`,
    )
  }
}

function assertPragma(database: DatabaseSync, name: string, expected: string | number): void {
  const row = database.prepare(`PRAGMA ${name}`).get() as Record<string, unknown>
  if (Object.values(row)[0] !== expected)
    throw new StoreError(`SQLite refuses ${name}=${expected}, without which answered writes could be lost.`)
}

const writing: Writing = {
  createAdapter: () => new SqliteAdapter(),
  createQueryCompiler: () => new SqliteQueryCompiler(),
  createIntrospector: (db) => new SqliteIntrospector(db),
}

/** Keeps what is asked for a second time: the engine's memory of one that was used once is soon free again. */
function keeping(make: (sql: string) => Prepared): (sql: string) => Prepared {
  const kept = new Map<string, Prepared>()
  const once = new Set<string>()
  return (sql) => {
    const known = kept.get(sql)
    if (known) return known
    const statement = make(sql)
    if (sql.length > STATEMENT_LENGTH_MAX) return statement
    if (once.delete(sql)) {
      if (kept.size >= STATEMENTS_MAX) kept.clear()
      kept.set(sql, statement)
    } else {
      if (once.size >= STATEMENTS_MAX) once.clear()
      once.add(sql)
    }
    return statement
  }
}

interface Connecting {
  /** Is called ahead of each statement. */
  readonly before?: () => void
  /** Hears of statements that change people. */
  readonly people?: PeopleChanges
  /** What is thrown for what SQLite throws. */
  readonly refusal?: (error: unknown) => unknown
}

export function connect(
  database: DatabaseSync,
  { before = () => {}, people = { changed: false }, refusal = (error) => error }: Connecting = {},
): Connection {
  const prepared = keeping((sql) => prepare(database, sql, people))
  const run = <T>(sql: string, job: (statement: Prepared) => T): T => {
    try {
      before()
      return job(prepared(sql))
    } catch (error) {
      throw refusal(error)
    }
  }
  const execute: Execute = async (sql, parameters) =>
    run(sql, ({ all, named }) => {
      const { tuples, changes } = all(parameters)
      return { rows: tuples.map(named), changes }
    })
  const rows: Connection['rows'] = async (sql, parameters = []) => (await execute(sql, parameters)).rows
  const one: Connection['one'] = async (sql, parameters) =>
    run(sql, ({ first, named }) => {
      const tuple = first(parameters)
      return tuple && named(tuple)
    })
  const tuples: Connection['tuples'] = async (sql, parameters) => run(sql, ({ all }) => all(parameters).tuples)
  const tuple: Connection['tuple'] = async (sql, parameters) => run(sql, ({ first }) => first(parameters))
  // What a statement gives that has no rows is nothing, and quicker than how many it changed.
  const change: Connection['change'] = async (sql, parameters) => void (await tuple(sql, parameters))
  return {
    ...{ dialect: sqlite, rows, one, tuples, tuple, change, changeLast: change, typed: typedOver(writing, execute) },
    unchanged: (_, read) => read(),
    unchangedPeople: (_, read) => read(),
    ...{ seen: recentlySeen(), late: [] },
  }
}
