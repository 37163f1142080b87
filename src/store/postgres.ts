// The shared engine: PostgreSQL 14 and newer, many nodes, every write a transaction of its own.

import { setTimeout as aMoment } from 'node:timers/promises'
import { PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely'
import pg from 'pg'
import { ApiError, fail } from '../errors.ts'
import {
  type Committed,
  type Connection,
  type Database,
  type Dialect,
  SNAPSHOTS,
  tuplesOf,
  type Value,
  WAITING_MAX,
} from './dialect.ts'
import { schemaIsCurrent } from './migrate.ts'
import { EndingClient } from './postgres-client.ts'
import { assertFit } from './postgres-fit.ts'
import { migrateWhenFree } from './postgres-migrate.ts'
import type { Outcome, Statement } from './postgres-packet.ts'
import { preparer } from './postgres-prepared.ts'
import { countsGrown } from './postgres-statistics.ts'
import { type Preparer, readAll, type Transaction, transact, UNBOUNDED } from './postgres-transaction.ts'
import { rememberingEach } from './remembering.ts'
import { tableIndex } from './search-best.ts'
import { seeing } from './seen.ts'
import { inShares, type Limits } from './shares.ts'
import { StoreError } from './store-error.ts'
import { together } from './together.ts'
import { type Execute, typedOver, type Writing } from './typed.ts'

const POOL_MAX = 16
const POOL_FOR_OTHERS = 4
/** Of the pool, for questions that no index answers, and for those of one workspace. */
const ASIDE: Limits = { max: 4, ofOneMax: 2, ofOneWaitingMax: WAITING_MAX }
const CONNECT_MILLISECONDS_MAX = 5_000
const STATEMENT_MILLISECONDS_MAX = 10_000
/** After so long without a word an idle connection is asked whether anybody is there; a machine that is gone says nothing. */
const KEEP_ALIVE_MILLISECONDS = 5_000
/** A server that hangs answers no farewell. */
const CLOSE_MILLISECONDS_MAX = 1_000
const ATTEMPTS_MAX = 8
/** Look-ups that arrive meanwhile wait for one of these, which takes less than a millisecond. */
const LOOK_UPS = { askedMax: 100, underWayMax: 2 }

export const postgres: Dialect = {
  name: 'postgres',
  types: {
    ...{ text: 'text COLLATE "C"', integer: 'bigint', table: '', keyTable: '' },
    coverKey: (table, key, column) => [
      `ALTER TABLE ${table} DROP CONSTRAINT ${table}_pkey, ADD PRIMARY KEY (${key.join(', ')}) INCLUDE (${column})`,
    ],
  },
  words: tableIndex,
  removesLater: false,
  countsChanges: true,
  workspaceLock: {
    shared: 'SELECT pg_advisory_xact_lock_shared(hashtextextended(?, 0))',
    exclusive: 'SELECT pg_advisory_xact_lock(hashtextextended(?, 0))',
  },
  forUpdate: ' FOR UPDATE',
  forShare: ' FOR SHARE',
  forReference: ' FOR KEY SHARE',
  forCount: ' FOR NO KEY UPDATE',
  unbounded: UNBOUNDED,
  holdsItem: (list) => `strpos(',' || ${list} || ',', ',' || ?::text || ',') > 0`,
  itemsOf: (list) => `SELECT unnest(string_to_array(${list}, ',')) AS item`,
  jsonText: (column) =>
    `(SELECT CASE WHEN jsonb_typeof(j.v) IN ('string', 'boolean') THEN j.v #>> '{}' END FROM (SELECT ${column}::jsonb -> ?::text AS v) j)`,
  jsonNumber: (column) =>
    `(SELECT CASE WHEN jsonb_typeof(j.v) = 'number' THEN (j.v #>> '{}')::double precision END FROM (SELECT ${column}::jsonb -> ?::text AS v) j)`,
  numberSought: '?::double precision',
  jsonPresent: (column) => `coalesce(jsonb_typeof(${column}::jsonb -> ?::text) <> 'null', false)`,
  items: 'SELECT value AS item FROM json_array_elements_text(?::json)',
  rowsOfLists: (isNumber) =>
    `SELECT ${isNumber.map((is, at) => (is ? `c${at}::bigint` : `c${at}`)).join(', ')} FROM ROWS FROM (${isNumber
      .map(() => 'json_array_elements_text(?::json)')
      .join(', ')}) AS r (${isNumber.map((_, at) => `c${at}`).join(', ')})`,
  position: (column, sought) => `strpos(${column}, ${sought})`,
  no: 'false',
  columns: `SELECT table_name AS "table", column_name AS "column", data_type AS "type" FROM information_schema.columns
    WHERE table_schema = current_schema() ORDER BY 1, 2`,
  keys: `SELECT t.relname AS "table", k.relname AS "key", a.attname AS "first" FROM pg_index i
    JOIN pg_class t ON t.oid = i.indrelid JOIN pg_class k ON k.oid = i.indexrelid
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0]
    WHERE i.indisunique AND t.relnamespace = current_schema()::regnamespace ORDER BY 1, 2`,
}

pg.types.setTypeParser(pg.types.builtins.INT8, Number)

/**
 * Opens (and, unless told otherwise, migrates) the database. Throws StoreError where the server does not answer, is too
 * old or not durable, or does not keep every character.
 */
export async function openPostgres(
  url: string,
  { migrates = true, committed = () => {} }: { migrates?: boolean; committed?: Committed } = {},
): Promise<Database> {
  const pool = new pg.Pool({
    ...{ connectionString: url, Client: EndingClient },
    max: POOL_MAX,
    connectionTimeoutMillis: CONNECT_MILLISECONDS_MAX,
    statement_timeout: STATEMENT_MILLISECONDS_MAX,
    idle_in_transaction_session_timeout: STATEMENT_MILLISECONDS_MAX,
    ...{ application_name: 'crmkit', keepAlive: true, keepAliveInitialDelayMillis: KEEP_ALIVE_MILLISECONDS },
  })
  // A server that restarts cuts idle connections; without a listener that would end the process.
  pool.on('error', () => {})
  // Nor may one that is in use, or being given back: whoever waits for an answer on it hears of the loss anyway.
  pool.on('connect', (client) => client.on('error', () => {}))
  const prepared = preparer()
  const ask = async (statements: readonly Statement[]) => readAll(pool, statements)
  const lookUp = together(LOOK_UPS, (statements: readonly Statement[]) => eachOnce(statements, ask))
  const execute: Execute = (sql, values) =>
    asDatabaseTrouble(async () => (await ask([{ ...prepared(sql), values }]))[0]!)
  const nothingWaits = async (sql: string, values: readonly Value[]) => void (await execute(sql, values))
  const read = connect(execute, {
    one: (sql, values) => asDatabaseTrouble(async () => (await lookUp({ ...prepared(sql), values })).rows[0]),
    ...{ change: nothingWaits, changeLast: nothingWaits, unchanged: rememberingEach() },
  })
  const seen = new Set<string>()
  const countGrown = countsGrown(pool)
  const exporting = inShares(SNAPSHOTS)
  const asking = inShares(ASIDE)
  const database: Database = {
    dialect: postgres,
    read: {
      ...read,
      aside: (workspaceId, job) => asking(workspaceId, () => job(read)),
    },
    write: async (job) => {
      const value = await asDatabaseTrouble(() => inTransaction(pool, prepared, seen, job), fail.notReady)
      committed(1)
      countGrown()
      return value
    },
    snapshot: (workspaceId, job) =>
      exporting(workspaceId, () =>
        asDatabaseTrouble(() =>
          transact(pool, prepared, SNAPSHOT, async (transaction) => {
            await transaction.execute(WAITS_FOR_READERS, [])
            return job(connectTo(transaction))
          }),
        ),
      ),
    ready: async () => {
      if (!(await schemaIsCurrent(read))) throw new StoreError('The schema is not current.')
      const row = await read.one("SELECT current_setting('transaction_read_only') AS only", [])
      if (row?.only !== 'off') throw new StoreError('The database can only be read.')
    },
    figures: () => ({
      connections: pool.totalCount,
      connections_idle: pool.idleCount,
      writes_waiting: pool.waitingCount,
    }),
    close: () => Promise.race([pool.end(), aMoment(CLOSE_MILLISECONDS_MAX, undefined, { ref: false })]),
    place: placeOf(url),
    shared: true,
    turnsOfUser: POOL_MAX - POOL_FOR_OTHERS,
  }
  try {
    await assertFit(pool, STATEMENT_MILLISECONDS_MAX)
    if (!migrates) return database
    await migrateWhenFree(database)
  } catch (error) {
    await pool.end()
    if (error instanceof StoreError) throw error
    const cause = (error instanceof ApiError && error.cause) || error
    throw new StoreError(`PostgreSQL at ${placeOf(url)}: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
  return database
}

/** The same question of several is put once; the answers come in the order of the questions. */
async function eachOnce(
  statements: readonly Statement[],
  ask: (statements: readonly Statement[]) => Promise<readonly Outcome[]>,
): Promise<Outcome[]> {
  if (statements.length === 1) return [...(await ask(statements))]
  const keys = statements.map(({ name, text, values }) => JSON.stringify([name ?? text, values]))
  const different = new Map(keys.map((key, at) => [key, statements[at]!]))
  const outcomes = await ask([...different.values()])
  const answers = new Map([...different.keys()].map((key, at) => [key, outcomes[at]!]))
  return keys.map((key) => answers.get(key)!)
}

/** Runs the job again from the start when another transaction was in its way. */
async function inTransaction<T>(
  pool: pg.Pool,
  prepared: Preparer,
  committed: Set<string>,
  job: (connection: Connection) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      const { seen, keep } = seeing(committed)
      const value = await transact(pool, prepared, 'BEGIN', (transaction) =>
        job(connectTo(transaction, { seen, isAgain: attempt > 1 })),
      )
      keep()
      return value
    } catch (error) {
      if (attempt >= ATTEMPTS_MAX || !CONFLICTS.has(codeOf(error))) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * 2 ** attempt))
  }
}

/** One transaction that sees what was committed at its first statement; it takes no locks that writers would wait for. */
const SNAPSHOT = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'

/** Whoever takes an export may pause for longer than a transaction may idle otherwise; who pauses for long is cut off by us. */
const WAITS_FOR_READERS = 'SET LOCAL idle_in_transaction_session_timeout = 0'

/** Serialization failure, deadlock, and a row referred to or a key that another transaction took away or made meanwhile. */
const CONFLICTS = new Set(['40001', '40P01', '23503', '23505'])

const writing: Writing = {
  createAdapter: () => new PostgresAdapter(),
  createQueryCompiler: () => new PostgresQueryCompiler(),
  createIntrospector: (db) => new PostgresIntrospector(db),
}

type More = Pick<Connection, 'one' | 'change' | 'changeLast'> &
  Partial<Pick<Connection, 'seen' | 'unchanged' | 'isAgain'>>

function connectTo({ execute, change, changeLast }: Transaction, of: Partial<More> = {}): Connection {
  const one: More['one'] = async (sql, parameters) => (await execute(sql, parameters)).rows[0]
  return connect(execute, { one, change, changeLast, ...of })
}

function connect(execute: Execute, more: More): Connection {
  let typed: Connection['typed'] | undefined
  const rows: Connection['rows'] = async (sql, parameters = []) => (await execute(sql, parameters)).rows
  return {
    dialect: postgres,
    rows,
    tuples: tuplesOf(rows),
    tuple: async (sql, parameters) => {
      const row = await more.one(sql, parameters)
      return row && Object.values(row)
    },
    seen: new Set(),
    // A transaction does not see in `changes` what it did itself.
    unchanged: (_, read) => read(),
    unchangedPeople: (_, read) => read(),
    ...more,
    // Most transactions have no use for it.
    get typed() {
      typed ??= typedOver(writing, execute)
      return typed
    },
  }
}

const QUERY_CANCELED = '57014'

/** Trouble of the connection, and others who are in the way again and again, are stated as such; the rest is a fault of ours. */
async function asDatabaseTrouble<T>(work: () => Promise<T>, gaveUp = fail.tookTooLong): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ApiError || error instanceof StoreError) throw error
    const code = codeOf(error)
    if (code === QUERY_CANCELED) throw gaveUp()
    const trouble =
      code === '' ||
      /^(E[A-Z]+|08...|28...|3D000|55000|55P03|57...|53...|25006|25P0[34]|58...|XX...|40001|40P01|23505)$/.test(code)
    throw trouble && isDriverError(error) ? Object.assign(fail.notReady(), { cause: error }) : error
  }
}

function isDriverError(error: unknown): boolean {
  return error instanceof Error && (codeOf(error) !== '' || /connection|timeout|pool/i.test(error.message))
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : ''
}

function placeOf(url: string): string {
  const { hostname, port, pathname } = new URL(url)
  return `postgres://${hostname}${port ? `:${port}` : ''}${pathname}`
}
