// Changes the nouns' tables, always inside one workspace and inside the transaction that `db` is in.

import type { Stored } from '../declare/kinds.ts'
import { type Resource, referencesOf, shadowsOf } from '../declare/resources.ts'
import { workedOut } from '../text/worked-out.ts'
import type { Connection, Row, Value } from './dialect.ts'

/** A record as it is kept: every field, empty ones as null. */
export type Values = Readonly<Record<string, Stored | null>>

export interface Kept {
  readonly id: string
  readonly values: Values
}

/** The record with this id, locked until the transaction ends. */
export async function findForChange(
  db: Connection,
  workspaceId: string,
  resource: Resource,
  id: string,
): Promise<Kept | undefined> {
  return findBy(db, workspaceId, resource, 'id', id)
}

/** Whether one of these records is in the workspace. */
export async function isAnyHere(
  db: Connection,
  workspaceId: string,
  { plural }: Resource,
  ids: readonly string[],
): Promise<boolean> {
  const sql = `SELECT 1 AS here FROM ${plural} WHERE workspace_id = ? AND id IN (${db.dialect.items}) LIMIT 1`
  return (await db.rows(sql, [workspaceId, JSON.stringify(ids)])).length > 0
}

/** The record that holds `value` in a unique field, compared in its normal form; locked. */
export async function findByUnique(
  db: Connection,
  workspaceId: string,
  resource: Resource,
  field: string,
  value: Stored,
): Promise<Kept | undefined> {
  const shadow = shadowsOf(resource).find((each) => each.field === field)!
  return findBy(db, workspaceId, resource, shadow.column, shadow.of(String(value)))
}

/** The first records whose title is exactly this text, locked; in the order of their ids. */
export async function findByTitle(
  db: Connection,
  workspaceId: string,
  resource: Resource,
  title: string,
  limit: number,
): Promise<Kept[]> {
  const sql = `${findingOf(resource)} AND ${resource.title} = ? ORDER BY id LIMIT ?${db.dialect.forUpdate}`
  return (await db.rows(sql, [workspaceId, title, limit])).map(keptOf)
}

async function findBy(db: Connection, workspaceId: string, resource: Resource, column: string, value: Stored) {
  const sql = `${findingOf(resource)} AND ${column} = ?${db.dialect.forUpdate}`
  const [row] = await db.rows(sql, [workspaceId, value])
  return row && keptOf(row)
}

const findingOf = workedOut((resource: Resource) => {
  const columns = ['id', ...Object.keys(resource.fields)].join(', ')
  return `SELECT ${columns} FROM ${resource.plural} WHERE workspace_id = ?`
})

/**
 * Puts a new record in. Whoever took its id or one of its unique values since these were looked for undoes the
 * transaction, which is then run again and finds what is there.
 */
export async function insertRecord(
  db: Connection,
  workspaceId: string,
  resource: Resource,
  { id, values }: Kept,
  sequence: string,
): Promise<void> {
  const { fields, sequenced, sql } = insertionOf(resource)
  const parameters: Value[] = [workspaceId, id]
  for (const field of fields) parameters.push(values[field] ?? null)
  for (const { field, of } of shadowsOf(resource)) {
    const value = values[field] ?? null
    parameters.push(value === null ? null : of(String(value)))
  }
  if (sequenced) parameters.push(sequence)
  await db.change(sql, parameters)
}

/** How a record of this noun is put in: its fields, their shadows, and what tells records of one second apart. */
const insertionOf = workedOut((resource: Resource) => {
  const fields = Object.keys(resource.fields)
  const sequenced = resource.newest.tie !== 'id'
  const shadows = shadowsOf(resource).map(({ column }) => column)
  const columns = ['workspace_id', 'id', ...fields, ...shadows, ...(sequenced ? [resource.newest.tie] : [])]
  const marks = columns.map(() => '?').join(', ')
  const sql = `INSERT INTO ${resource.plural} (${columns.join(', ')}) VALUES (${marks})`
  return { fields, sequenced, sql }
})

/** Changes the given fields of a record that is locked, and lets other nodes know. */
export async function updateRecord(
  db: Connection,
  workspaceId: string,
  resource: Resource,
  { id, values }: Kept,
): Promise<void> {
  const row = columnsFor(resource, values)
  const sets = Object.keys(row)
    .map((column) => `${column} = ?`)
    .join(', ')
  const sql = `UPDATE ${resource.plural} SET ${sets} WHERE workspace_id = ? AND id = ?`
  await db.change(sql, [...Object.values(row), workspaceId, id])
  await noteChange(db, workspaceId)
}

export async function deleteRecord(db: Connection, workspaceId: string, resource: Resource, id: string): Promise<void> {
  await db.change(`DELETE FROM ${resource.plural} WHERE workspace_id = ? AND id = ?`, [workspaceId, id])
}

/** The records of `resource` whose `field` refers to `id`, locked; the first in the order of their ids, so that nobody deadlocks. */
export async function findReferring(
  db: Connection,
  workspaceId: string,
  resource: Resource,
  field: string,
  id: string,
  limit = Number.MAX_SAFE_INTEGER,
): Promise<Kept[]> {
  const sql = `${findingOf(resource)} AND ${field} = ? ORDER BY id LIMIT ?${db.dialect.forUpdate}`
  return (await db.rows(sql, [workspaceId, id, limit])).map(keptOf)
}

/** How many records of `resource` refer to `id` in `field`, having nothing in any of the `empty` fields. */
export async function countReferring(
  db: Connection,
  workspaceId: string,
  resource: Resource,
  field: string,
  id: string,
  empty: readonly string[] = [],
): Promise<number> {
  const nothing = empty.map((other) => ` AND ${other} IS NULL`).join('')
  const sql = `SELECT count(*) AS count FROM ${resource.plural} WHERE workspace_id = ? AND ${field} = ?${nothing}`
  const [row] = await db.rows(sql, [workspaceId, id])
  return Number(row!.count)
}

/** Whether the workspace has the record; it can't be deleted before the transaction ends. */
export async function recordExists(
  db: Connection,
  workspaceId: string,
  resource: Resource,
  id: string,
): Promise<boolean> {
  const sql = `SELECT id FROM ${resource.plural} WHERE workspace_id = ? AND id = ?${db.dialect.forReference}`
  return (await db.rows(sql, [workspaceId, id])).length > 0
}

/** The name of a record, which can't change before the transaction ends. */
export async function titleOf(
  db: Connection,
  workspaceId: string,
  resource: Resource,
  id: string,
): Promise<string | undefined> {
  const sql = `SELECT ${resource.title} AS title FROM ${resource.plural} WHERE workspace_id = ? AND id = ?${db.dialect.forShare}`
  const [row] = await db.rows(sql, [workspaceId, id])
  return row?.title === null || row === undefined ? undefined : String(row.title)
}

/** Counts one more of `counted` on a record, which happened at `at` (seconds). */
export async function countOneMore(
  db: Connection,
  workspaceId: string,
  holder: { resource: Resource; id: string },
  counted: Resource,
  at: number,
): Promise<void> {
  const { resource, id } = holder
  const sql = `UPDATE ${resource.plural} SET ${counted.plural} = ${counted.plural} + 1,
    last_activity_at = CASE WHEN last_activity_at > ? THEN last_activity_at ELSE ? END WHERE workspace_id = ? AND id = ?`
  await db.change(sql, [at, at, workspaceId, id])
}

/**
 * Counts anew what `counted` holds of a record, and when the latest was. The record is locked first, so that the count
 * sees everything that was committed before; others may have referred to it in the same transaction, and wait for nobody.
 */
export async function recount(
  db: Connection,
  workspaceId: string,
  holder: { resource: Resource; id: string },
  counted: Resource,
): Promise<void> {
  const { resource, id } = holder
  const field = referencesOf(counted).find(({ to }) => to === resource.name)!.field
  const [table, where] = [counted.plural, `workspace_id = ? AND ${field} = ?`]
  const lock = `SELECT id FROM ${resource.plural} WHERE workspace_id = ? AND id = ?${db.dialect.forCount}`
  await db.change(lock, [workspaceId, id])
  const sql = `UPDATE ${resource.plural} SET ${table} = (SELECT count(*) FROM ${table} WHERE ${where}),
    last_activity_at = (SELECT max(${counted.newest.field}) FROM ${table} WHERE ${where}) WHERE workspace_id = ? AND id = ?`
  await db.change(sql, [workspaceId, id, workspaceId, id, workspaceId, id])
}

const COUNT = `INSERT INTO workspace_usage (workspace_id, resource, used, changes) VALUES (?, ?, ?, 1)
    ON CONFLICT (workspace_id, resource) DO UPDATE SET used = workspace_usage.used + excluded.used, changes = workspace_usage.changes + 1`

/** Adds to the number of records that a workspace holds, and gives the new one; locks it until the transaction ends. */
export async function addToUsage(
  db: Connection,
  workspaceId: string,
  resource: Resource,
  change: number,
): Promise<number> {
  noted.add(db)
  const [row] = await db.rows(`${COUNT} RETURNING used`, [workspaceId, resource.plural, change])
  return Number(row!.used)
}

/** The same where nobody asks for the number. All who write in a workspace count in one row. */
export async function countUsage(
  db: Connection,
  workspaceId: string,
  resource: Resource,
  change: number,
): Promise<void> {
  noted.add(db)
  await db.changeLast(COUNT, [workspaceId, resource.plural, change])
}

/** Transactions that go with a higher number of `changes`; each is a connection of its own. */
const noted = new WeakSet<Connection>()
/** Of changes that make and delete nothing: in several rows, so that those who change at once seldom wait for one. */
const NOTES = 8

/**
 * Lets other nodes know that records of the workspace were changed, by a higher sum of `changes`. Counting a new or a deleted
 * record does so too; once in a transaction is enough, and locks no second row that another might hold.
 */
async function noteChange(db: Connection, workspaceId: string): Promise<void> {
  if (!db.dialect.countsChanges || noted.has(db)) return
  noted.add(db)
  await db.changeLast(COUNT, [workspaceId, `changes ${Math.floor(Math.random() * NOTES)}`, 0])
}

/** How many records of each resource (plural) a workspace holds. */
export async function usageOf(db: Connection, workspaceId: string): Promise<Map<string, number>> {
  const rows = await db.rows('SELECT resource, used FROM workspace_usage WHERE workspace_id = ?', [workspaceId])
  return new Map(rows.map(({ resource, used }) => [String(resource), Number(used)]))
}

function columnsFor(resource: Resource, values: Values): Record<string, Value> {
  const row: Record<string, Value> = { ...values }
  for (const { field, column, of } of shadowsOf(resource)) {
    const value = values[field]
    if (value !== undefined) row[column] = value === null ? null : of(String(value))
  }
  return row
}

function keptOf({ id, ...values }: Row): Kept {
  return { id: String(id), values }
}
