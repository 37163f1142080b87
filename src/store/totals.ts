// How many records answer a question, up to a limit.

import type { Resource } from '../declare/resources.ts'
import type { Query } from '../query/query.ts'
import type { Connection, Value } from './dialect.ts'
import type { Matches } from './search.ts'
import type { Sql } from './where.ts'

/** Totals are exact up to here. */
export const TOTAL_MAX = 10_000

/** In a workspace of more, to count what two filters leave takes long enough to keep others waiting. */
const BESIDE_FROM = 50_000

/** What a page is read from. */
export interface Source {
  readonly matches?: Matches
  readonly from: string
  readonly where: readonly Sql[]
  readonly columns: string
}

/**
 * How many records answer; `known` where that is known already. Remembered until something is written; where a second filter
 * narrows what an index gave, and there is much of it, counted beside the others.
 */
export async function totalOf(
  db: Connection,
  source: Source,
  query: Query,
  workspaceId: string,
  known?: number,
): Promise<number> {
  if (known !== undefined) return known
  if (!source.matches && query.filters.length === 0) {
    const used = await usedOf(db, workspaceId, query.resource)
    if (used !== undefined) return Math.min(used, TOTAL_MAX + 1)
  }
  const inner = `SELECT 1 AS one FROM ${source.from} WHERE ${and(source.where)} LIMIT ${TOTAL_MAX + 1}`
  const parameters: Value[] = [
    ...(source.matches?.parameters ?? []),
    ...source.where.flatMap(({ parameters }) => parameters),
  ]
  const sql = `${source.matches?.with ?? ''}SELECT count(*) AS total FROM (${inner}) counted`
  const isLong = query.filters.length > 1 && ((await usedOf(db, workspaceId, query.resource)) ?? 0) > BESIDE_FROM
  const counting = (isLong && db.aside) || db
  const [row] = await db.unchanged(`${sql} ${JSON.stringify(parameters)}`, () => counting.rows(sql, parameters))
  return Number(row!.total)
}

/**
 * Going through all records in the order asked for meets a page of those that answer after so many; looking up and sorting
 * those that answer takes at least their number. The less of the two.
 */
export async function isDense(db: Connection, workspaceId: string, query: Query, total: number): Promise<boolean> {
  const all = (await usedOf(db, workspaceId, query.resource)) ?? 0
  return total > 0 && ((query.limit + 1) * all) / total < total
}

async function usedOf(db: Connection, workspaceId: string, { plural }: Resource): Promise<number | undefined> {
  const sql = 'SELECT used FROM workspace_usage WHERE workspace_id = ? AND resource = ?'
  const row = await db.one(sql, [workspaceId, plural])
  return row && Number(row.used)
}

export function and(conditions: readonly Sql[]): string {
  return conditions.map(({ sql }) => sql).join(' AND ')
}
