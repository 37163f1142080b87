// What a list begins with where the engine does not know how many records a filter leaves. SQLite would rather go through a
// whole workspace in the order asked for than look up the seven contacts of a company and sort them.

import { isSearched, type Resource } from '../declare/resources.ts'
import type { Filter, Path, Query } from '../query/query.ts'
import type { Connection } from './dialect.ts'
import { conditionsOf, OWN, type Sql } from './where.ts'
import { spotOf } from './word-index.ts'

/** Of several filters, one that leaves so many alone is begun with. */
const FEW_MAX = 1_000
/** So many records that a filter finds one hop away are named by their ids. */
const REFERRED_MAX = 100

/** What an index keeps in order, in every noun and in those with a name, beside names and references; a test compares. */
const IN_ORDER = new Set(['id', 'created_at', 'occurred_at'])
const IN_ORDER_OF_NAMED = new Set([
  ...['updated_at', 'last_activity_at', 'follow_up_at', 'expected_close_at', 'closed_at'],
  ...['owner', 'stage', 'status', 'amount_cents'],
])

/** Whether an index has the records of the path's own noun in the order of its field. */
export function isKeptInOrder(listed: Resource, { kind, field, through }: Path): boolean {
  const resource = through?.to ?? listed
  if (kind.refersTo || IN_ORDER.has(field)) return true
  return isSearched(resource) && (field === resource.title || IN_ORDER_OF_NAMED.has(field))
}

/** Whether no two records of the path's own noun have the same value. */
export function isUnique(listed: Resource, { field, through }: Path): boolean {
  return (through?.to ?? listed).fields[field]?.unique !== undefined
}

/**
 * The question with the ids in place of what few records have that are referred to: of `company.domain=a.example`, the id
 * of that company. What refers to them has an index here, and what they have has none.
 */
export async function withReferences(db: Connection, workspaceId: string, query: Query): Promise<Query> {
  if (!db.dialect.unindexed || !query.filters.some(({ path }) => path.through)) return query
  const filters: Filter[] = []
  for (const filter of query.filters)
    filters.push((await byReference(db, workspaceId, query.resource, filter)) ?? filter)
  return { ...query, filters }
}

async function byReference(
  db: Connection,
  workspaceId: string,
  resource: Resource,
  filter: Filter,
): Promise<Filter | undefined> {
  const { through, ...path } = filter.path
  if (!through || !isFoundByIndex(through.to, { ...filter, path })) return undefined
  const referred = found(db, workspaceId, through.to, [{ ...filter, path }])
  const rows = await db.rows(`SELECT ${OWN}.id AS id ${referred.sql} LIMIT ?`, [
    ...referred.parameters,
    REFERRED_MAX + 1,
  ])
  if (rows.length > REFERRED_MAX) return undefined
  const { field } = through
  const values = rows.map(({ id }) => String(id))
  const operator = values.length === 1 ? 'eq' : 'in'
  return { path: { label: field, field, kind: resource.fields[field]!.kind }, operator, values }
}

/**
 * The path whose filters are to be begun with: the only one, which leaves as many as the total tells, or the one of several
 * that leaves fewest; undefined where all leave many, and where the engine knows by itself.
 */
export async function leadOf(db: Connection, workspaceId: string, query: Query): Promise<Path | undefined> {
  const { resource, filters, words } = query
  if (!db.dialect.unindexed) return undefined
  const served = filters.filter((filter) => isFoundByIndex(resource, filter))
  const paths = [...new Map(served.map(({ path }) => [path.label, path])).values()]
  if (paths.length === 1 && served.length === filters.length && words.length === 0) return paths[0]
  let lead: Path | undefined
  let least = FEW_MAX + 1
  for (const path of paths) {
    const { sql, parameters } = foundBy(db, workspaceId, query, path)
    const count = `SELECT count(*) AS total FROM (SELECT 1 AS one ${sql} LIMIT ${least}) counted`
    const [row] = await db.unchanged(`${count} ${JSON.stringify(parameters)}`, () => db.rows(count, parameters))
    const total = Number(row!.total)
    if (total < least) [lead, least] = [path, total]
  }
  return lead
}

/** The places in the word index of the records that the filters of `lead` leave. */
export async function spotsOfFew(db: Connection, workspaceId: string, query: Query, lead: Path): Promise<string[]> {
  const { sql, parameters } = foundBy(db, workspaceId, query, lead)
  const rows = await db.rows(`SELECT ${OWN}.id AS id, ${OWN}.created_at AS created_at ${sql}`, parameters)
  return rows.map(({ id, created_at }) => spotOf({ id: String(id), createdAt: Number(created_at) }))
}

/** How the columns of the order are written, so that the engine begins with `lead` and sorts what that leaves. */
export function sortedAfter({ resource, filters, sort }: Query, lead: Path, { dialect }: Connection) {
  const operators = filtersOn(lead, filters).map(({ operator }) => operator)
  // Where the index of the lead has these records in the order asked for, it is left to the engine, which takes it.
  const isNamed = isSearched(resource)
  const [isOne, isAny] = [operators.includes('eq'), operators.includes('in')]
  const isOwnOrder = sort?.path.label === lead.label && !isAny && (isNamed || !isOne)
  const isNewestFirst = sort?.path.field === resource.newest.field && isOne && lead.kind.refersTo && !isNamed
  if (isOwnOrder || isNewestFirst) return undefined
  return dialect.unindexed
}

function filtersOn({ label }: Path, filters: readonly Filter[]): Filter[] {
  return filters.filter(({ path }) => path.label === label)
}

const SERVED = new Set(['eq', 'in', 'gt', 'gte', 'lt', 'lte'])

/** Whether an index finds what the filter leaves, without looking at much else. */
function isFoundByIndex(resource: Resource, { path, operator }: Filter): boolean {
  if (path.through || path.customKey || path.kind.many) return false
  // Most indexes of nouns with a name have no entries for records that lack the field.
  if (operator === 'not') return isSearched(resource) && isKeptInOrder(resource, path)
  return SERVED.has(operator) && (isUnique(resource, path) || isKeptInOrder(resource, path))
}

/** FROM and WHERE for the records that the filters leave. */
function found(db: Connection, workspaceId: string, { plural }: Resource, filters: readonly Filter[]): Sql {
  const conditions = conditionsOf(filters, db.dialect)
  return {
    sql: `FROM ${plural} ${OWN} WHERE ${[`${OWN}.workspace_id = ?`, ...conditions.map(({ sql }) => sql)].join(' AND ')}`,
    parameters: [workspaceId, ...conditions.flatMap(({ parameters }) => parameters)],
  }
}

/** The same for what the filters on a path leave alone, as far as an index serves them. */
function foundBy(db: Connection, workspaceId: string, { resource, filters }: Query, path: Path): Sql {
  const served = filtersOn(path, filters).filter((filter) => isFoundByIndex(resource, filter))
  return found(db, workspaceId, resource, served)
}
