// Many rows in few statements, of few shapes, so that the engines keep them prepared.

import type { Connection, Row, Value } from './dialect.ts'

const ROWS_A_STATEMENT = [256, 64, 16, 4, 1] as const

/** Inserts every row; `ending` follows the values, such as ON CONFLICT … RETURNING. Gives what that returns. */
export async function insertRows(
  db: Connection,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly Value[])[],
  ending = '',
): Promise<Row[]> {
  const tuple = `(${columns.map(() => '?').join(', ')})`
  const returned: Row[] = []
  for (const part of parted(rows)) {
    const values = part.map(() => tuple).join(', ')
    const sql = `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${values}${ending ? ` ${ending}` : ''}`
    returned.push(...(await db.rows(sql, part.flat())))
  }
  return returned
}

/** Runs `sql(marks)` for all the items, `marks` being a list of `?`, with `first` before them. */
export async function forItems(
  db: Connection,
  first: readonly Value[],
  items: readonly Value[],
  sql: (marks: string) => string,
): Promise<Row[]> {
  const returned: Row[] = []
  for (const part of parted(items))
    returned.push(...(await db.rows(sql(part.map(() => '?').join(', ')), [...first, ...part])))
  return returned
}

function* parted<T>(items: readonly T[]): Generator<readonly T[]> {
  let at = 0
  for (const size of ROWS_A_STATEMENT) for (; items.length - at >= size; at += size) yield items.slice(at, at + size)
}
