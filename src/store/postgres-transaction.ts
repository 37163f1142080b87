// One transaction on one connection to PostgreSQL. What need not be answered at once (BEGIN, changes of which nothing is
// read back) waits for the next statement, or for COMMIT, and goes along with it in one packet.

import { setImmediate as nextTurn } from 'node:timers/promises'
import type pg from 'pg'
import type { Value } from './dialect.ts'
import { inOnePacket, type Outcome, type Statement } from './postgres-packet.ts'

/** What follows in a transaction may take as long as it needs. */
export const UNBOUNDED = 'SET LOCAL statement_timeout = 0'
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
  let isUnbounded = false
  const send = async (...more: readonly Statement[]): Promise<Outcome> => {
    const statements = [...waiting, ...more]
    waiting = []
    begun = true
    isUnbounded ||= statements.some(({ text }) => text === UNBOUNDED)
    return (await inOnePacket(client, statements, isUnbounded)).at(-1)!
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
      await inOnePacket(client, [statement('ROLLBACK')]).catch((loss) => {
        broken = loss
      })
    throw error
  } finally {
    client.release(broken)
  }
}

/** A restart or a load balancer cuts all that idle at once; what is left of them by then is a new one. */
const READ_ATTEMPTS_MAX = 3

/**
 * Statements that only read, each seeing what is committed when its turn comes. They are asked again on another connection
 * where theirs turns out to be lost; where no other is to be had, that is thrown.
 */
export async function readAll(pool: pg.Pool, statements: readonly Statement[]): Promise<Outcome[]> {
  for (let attempt = 1; ; attempt++) {
    const client = await pool.connect()
    let lost = false
    try {
      return await inOnePacket(client, statements)
    } catch (error) {
      lost = isLoss(error)
      if (!lost || attempt === READ_ATTEMPTS_MAX) throw error
    } finally {
      client.release(lost)
    }
    // Meanwhile the pool hears of the others that were cut with it, and drops them.
    await nextTurn()
  }
}

/** Whether the connection is gone: ended by the server (57P01, 57P02, 57P05, class 08) or by the network. */
function isLoss(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string }
  return (
    /^(57P0[125]|08...|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT)$/.test(code) ||
    /Connection terminated|not queryable/.test(message)
  )
}
