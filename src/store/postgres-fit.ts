// Whether a PostgreSQL is one that keeps what it answers for.

import type pg from 'pg'
import { StoreError } from './store-error.ts'

const VERSION_MIN = 140_000

/**
 * Throws StoreError where the server is too old or not durable, the database does not keep every character, or something
 * between keeps from it how long a statement may take.
 */
export async function assertFit(pool: pg.Pool, statementMilliseconds: number): Promise<void> {
  const { rows } = await pool.query(
    `SELECT current_setting('server_version_num')::int AS version, current_setting('fsync') AS fsync,
      current_setting('full_page_writes') AS pages, current_setting('synchronous_commit') AS commits,
      current_setting('server_encoding') AS encoding, current_database() AS name,
      (SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout') AS statement_milliseconds`,
  )
  const { version, fsync, pages, commits, encoding, name, statement_milliseconds: milliseconds } = rows[0]
  if (version < VERSION_MIN) throw new StoreError('PostgreSQL is too old; crmkit needs version 14 or newer.')
  if (fsync !== 'on' || pages !== 'on' || commits === 'off')
    throw new StoreError(
      'PostgreSQL runs with fsync, full_page_writes or synchronous_commit off; answered writes could be lost. Turn them on.',
    )
  if (milliseconds !== statementMilliseconds)
    throw new StoreError(
      'PostgreSQL does not have the statement_timeout of this connection: a pooler such as PgBouncer stands between, or the URL names another. Give the address of the server itself, as each node keeps a pool of its own.',
    )
  if (encoding !== 'UTF8')
    throw new StoreError(
      `The database ${name} keeps text in ${encoding}, which does not have every character. Make one with: createdb --encoding=UTF8 --template=template0 <name>`,
    )
}
