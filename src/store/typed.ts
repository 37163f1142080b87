// Kysely over a connection of ours: one typed query builder for both engines, and for both our drivers.

import { type DatabaseConnection, type Driver, Kysely, type Dialect as KyselyDialect } from 'kysely'
import type { Row, Value } from './dialect.ts'
import type { Schema } from './schema.ts'

/** Runs SQL with the engine's own placeholders: the rows, and how many a change touched. */
export type Execute = (sql: string, parameters: readonly Value[]) => Promise<{ rows: Row[]; changes: number }>

/** How the query builder writes the SQL of an engine; the driver is ours. */
export type Writing = Omit<KyselyDialect, 'createDriver'>

/** A query builder whose statements run through `execute`, inside whatever transaction that is in. */
export function typedOver(writing: Writing, execute: Execute): Kysely<Schema> {
  return new Kysely<Schema>({ dialect: { ...writing, createDriver: () => driverOver(execute) } })
}

function driverOver(execute: Execute): Driver {
  const connection: DatabaseConnection = {
    executeQuery: async (query) => {
      const { rows, changes } = await execute(query.sql, query.parameters as readonly Value[])
      return { rows: rows as never[], numAffectedRows: BigInt(changes) }
    },
    streamQuery: () => {
      throw new Error('Streaming is not used.')
    },
  }
  const nothing = async () => {}
  const noTransaction = async () => {
    throw new Error('Transactions are opened by Database.write alone.')
  }
  return {
    init: nothing,
    acquireConnection: async () => connection,
    beginTransaction: noTransaction,
    commitTransaction: noTransaction,
    rollbackTransaction: noTransaction,
    releaseConnection: nothing,
    destroy: nothing,
  }
}
