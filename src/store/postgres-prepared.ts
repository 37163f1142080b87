// Statements that PostgreSQL plans once for a connection.

import type { Preparer } from './postgres-transaction.ts'

const PREPARED_MAX = 500
const PREPARED_LENGTH_MAX = 8_000

/** `?` to `$1` …, and a name so that the server plans a statement once a connection; long ones are made for one use. */
export function preparer(): Preparer {
  const statements = new Map<string, ReturnType<Preparer>>()
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
