// The embedded engine: one file, one writing connection with group commit, one reading connection.

import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import type {
  DatabaseSyncInstance as DatabaseSync,
  SqliteModule,
  StatementSyncInstance as StatementSync,
} from '@photostructure/sqlite'
import { SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import { ApiError, fail } from '../errors.ts'
import {
  type Committed,
  type Connection,
  type Database,
  type Dialect,
  type Row,
  SNAPSHOTS_MAX,
  type Value,
} from './dialect.ts'
import { inTurn } from './in-turn.ts'
import { migrate, schemaIsCurrent } from './migrate.ts'
import { StoreError } from './store-error.ts'
import { type Execute, typedOver, type Writing } from './typed.ts'

/** Writes that share one commit at the most; more wait for the next. */
const GROUP_MAX = 256
const STATEMENTS_MAX = 1000
const CACHE_KIBIBYTES = 32 * 1024

export const sqlite: Dialect = {
  name: 'sqlite',
  types: { text: 'TEXT', integer: 'INTEGER', table: 'STRICT', keyTable: 'STRICT, WITHOUT ROWID' },
  forUpdate: '',
  forReference: '',
  holdsItem: (list) => `instr(',' || ${list} || ',', ',' || ? || ',') > 0`,
  jsonText: (column) =>
    `(SELECT CASE j.type WHEN 'text' THEN j.value WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' END FROM json_each(${column}) j WHERE j.key = ?)`,
  jsonNumber: (column) =>
    `(SELECT CASE WHEN j.type IN ('integer', 'real') THEN j.value END FROM json_each(${column}) j WHERE j.key = ?)`,
  jsonPresent: (column) => `EXISTS (SELECT 1 FROM json_each(${column}) j WHERE j.key = ? AND j.type <> 'null')`,
  wordScores: 'SELECT key AS word, value AS score FROM json_each(?)',
  no: '0',
  columns: `SELECT m.name AS "table", c.name AS "column", c.type AS "type" FROM sqlite_master m JOIN pragma_table_info(m.name) c
    WHERE m.type = 'table' ORDER BY 1, 2`,
  keys: `SELECT m.name AS "table", i.name AS "key", c.name AS "first" FROM sqlite_master m JOIN pragma_index_list(m.name) i
    JOIN pragma_index_info(i.name) c WHERE m.type = 'table' AND i."unique" = 1 AND c.seqno = 0 ORDER BY 1, 2`,
}

/** Opens (and makes, and migrates) the file. Throws StoreError when another process has it or its schema is newer. */
export async function openSqlite(file: string, committed?: Committed): Promise<Database> {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  for (const path of [file, `${file}-lock`]) makePrivate(path)
  const { DatabaseSync } = loadEngine()
  const lock = lockFile(new DatabaseSync(`${file}-lock`), file)
  const writer = new DatabaseSync(file)
  writer.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ${common}`)
  assertPragma(writer, 'journal_mode', 'wal')
  assertPragma(writer, 'synchronous', 2)
  const writing = connect(writer)
  const queue = groupCommit(writer, writing, committed)
  await queue
    .write((connection) => migrate(connection))
    .catch((error) => {
      writer.close()
      lock.close()
      throw error
    })
  for (const path of [`${file}-wal`, `${file}-shm`]) if (existsSync(path)) chmodSync(path, 0o600)
  const reader = openReader(file)
  const read = connect(reader)
  return {
    dialect: sqlite,
    read,
    write: queue.write,
    snapshot: inTurn(SNAPSHOTS_MAX, (job) => onSnapshot(file, job)),
    ready: async () => {
      if (!(await schemaIsCurrent(read))) throw new StoreError('The schema is not current.')
      // A full disk shows only when something is written.
      await queue.write((connection) => connection.rows('UPDATE schema_migrations SET checked = checked + 1'))
    },
    figures: () => ({ writes_waiting: queue.waiting() }),
    close: async () => {
      await queue.idle()
      reader.close()
      writer.close()
      lock.close()
    },
    place: file,
    shared: false,
  }
}

/** A connection of its own, whose one transaction sees the file as it was at its first statement. */
export async function onSnapshot<T>(file: string, job: (connection: Connection) => Promise<T>): Promise<T> {
  const reader = openReader(file)
  try {
    reader.exec('BEGIN')
    return await job(connect(reader))
  } finally {
    reader.close()
  }
}

function openReader(file: string): DatabaseSync {
  const { DatabaseSync } = loadEngine()
  const reader = new DatabaseSync(file, { readOnly: true })
  reader.exec(common)
  return reader
}

export const common = `PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA busy_timeout = 5000;
  PRAGMA cache_size = -${CACHE_KIBIBYTES}; PRAGMA temp_store = MEMORY;`

/** node:sqlite where it is mature, the package with the same interface below. */
export function loadEngine(): Pick<SqliteModule, 'DatabaseSync'> {
  const require = createRequire(import.meta.url)
  const major = Number(process.versions.node.split('.')[0])
  return require(major >= 24 ? 'node:sqlite' : '@photostructure/sqlite')
}

export function makePrivate(path: string): void {
  closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
}

/** Holds a file beside the database exclusively while this process lives; the system lets go of it even after kill -9. */
export function lockFile(lock: DatabaseSync, file: string): DatabaseSync {
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE; COMMIT;')
    return lock
  } catch {
    lock.close()
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

export function connect(database: DatabaseSync): Connection {
  const statements = new Map<string, StatementSync>()
  const prepared = (sql: string): StatementSync => {
    let statement = statements.get(sql)
    if (!statement) {
      if (statements.size >= STATEMENTS_MAX) statements.clear()
      statement = database.prepare(sql)
      statements.set(sql, statement)
    }
    return statement
  }
  const execute: Execute = async (sql, parameters) => {
    const statement = prepared(sql)
    if (/^\s*(select|with)|\breturning\b/i.test(sql)) return { rows: statement.all(...parameters) as Row[], changes: 0 }
    return { rows: [], changes: Number(statement.run(...parameters).changes) }
  }
  const rows = async (sql: string, parameters: readonly Value[] = []) => (await execute(sql, parameters)).rows
  return { dialect: sqlite, rows, typed: typedOver(writing, execute) }
}

interface Waiting {
  readonly job: (connection: Connection) => Promise<unknown>
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
}

/**
 * One transaction for all who wait, one savepoint for each: they share the fsync of a single commit, and are answered
 * only after it.
 */
export function groupCommit(database: DatabaseSync, connection: Connection, committed: Committed = () => {}) {
  const waiting: Waiting[] = []
  let running: Promise<void> | undefined
  const write = <T>(job: (connection: Connection) => Promise<T>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      waiting.push({ job, resolve: resolve as Waiting['resolve'], reject })
      running ??= afterThisTurn().then(commitAll)
    })
  const commitAll = async () => {
    while (waiting.length > 0) {
      const group = waiting.splice(0, GROUP_MAX)
      if (await commitGroup(database, connection, group)) committed(group.length)
      await afterThisTurn()
    }
    running = undefined
  }
  return { write, waiting: () => waiting.length, idle: async () => await running }
}

/** Lets the requests that have arrived meanwhile join. */
function afterThisTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Whether it was committed. */
async function commitGroup(
  database: DatabaseSync,
  connection: Connection,
  group: readonly Waiting[],
): Promise<boolean> {
  const done: { waiting: Waiting; value: unknown }[] = []
  try {
    database.exec('BEGIN IMMEDIATE')
    for (const waiting of group) {
      database.exec('SAVEPOINT job')
      try {
        done.push({ waiting, value: await waiting.job(connection) })
      } catch (error) {
        if (!database.isTransaction) throw error
        database.exec('ROLLBACK TO job')
        waiting.reject(refusal(error))
      }
      database.exec('RELEASE job')
    }
    database.exec('COMMIT')
  } catch (error) {
    // A full disk or a failing one ends the whole transaction: nobody's change was kept.
    if (database.isTransaction) database.exec('ROLLBACK')
    for (const waiting of group) waiting.reject(refusal(error))
    return false
  }
  for (const { waiting, value } of done) waiting.resolve(value as never)
  return true
}

/** Trouble of the disk (busy, full, I/O) is stated as such; anything else is a fault of ours. */
function refusal(error: unknown): unknown {
  if (error instanceof ApiError) return error
  const code = (error as { errcode?: number }).errcode
  const primary = code === undefined ? undefined : code & 0xff
  return primary !== undefined && DISK_TROUBLE.has(primary) ? Object.assign(fail.notReady(), { cause: error }) : error
}

/** SQLITE_BUSY, LOCKED, NOMEM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN. */
const DISK_TROUBLE = new Set([5, 6, 7, 8, 10, 11, 13, 14])
