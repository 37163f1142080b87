// The shared engine: PostgreSQL 14 and newer, many nodes, every write a transaction of its own.

import { PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely'
import pg from 'pg'
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

const POOL_MAX = 16
const POOL_FOR_OTHERS = 4
const CONNECT_MILLISECONDS_MAX = 5_000
const STATEMENT_MILLISECONDS_MAX = 10_000
const ATTEMPTS_MAX = 8
const VERSION_MIN = 140_000
/** "crmkit" in ASCII: the advisory lock that nodes migrate under. */
const MIGRATION_LOCK = 0x63726d6b

export const postgres: Dialect = {
  name: 'postgres',
  types: { text: 'text COLLATE "C"', integer: 'bigint', table: '', keyTable: '' },
  indexesLater: false,
  forUpdate: ' FOR UPDATE',
  forReference: ' FOR KEY SHARE',
  holdsItem: (list) => `strpos(',' || ${list} || ',', ',' || ?::text || ',') > 0`,
  jsonText: (column) =>
    `(SELECT CASE WHEN jsonb_typeof(j.v) IN ('string', 'boolean') THEN j.v #>> '{}' END FROM (SELECT ${column}::jsonb -> ?::text AS v) j)`,
  jsonNumber: (column) =>
    `(SELECT CASE WHEN jsonb_typeof(j.v) = 'number' THEN (j.v #>> '{}')::double precision END FROM (SELECT ${column}::jsonb -> ?::text AS v) j)`,
  jsonPresent: (column) => `coalesce(jsonb_typeof(${column}::jsonb -> ?::text) <> 'null', false)`,
  items: 'SELECT value AS item FROM json_array_elements_text(?::json)',
  unindexed: (column) => column,
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
 * old or not durable.
 */
export async function openPostgres(
  url: string,
  { migrates = true, committed = () => {} }: { migrates?: boolean; committed?: Committed } = {},
): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: url,
    max: POOL_MAX,
    connectionTimeoutMillis: CONNECT_MILLISECONDS_MAX,
    statement_timeout: STATEMENT_MILLISECONDS_MAX,
    idle_in_transaction_session_timeout: STATEMENT_MILLISECONDS_MAX,
    application_name: 'crmkit',
  })
  // A server that restarts cuts idle connections; without a listener that would end the process.
  pool.on('error', () => {})
  // Nor may one that is in use, or being given back: whoever waits for an answer on it hears of the loss anyway.
  pool.on('connect', (client) => client.on('error', () => {}))
  const prepared = preparer()
  const execute: Execute = (sql, parameters) => asDatabaseTrouble(() => run(pool, prepared(sql), parameters))
  const read = connect(execute)
  const database: Database = {
    dialect: postgres,
    read,
    write: async (job) => {
      const value = await asDatabaseTrouble(() => inTransaction(pool, prepared, job))
      committed(1)
      return value
    },
    snapshot: inTurn(SNAPSHOTS_MAX, (job) => asDatabaseTrouble(() => onSnapshot(pool, prepared, job))),
    ready: async () => {
      if (!(await schemaIsCurrent(read))) throw new StoreError('The schema is not current.')
    },
    figures: () => ({
      connections: pool.totalCount,
      connections_idle: pool.idleCount,
      writes_waiting: pool.waitingCount,
    }),
    close: () => pool.end(),
    place: placeOf(url),
    shared: true,
    turnsOfUser: POOL_MAX - POOL_FOR_OTHERS,
  }
  try {
    await assertDurable(pool)
    if (!migrates) return database
    await database.write(async (connection) => {
      await connection.rows('SELECT pg_advisory_xact_lock(?)', [MIGRATION_LOCK])
      await migrate(connection)
    })
  } catch (error) {
    await pool.end()
    if (error instanceof StoreError) throw error
    const cause = error instanceof ApiError ? error.cause : error
    throw new StoreError(`PostgreSQL at ${placeOf(url)}: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
  return database
}

async function assertDurable(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query(
    `SELECT current_setting('server_version_num')::int AS version, current_setting('fsync') AS fsync,
      current_setting('full_page_writes') AS pages, current_setting('synchronous_commit') AS commits`,
  )
  const { version, fsync, pages, commits } = rows[0]
  if (version < VERSION_MIN) throw new StoreError('PostgreSQL is too old; crmkit needs version 14 or newer.')
  if (fsync !== 'on' || pages !== 'on' || commits === 'off')
    throw new StoreError(
      'PostgreSQL runs with fsync, full_page_writes or synchronous_commit off; answered writes could be lost. Turn them on.',
    )
}

/** Runs the job again from the start when another transaction was in its way. */
async function inTransaction<T>(
  pool: pg.Pool,
  prepared: Preparer,
  job: (connection: Connection) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const client = await pool.connect()
    let broken: Error | undefined
    const noteLoss = (error: Error) => {
      broken = error
    }
    client.on('error', noteLoss)
    try {
      await client.query('BEGIN')
      const value = await job(connect((sql, parameters) => run(client, prepared(sql), parameters)))
      const { command } = await client.query('COMMIT')
      // What a statement has broken is rolled back, and the server calls that no error.
      if (command !== 'COMMIT') throw new Error('The transaction had failed before its end.')
      return value
    } catch (error) {
      await client.query('ROLLBACK').catch(noteLoss)
      if (attempt >= ATTEMPTS_MAX || !CONFLICTS.has(codeOf(error))) throw error
    } finally {
      client.off('error', noteLoss)
      client.release(broken)
    }
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * 2 ** attempt))
  }
}

/** One transaction that sees what was committed at its first statement; it takes no locks that writers would wait for. */
async function onSnapshot<T>(
  pool: pg.Pool,
  prepared: Preparer,
  job: (connection: Connection) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  const noteLoss = (error: Error) => {
    broken = error
  }
  client.on('error', noteLoss)
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    return await job(connect((sql, parameters) => run(client, prepared(sql), parameters)))
  } finally {
    await client.query('ROLLBACK').catch(noteLoss)
    client.off('error', noteLoss)
    client.release(broken)
  }
}

/** Serialization failure, deadlock, and a row referred to or a key that another transaction took away or made meanwhile. */
const CONFLICTS = new Set(['40001', '40P01', '23503', '23505'])

async function run(on: pg.Pool | pg.PoolClient, statement: Prepared, parameters: readonly Value[]) {
  const result = await on.query<Row>({ ...statement, values: [...parameters] })
  return { rows: result.rows, changes: result.rowCount ?? 0 }
}

const writing: Writing = {
  createAdapter: () => new PostgresAdapter(),
  createQueryCompiler: () => new PostgresQueryCompiler(),
  createIntrospector: (db) => new PostgresIntrospector(db),
}

function connect(execute: Execute): Connection {
  const rows = async (sql: string, parameters: readonly Value[] = []) => (await execute(sql, parameters)).rows
  return {
    dialect: postgres,
    rows,
    typed: typedOver(writing, execute),
    unchanged: (_, read) => read(),
    seen: new Set(),
  }
}

const PREPARED_MAX = 500
const PREPARED_LENGTH_MAX = 8_000

interface Prepared {
  readonly text: string
  readonly name?: string
}
type Preparer = (sql: string) => Prepared

/** `?` to `$1` …, and a name so that the server plans a statement once a connection; long ones are made for one use. */
function preparer(): Preparer {
  const statements = new Map<string, Prepared>()
  return (sql) => {
    const known = statements.get(sql)
    if (known) return known
    let count = 0
    const text = sql.replace(/\?/g, () => `$${++count}`)
    if (sql.length > PREPARED_LENGTH_MAX || statements.size >= PREPARED_MAX) return { text }
    const statement = { text, name: `s${statements.size}` }
    statements.set(sql, statement)
    return statement
  }
}

const QUERY_CANCELED = '57014'

/** Connection trouble is stated as such; anything else is a fault of ours. */
async function asDatabaseTrouble<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ApiError || error instanceof StoreError) throw error
    const code = codeOf(error)
    if (code === QUERY_CANCELED) throw fail.tookTooLong()
    const trouble =
      code === '' || /^(E[A-Z]+|08...|28...|3D000|55000|57...|53...|25006|58...|XX...|40001|40P01)$/.test(code)
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
