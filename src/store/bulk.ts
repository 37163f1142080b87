// Many rows in few statements, of few shapes, so that the engines keep them prepared.

import type { Connection, Row, Value } from './dialect.ts'

const ROWS_A_STATEMENT = [256, 64, 16, 4, 1] as const
const LISTED_ROWS_MAX = 1_000

/** Inserts every row; `ending` follows the values, such as ON CONFLICT … */
export async function insertRows(
  db: Connection,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly Value[])[],
  ending = '',
): Promise<void> {
  for (const { sql, parameters } of insertions(db, table, columns, rows, ending)) await db.change(sql, parameters)
}

/** The same, and gives what `ending` returns. */
export async function insertReturning(
  db: Connection,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly Value[])[],
  ending: string,
): Promise<Row[]> {
  const returned: Row[] = []
  for (const { sql, parameters } of insertions(db, table, columns, rows, ending))
    returned.push(...(await db.rows(sql, parameters)))
  return returned
}

interface Insertion {
  readonly sql: string
  readonly parameters: readonly Value[]
}

function* insertions(
  db: Connection,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly Value[])[],
  ending: string,
): Generator<Insertion> {
  const into = (source: string) => `INSERT INTO ${table} (${columns.join(', ')}) ${source}${ending ? ` ${ending}` : ''}`
  const { rowsOfLists } = db.dialect
  // The type of a column is that of its values; nothing has none.
  if (rowsOfLists && rows.length > 1 && rows.every((row) => !row.includes(null))) {
    const sql = into(rowsOfLists(columns.map((_, column) => typeof rows[0]![column] === 'number')))
    for (let at = 0; at < rows.length; at += LISTED_ROWS_MAX) {
      const part = rows.slice(at, at + LISTED_ROWS_MAX)
      yield { sql, parameters: columns.map((_, column) => JSON.stringify(part.map((row) => row[column]!))) }
    }
    return
  }
  const tuple = `(${columns.map(() => '?').join(', ')})`
  for (const part of parted(rows))
    yield { sql: into(`VALUES ${part.map(() => tuple).join(', ')}`), parameters: part.flat() }
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
