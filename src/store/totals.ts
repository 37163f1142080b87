// How many records answer a question, up to a limit.

import type { Resource } from '../declare/resources.ts'
import type { Query } from '../query/query.ts'
import type { Connection, Value } from './dialect.ts'
import type { Sql } from './where.ts'
import type { Matches } from './word-index.ts'

/** Totals are exact up to here. */
export const TOTAL_MAX = 10_000

/** In a workspace of more, to count what two filters leave takes long enough to keep others waiting. */
const BESIDE_FROM = 50_000

/** What a page is read from. */
export interface Source {
  readonly matches?: Matches
  readonly from: string
  /** The first of what stands in `where`. */
  readonly inWorkspace: Sql
  readonly where: readonly Sql[]
  readonly columns: string
  /** An index gives few, and the other filters are looked at among these. */
  readonly amongFew?: boolean
}

/**
 * How many records answer. Remembered until something is written, which other nodes may
 * do too: what they change they note in workspace_usage, which is read before the records are counted. So a total may be
 * newer than the version that it is remembered under, which nobody will meet again then, but never older. Filters may look at
 * every noun of the workspace, and at nothing else; the version is that of them all. Where a second filter narrows what an
 * index gave, and there is much of it, counted beside the others.
 */
export async function totalOf(db: Connection, source: Source, query: Query, workspaceId: string): Promise<number> {
  const isWhole = !source.matches && query.filters.length === 0
  const isNarrowed = query.filters.length > 1
  const asks = isWhole || isNarrowed || db.dialect.countsChanges
  const { used, version } = asks ? await countsOf(db, workspaceId, query.resource) : {}
  if (isWhole && used !== undefined) return Math.min(used, TOTAL_MAX + 1)
  const where = isNarrowed ? narrowing(source, db) : source.where
  const inner = `SELECT 1 AS one FROM ${source.from} WHERE ${and(where)} LIMIT ${TOTAL_MAX + 1}`
  const parameters: Value[] = [
    ...(source.matches?.parameters ?? []),
    ...source.where.flatMap(({ parameters }) => parameters),
  ]
  const sql = `${source.matches?.with ?? ''}SELECT count(*) AS total FROM (${inner}) counted`
  const isLong = isNarrowed && !source.amongFew && (used ?? 0) > BESIDE_FROM
  const count = () =>
    isLong && db.aside ? db.aside(workspaceId, (on) => on.rows(sql, parameters)) : db.rows(sql, parameters)
  const key = `${sql} ${JSON.stringify(parameters)}`
  const [row] = await db.unchanged(key, count, version)
  return Number(row!.total)
}

/** The filters so that one of them is begun with, however much of an index that has them all is narrower than a row. */
function narrowing({ inWorkspace, where }: Source, { dialect }: Connection): readonly Sql[] {
  const { leavingFew } = dialect
  if (!leavingFew) return where
  return where.map((each) => (each === inWorkspace ? each : { ...each, sql: leavingFew(each.sql) }))
}

/**
 * After how many records in the order asked for a page of those that answer is met; endless where the engine knows better.
 * Looking up and sorting those that answer takes at least their number.
 */
export async function wayInOrder(db: Connection, workspaceId: string, query: Query, total: number): Promise<number> {
  if (!db.dialect.unindexed || total === 0) return Number.POSITIVE_INFINITY
  const all = (await countsOf(db, workspaceId, query.resource)).used ?? 0
  return ((query.limit + 1) * all) / total
}

/** Whether such a way takes long enough to keep others waiting. */
export function isFar(way: number): boolean {
  return way < Number.POSITIVE_INFINITY && way > BESIDE_FROM
}

interface Counts {
  /** How many records of the noun there are. */
  readonly used?: number
  /** Another after any change of the workspace's records, where other nodes may make one. */
  readonly version?: string
}

const USED = 'SELECT used FROM workspace_usage WHERE workspace_id = ? AND resource = ?'
const USED_AND_CHANGES = `SELECT max(CASE WHEN resource = ? THEN used END) AS used, sum(changes) AS changes
  FROM workspace_usage WHERE workspace_id = ?`

async function countsOf(db: Connection, workspaceId: string, { plural }: Resource): Promise<Counts> {
  if (!db.dialect.countsChanges) {
    const row = await db.one(USED, [workspaceId, plural])
    return row ? { used: Number(row.used) } : {}
  }
  const row = await db.one(USED_AND_CHANGES, [plural, workspaceId])
  return { used: row!.used === null ? undefined : Number(row!.used), version: String(row!.changes) }
}

/** Another after any change of the workspace's records; undefined where only this process makes any, and knows of them. */
export async function workspaceVersion(db: Connection, workspaceId: string): Promise<string | undefined> {
  if (!db.dialect.countsChanges) return undefined
  const row = await db.one('SELECT sum(changes) AS changes FROM workspace_usage WHERE workspace_id = ?', [workspaceId])
  return String(row!.changes)
}

export function and(conditions: readonly Sql[]): string {
  return conditions.map(({ sql }) => sql).join(' AND ')
}
