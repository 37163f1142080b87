// One transaction on one connection to PostgreSQL. What need not be answered at once (BEGIN, changes of which nothing is
// read back) waits for the next statement, or for COMMIT, and goes along with it in one packet.

import type pg from 'pg'
import type { Value } from './dialect.ts'
import { inOnePacket, type Outcome, type Statement } from './postgres-packet.ts'

/** Changes that wait; one more sends them. */
const WAITING_MAX = 64

/** A transaction as its job sees it. */
export interface Transaction {
  readonly execute: (sql: string, parameters: readonly Value[]) => Promise<Outcome>
  /** A change that may wait for the next statement. */
  readonly change: (sql: string, parameters: readonly Value[]) => Promise<void>
  /** A change that waits for the commit. */
  readonly changeLast: (sql: string, parameters: readonly Value[]) => Promise<void>
}

export type Preparer = (sql: string) => Omit<Statement, 'values'>

/** Runs the job once, from `begin` to COMMIT. Throws what a statement, the job or the commit threw; nothing is kept then. */
export async function transact<T>(
  pool: pg.Pool,
  prepared: Preparer,
  begin: string,
  job: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  const statement = (sql: string, values: readonly Value[] = []): Statement => ({ ...prepared(sql), values })
  let waiting: Statement[] = [statement(begin)]
  let last: Statement[] = []
  let begun = false
  const send = async (...more: readonly Statement[]): Promise<Outcome> => {
    const statements = [...waiting, ...more]
    waiting = []
    begun = true
    return (await inOnePacket(client, statements)).at(-1)!
  }
  const transaction: Transaction = {
    execute: (sql, parameters) => send(statement(sql, parameters)),
    change: async (sql, parameters) => {
      waiting.push(statement(sql, parameters))
      if (waiting.length > WAITING_MAX) await send()
    },
    changeLast: async (sql, parameters) => {
      last.push(statement(sql, parameters))
      if (last.length <= WAITING_MAX) return
      waiting.push(...last)
      last = []
      await send()
    },
  }
  try {
    const value = await job(transaction)
    const isEmpty = !begun && waiting.length === 1 && last.length === 0
    const { command } = isEmpty ? { command: 'COMMIT' } : await send(...last, statement('COMMIT'))
    // What a statement has broken is rolled back, and the server calls that no error.
    if (command !== 'COMMIT') throw new Error('The transaction had failed before its end.')
    return value
  } catch (error) {
    if (begun)
      await client.query('ROLLBACK').catch((loss) => {
        broken = loss
      })
    throw error
  } finally {
    client.release(broken)
  }
}

/** Statements that only read, each seeing what is committed when its turn comes. */
export async function readAll(pool: pg.Pool, statements: readonly Statement[]): Promise<Outcome[]> {
  const client = await pool.connect()
  try {
    return await inOnePacket(client, statements)
  } finally {
    // One that was lost says so itself, and the pool drops it.
    client.release()
  }
}
