// Reads the nouns' tables, always inside one workspace: one record, or a page of a list with its total.

import type { Stored } from '../declare/kinds.ts'
import { type Resource, referencesOf } from '../declare/resources.ts'
import type { Filter, Path, Position, Query } from '../query/query.ts'
import type { Connection, Row } from './dialect.ts'
import { isKeptInOrder, isUnique, leadOf, sortedAfter, spotsOfFew, withReferences } from './select-few.ts'
import { and, isDense, isFar, type Source, TOTAL_MAX, totalOf, workspaceVersion } from './totals.ts'
import { columnOf, conditionsOf, OWN, type Sql } from './where.ts'
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
  const row = await db.one(recordSql(resource, paths), [workspaceId, id])
  return row && recordOf(row, paths)
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
  const { resource, filters, limit } = query
  if (query.words.length > 0 && !query.sort && filters.length === 0) return selectBest(db, workspaceId, query, paths)
  const isSearch = query.words.length > 0
  const among = isSearch && lead ? await spotsOfFew(db, workspaceId, query, lead) : undefined
  const matches = isSearch
    ? await db.dialect.words.matches({ db, workspaceId, resource }, query.words, among)
    : undefined
  const used = [...filters.map(({ path }) => path), ...paths]
  // CROSS JOIN keeps SQLite from going through the matches once for each record.
  const from = `${matches ? 'm CROSS JOIN ' : ''}${joined(resource, used)}`
  const inWorkspace = {
    sql: `${OWN}.workspace_id = ?${matches ? ` AND ${OWN}.id = m.id` : ''}${db.inTime ? ` AND ${db.inTime}` : ''}`,
    parameters: [workspaceId],
  }
  const counted: Source = {
    ...{ matches, from, columns: shown(paths), amongFew: lead !== undefined },
    where: [inWorkspace, ...conditionsOf(filters, db.dialect, lead)],
  }
  const narrowed = !matches && filters.length > 0
  const countedFirst = narrowed ? await totalOf(db, counted, query, workspaceId) : undefined
  if (countedFirst === 0) return { records: [], total: 0 }
  const inOrder = countedFirst !== undefined && (await isDense(db, workspaceId, query, countedFirst))
  const source = inOrder
    ? { ...counted, where: [inWorkspace, ...conditionsOf(filters, db.dialect, query.sort?.path)] }
    : counted
  const few = lead && !inOrder && countedFirst !== undefined && countedFirst <= TOTAL_MAX
  const written = few ? sortedAfter(query, lead, db) : undefined
  const { aside } = db
  // Each filter leaves many, and all of them few.
  const isBeside = aside && !lead && countedFirst !== undefined && (await isFar(db, workspaceId, query, countedFirst))
  const read: Connection['rows'] = isBeside ? (...asked) => aside(workspaceId, (on) => on.rows(...asked)) : db.rows
  const rows: Row[] = []
  const stretches = query.sort && !query.sort.path.always ? (['values', 'empty'] as const) : (['values'] as const)
  let stretch: Position['stretch'] = 'values'
  for (stretch of stretches) {
    if (query.after?.stretch === 'empty' && stretch === 'values') continue
    const after = query.after?.stretch === stretch ? query.after : undefined
    const { sql, parameters } = pageSql(source, query, stretch, after, limit + 1 - rows.length, written)
    rows.push(...(await read(sql, parameters)).map((row): Row => ({ ...row, o_stretch: stretch })))
    if (rows.length > limit) break
  }
  const last = rows.length > limit ? rows[limit - 1] : undefined
  return {
    records: rows.slice(0, limit).map((row) => recordOf(row, paths)),
    end: last && positionOf(last),
    total:
      countedFirst ??
      (await totalOf(db, source, query, workspaceId, rows.length <= limit && !query.after ? rows.length : undefined)),
  }
}

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
  const rows = ids.length > 0 ? await db.rows(sql, [workspaceId, JSON.stringify(ids)]) : []
  const records = new Map(rows.map((row) => [row.id, recordOf(row, paths)]))
  const last = hits.length > limit ? shownHits.at(-1) : undefined
  return {
    records: ids.flatMap((id) => records.get(id) ?? []),
    end: last && { stretch: 'values', values: [last.score, last.place] },
    total: Math.min(total, TOTAL_MAX + 1),
  }
}

interface Order {
  /** What the rows are ordered by, most significant first. */
  readonly by: readonly { readonly column: string; readonly descending: boolean }[]
  readonly condition?: string
}

function pageSql(
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

function positionOf(row: Row): Position {
  const values: Stored[] = []
  for (let index = 0; row[`o_${index}`] !== undefined; index++) values.push(row[`o_${index}`]!)
  return { stretch: row.o_stretch === 'empty' ? 'empty' : 'values', values }
}

function recordOf(row: Row, paths: readonly Path[]): SelectedRecord {
  const values: (Stored | null)[] = []
  for (let at = 0; at < paths.length; at++) values.push(row[shownAs(at)] ?? null)
  return { id: String(row.id), values }
}

function shown(paths: readonly Path[]): string {
  return [`${OWN}.id AS id`, ...paths.map((path, index) => `${columnOf(path)} AS ${shownAs(index)}`)].join(', ')
}

const columnNames: string[] = []

/** The column that the value of a path comes in; the same text each time, so that it is found at once. */
function shownAs(index: number): string {
  while (columnNames.length <= index) columnNames.push(`v_${columnNames.length}`)
  return columnNames[index]!
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
