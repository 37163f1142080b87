// What the server's own code asks of a database, noted as it is asked.

import type { Connection, Value } from '../src/store/dialect.ts'

export type Asked = 'rows' | 'one' | 'change' | 'changeLast'

/** A connection that asks `db`, and tells `note` of each statement before it does. */
export function noting(
  db: Connection,
  note: (as: Asked, sql: string, parameters: readonly Value[]) => void,
): Connection {
  const noted =
    <T>(as: Asked, ask: (sql: string, parameters: readonly Value[]) => Promise<T>) =>
    (sql: string, parameters: readonly Value[] = []) => {
      note(as, sql, parameters)
      return ask(sql, parameters)
    }
  return {
    ...db,
    ...{ rows: noted('rows', db.rows), one: noted('one', db.one) },
    ...{ change: noted('change', db.change), changeLast: noted('changeLast', db.changeLast) },
  }
}
