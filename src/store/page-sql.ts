// The SQL of a page: in which order, and from where on.

import type { Stored } from '../declare/kinds.ts'
import type { Position, Query } from '../query/query.ts'
import { and, type Source } from './totals.ts'
import { columnOf, OWN, type Sql } from './where.ts'

interface Order {
  /** What the rows are ordered by, most significant first. */
  readonly by: readonly { readonly column: string; readonly descending: boolean }[]
  readonly condition?: string
}

/** Rows of `stretch` after the one at `after`; `written` is how the columns of the order are written. */
export function pageSql(
  source: Source,
  query: Query,
  stretch: Position['stretch'],
  after: Position | undefined,
  limit: number,
  written?: (column: string) => string,
): Sql {
  const { by, condition } = orderOf(query, stretch, written)
  const where = [...source.where, ...(condition ? [{ sql: condition, parameters: [] }] : [])]
  if (after) where.push(beyond(by, after.values))
  const keys = by.map(({ column }, index) => `${column} AS o_${index}`).join(', ')
  const order = by.map(({ column, descending }) => `${column} ${descending ? 'DESC' : 'ASC'}`).join(', ')
  return {
    sql: `${source.matches?.with ?? ''}SELECT ${source.columns}, ${keys} FROM ${source.from} WHERE ${and(where)} ORDER BY ${order} LIMIT ?`,
    parameters: [...(source.matches?.parameters ?? []), ...where.flatMap(({ parameters }) => parameters), limit],
  }
}

function orderOf(query: Query, stretch: Position['stretch'], written = (column: string) => column): Order {
  const { newest } = query.resource
  if (!query.sort)
    return {
      by: [
        { column: 'm.score', descending: false },
        { column: `${OWN}.${newest.field}`, descending: true },
        { column: `${OWN}.${newest.tie}`, descending: true },
      ],
    }
  const { path, descending } = query.sort
  const column = written(columnOf(path))
  const tie = { column: written(`${OWN}.${path.field === newest.field ? newest.tie : 'id'}`), descending }
  if (path.field === 'id') return { by: [{ column, descending }] }
  if (path.always) return { by: [{ column, descending }, tie] }
  if (stretch === 'empty') return { by: [tie], condition: `${column} IS NULL` }
  return { by: [{ column, descending }, tie], condition: `${column} IS NOT NULL` }
}

/** Rows after the one with these values; a row comparison where all go one way, which an index serves. */
function beyond(by: Order['by'], values: readonly Stored[]): Sql {
  const columns = by.map(({ column }) => column)
  const [first] = by
  if (by.every(({ descending }) => descending === first!.descending)) {
    const marks = columns.map(() => '?').join(', ')
    return { sql: `(${columns.join(', ')}) ${first!.descending ? '<' : '>'} (${marks})`, parameters: values }
  }
  const cases = by.map(({ column, descending }, index) => ({
    sql: `(${[...columns.slice(0, index).map((equal) => `${equal} = ?`), `${column} ${descending ? '<' : '>'} ?`].join(' AND ')})`,
    parameters: values.slice(0, index + 1),
  }))
  return {
    sql: `(${cases.map(({ sql }) => sql).join(' OR ')})`,
    parameters: cases.flatMap(({ parameters }) => parameters),
  }
}
