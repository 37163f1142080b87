// Reads the nouns' tables, always inside one workspace: one record, or a page of a list with its total.

import type { Stored } from '../declare/kinds.ts'
import { type Resource, referencesOf } from '../declare/resources.ts'
import type { Filter, Path, Position, Query } from '../query/query.ts'
import type { Connection, Tuple } from './dialect.ts'
import { pageSql } from './page-sql.ts'
import { isKeptInOrder, isUnique, leadOf, sortedAfter, spotsOfFew, withReferences } from './select-few.ts'
import { isFar, type Source, TOTAL_MAX, totalOf, wayInOrder, workspaceVersion } from './totals.ts'
import { columnOf, conditionsOf, OWN } from './where.ts'
import type { Found } from './word-index.ts'

/** What was read: the id, and a value for each path asked for, in that order. */
export interface SelectedRecord {
  readonly id: string
  readonly values: readonly (Stored | null)[]
}

export interface Page {
  readonly records: readonly SelectedRecord[]
  /** Where the page ended, if rows remain. */
  readonly end?: Position
  /** How many there are in all; TOTAL_MAX + 1 stands for more than that. */
  readonly total: number
}

/** One record, or undefined where the workspace has none of that id. */
export async function selectRecord(
  db: Connection,
  workspaceId: string,
  resource: Resource,
  id: string,
  paths: readonly Path[],
): Promise<SelectedRecord | undefined> {
  const tuple = await db.tuple(recordSql(resource, paths), [workspaceId, id])
  return tuple && recordOf(tuple, paths)
}

const recordSqls = new WeakMap<readonly Path[], string>()

/** The same text for the same list of paths: nearly all requests show every field. */
function recordSql(resource: Resource, paths: readonly Path[]): string {
  const known = recordSqls.get(paths)
  if (known) return known
  const sql = `SELECT ${shown(paths)} FROM ${joined(resource, paths)} WHERE ${OWN}.workspace_id = ? AND ${OWN}.id = ?`
  recordSqls.set(paths, sql)
  return sql
}

/** A page of the records that answer the query, in its order. */
export async function selectPage(
  db: Connection,
  workspaceId: string,
  asked: Query,
  paths: readonly Path[],
): Promise<Page> {
  const query = await withReferences(db, workspaceId, asked)
  const lead = await leadOf(db, workspaceId, query)
  // What many have that are referred to may be had by few of those that are listed.
  const isFollowed = !lead && db.dialect.unindexed !== undefined && query.filters.some(({ path }) => path.through)
  const long = isFollowed || readsEveryRow(query) || isOrderedAnew(query) || (await findsMany(db, workspaceId, query))
  const read = (on: Connection) => readPage(on, workspaceId, query, paths, lead)
  return long && db.aside ? db.aside(workspaceId, read) : read(db)
}

/** With `lead` that filter is begun with, unless the order asked for meets a page sooner. */
async function readPage(
  db: Connection,
  workspaceId: string,
  query: Query,
  paths: readonly Path[],
  lead?: Path,
): Promise<Page> {
  const { words, filters, sort, after, limit } = query
  if (words.length > 0 && !sort && filters.length === 0) return selectBest(db, workspaceId, query, paths)
  const source = await sourceOf(db, workspaceId, query, paths, lead)
  const isNarrowed = words.length === 0 && filters.length > 0
  const counted = isNarrowed ? await totalOf(db, source, query, workspaceId) : undefined
  if (counted === 0) return { records: [], total: 0 }
  const rows =
    counted === undefined
      ? await rowsOf(db.tuples, source, query)
      : await rowsOfCounted(db, workspaceId, query, source, counted, lead)
  const isWhole = rows.length <= limit && !after
  const last = rows.length > limit ? rows[limit - 1] : undefined
  return {
    records: rows.slice(0, limit).map(({ tuple }) => recordOf(tuple, paths)),
    end: last && { stretch: last.stretch, values: last.tuple.slice(paths.length + 1).map((value) => value!) },
    total: counted ?? (isWhole ? rows.length : await totalOf(db, source, query, workspaceId)),
  }
}

/** Where the records are that answer: among those that have the words, if any are asked for. */
async function sourceOf(
  db: Connection,
  workspaceId: string,
  query: Query,
  paths: readonly Path[],
  lead?: Path,
): Promise<Source> {
  const { resource, words, filters } = query
  const isSearch = words.length > 0
  const among = isSearch && lead ? await spotsOfFew(db, workspaceId, query, lead) : undefined
  const matches = isSearch ? await db.dialect.words.matches({ db, workspaceId, resource }, words, among) : undefined
  const used = [...filters.map(({ path }) => path), ...paths]
  // CROSS JOIN keeps SQLite from going through the matches once for each record.
  const from = `${matches ? 'm CROSS JOIN ' : ''}${joined(resource, used)}`
  const inWorkspace = {
    sql: `${OWN}.workspace_id = ?${matches ? ` AND ${OWN}.id = m.id` : ''}${db.inTime ? ` AND ${db.inTime}` : ''}`,
    parameters: [workspaceId],
  }
  return {
    ...{ matches, from, columns: shown(paths), amongFew: lead !== undefined },
    ...{ inWorkspace, where: [inWorkspace, ...conditionsOf(filters, db.dialect, lead)] },
  }
}

/** A row of a page, its values in the order of its columns, and the stretch of the order that it is in. */
interface PageRow {
  readonly stretch: Position['stretch']
  readonly tuple: Tuple
}

/** The rows of a page of so many that answer, along the way that meets them soonest. */
async function rowsOfCounted(
  db: Connection,
  workspaceId: string,
  query: Query,
  source: Source,
  total: number,
  lead?: Path,
): Promise<PageRow[]> {
  const { aside, dialect } = db
  const way = await wayInOrder(db, workspaceId, query, total)
  // Each filter leaves many, and all of them few.
  const isBeside = aside && !lead && isFar(way)
  const read: Connection['tuples'] = isBeside
    ? (...asked) => aside(workspaceId, (on) => on.tuples(...asked))
    : db.tuples
  if (way >= total)
    return rowsOf(read, source, query, lead && total <= TOTAL_MAX ? sortedAfter(query, lead, db) : undefined)
  const where = [source.inWorkspace, ...conditionsOf(query.filters, dialect, query.sort?.path)]
  return rowsOf(read, { ...source, where }, query)
}

/** A row more than the page has, where there is one. */
async function rowsOf(
  read: Connection['tuples'],
  source: Source,
  query: Query,
  written?: (column: string) => string,
): Promise<PageRow[]> {
  const { sort, after, limit } = query
  const rows: PageRow[] = []
  for (const stretch of sort && !sort.path.always ? BOTH_STRETCHES : ONE_STRETCH) {
    if (after?.stretch === 'empty' && stretch === 'values') continue
    const begin = after?.stretch === stretch ? after : undefined
    const { sql, parameters } = pageSql(source, query, stretch, begin, limit + 1 - rows.length, written)
    for (const tuple of await read(sql, parameters)) rows.push({ stretch, tuple })
    if (rows.length > limit) break
  }
  return rows
}

const BOTH_STRETCHES = ['values', 'empty'] as const
const ONE_STRETCH = ['values'] as const

/** No index serves patterns, custom keys and lists, nor fields that are not kept in order, unless another filter leaves few. */
function readsEveryRow({ resource, filters }: Query): boolean {
  const isUnserved = ({ path, operator }: Filter) =>
    operator === 'like' || path.customKey !== undefined || path.kind.many
  const namesRecords = (path: Path) =>
    path.field === 'id' || path.kind.refersTo !== undefined || (isUnique(resource, path) && !path.through)
  const leavesFew = ({ path, operator }: Filter) => namesRecords(path) && (operator === 'eq' || operator === 'in')
  if (filters.some(isUnserved)) return true
  return (
    !filters.some(leavesFew) && filters.some(({ path }) => !isUnique(resource, path) && !isKeptInOrder(resource, path))
  )
}

/** Nothing has them in the order asked for, so that all of them are sorted. */
function isOrderedAnew({ resource, sort }: Query): boolean {
  return sort !== undefined && !isKeptInOrder(resource, sort.path)
}

/** A search whose matches are not shown best first looks at all of them, which may be many. */
async function findsMany(db: Connection, workspaceId: string, query: Query): Promise<boolean> {
  const { words, filters, sort, resource } = query
  if (words.length === 0 || (!sort && filters.length === 0) || !db.aside) return false
  return db.dialect.words.areMany({ db, workspaceId, resource }, words)
}

/** A page of a search that nothing but the words narrows or orders. */
async function selectBest(db: Connection, workspaceId: string, query: Query, paths: readonly Path[]): Promise<Page> {
  const { resource, words, limit } = query
  const [score, place] = query.after?.values ?? []
  const after = query.after && { score: Number(score), place: String(place) }
  const asked = { after, limit: limit + 1, countMax: TOTAL_MAX + 1 }
  const best = () => db.dialect.words.best({ db, workspaceId, resource }, words, asked)
  // As text, since ten thousand of them may be remembered.
  const key = JSON.stringify(['best', workspaceId, resource.name, words, after, limit])
  const found = async () => JSON.stringify(await best())
  const { hits, total }: Found =
    limit > resource.page.default
      ? await best()
      : JSON.parse(await db.unchanged(key, found, await workspaceVersion(db, workspaceId)))
  const shownHits = hits.slice(0, limit)
  const ids = shownHits.map(({ id }) => id)
  const sql = `SELECT ${shown(paths)} FROM ${joined(resource, paths)} WHERE ${OWN}.workspace_id = ? AND ${OWN}.id IN (${db.dialect.items})`
  const tuples = ids.length > 0 ? await db.tuples(sql, [workspaceId, JSON.stringify(ids)]) : []
  const records = new Map(tuples.map((tuple) => recordOf(tuple, paths)).map((record) => [record.id, record]))
  const last = hits.length > limit ? shownHits.at(-1) : undefined
  return {
    records: ids.flatMap((id) => records.get(id) ?? []),
    end: last && { stretch: 'values', values: [last.score, last.place] },
    total: Math.min(total, TOTAL_MAX + 1),
  }
}

function recordOf(tuple: Tuple, paths: readonly Path[]): SelectedRecord {
  return { id: String(tuple[0]), values: tuple.slice(1, paths.length + 1) }
}

/** The id, and a column for each path. */
function shown(paths: readonly Path[]): string {
  return [`${OWN}.id AS id`, ...paths.map((path, index) => `${columnOf(path)} AS v_${index}`)].join(', ')
}

/** The resource's table, and those of the records that the paths lead to. */
function joined(resource: Resource, paths: readonly Path[]): string {
  const through = new Set(paths.flatMap((path) => (path.through ? [path.through.field] : [])))
  const joins = referencesOf(resource)
    .filter(({ field }) => through.has(field))
    .map(({ field, to }) => {
      const other = paths.find((path) => path.through?.field === field)!.through!.to
      const alias = `r_${to}`
      return ` LEFT JOIN ${other.plural} ${alias} ON ${alias}.workspace_id = ${OWN}.workspace_id AND ${alias}.id = ${OWN}.${field}`
    })
  return `${resource.plural} ${OWN}${joins.join('')}`
}
