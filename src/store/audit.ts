// The audit table: entries are added and read, never changed; the oldest go only when the machine's owner prunes.

import { base32 } from '../text/base32.ts'
import { DAY_SECONDS } from '../text/times.ts'
import { insertRows } from './bulk.ts'
import type { Connection, Row, Value } from './dialect.ts'

export interface AuditEvent {
  readonly id: string
  readonly at: number
  readonly action: string
  readonly resource: string
  readonly record_id: string
  readonly by_address: string
  readonly token_name: string
  /** JSON: label to the value before and the one after. */
  readonly changes: string
}

const COLUMNS = ['id', 'at', 'action', 'resource', 'record_id', 'by_address', 'token_name', 'changes'] as const

/** Entries of a clock that was set back by more are left out where only older ones than some time are asked for. */
const CLOCK_SECONDS_BACK_MAX = DAY_SECONDS

export async function insertAuditEvents(
  db: Connection,
  workspaceId: string,
  events: readonly AuditEvent[],
): Promise<void> {
  const rows = events.map((event) => [workspaceId, ...COLUMNS.map((column) => event[column])])
  await insertRows(db, 'audit_events', ['workspace_id', ...COLUMNS], rows)
}

export interface AuditFilter {
  readonly record_id?: string
  readonly by_address?: string
  readonly token_name?: string
  readonly action?: string
  /** Seconds since 1970. */
  readonly since?: number
  /** Likewise; only entries from before it. */
  readonly before?: number
  /** Only entries older than the one with this id. */
  readonly after?: string
}

/**
 * A page of entries, newest first, and how many there are in all, counted up to `countMax`. Those of a token are looked for
 * among all, beside the others: an index of its names would cost every write, and few ask for them.
 */
export async function selectAuditEvents(
  db: Connection,
  workspaceId: string,
  filter: AuditFilter,
  limit: number,
  countMax: number,
): Promise<{ events: AuditEvent[]; total: number }> {
  if (filter.token_name !== undefined && db.aside)
    return db.aside(workspaceId, (on) => selectAuditEvents(on, workspaceId, filter, limit, countMax))
  const conditions = ['workspace_id = ?', ...(db.inTime ? [db.inTime] : [])]
  const parameters: Value[] = [workspaceId]
  const add = (condition: string, value: Value | undefined) => {
    if (value === undefined) return
    conditions.push(condition)
    parameters.push(value)
  }
  add('record_id = ?', filter.record_id)
  add('by_address = ?', filter.by_address)
  add('token_name = ?', filter.token_name)
  add('action = ?', filter.action)
  add('at >= ?', filter.since)
  add('at < ?', filter.before)
  // These say no more than the lines above, but the order of the ids can be searched. Ids never go back, as clocks do.
  add('id >= ?', filter.since === undefined ? undefined : firstIdAt(filter.since))
  add('id < ?', filter.before === undefined ? undefined : firstIdAt(filter.before + CLOCK_SECONDS_BACK_MAX))
  const counting = `SELECT 1 AS one FROM audit_events WHERE ${conditions.join(' AND ')} LIMIT ?`
  const [counted] = await db.rows(`SELECT count(*) AS total FROM (${counting}) counted`, [...parameters, countMax])
  add('id < ?', filter.after)
  const sql = `SELECT ${COLUMNS.join(', ')} FROM audit_events WHERE ${conditions.join(' AND ')} ORDER BY id DESC LIMIT ?`
  const rows = await db.rows(sql, [...parameters, limit])
  return { events: rows.map(eventOf), total: Number(counted!.total) }
}

/** How many entries are older than `before` (seconds since 1970), by workspace. */
export async function countAuditEventsBefore(
  db: Connection,
  before: number,
): Promise<{ workspaceId: string; entries: number }[]> {
  const sql = `SELECT workspace_id, count(*) AS entries FROM audit_events
    WHERE at < ? AND workspace_id NOT IN (SELECT id FROM workspaces_gone) GROUP BY workspace_id ORDER BY 1`
  const rows = await db.rows(sql, [before])
  return rows.map((row) => ({ workspaceId: String(row.workspace_id), entries: Number(row.entries) }))
}

/** Removes the oldest of them, at most `max`; gives how many. */
export async function deleteAuditEventsBefore(
  db: Connection,
  workspaceId: string,
  before: number,
  max: number,
): Promise<number> {
  const oldest = 'SELECT id FROM audit_events WHERE workspace_id = ? AND at < ? ORDER BY id LIMIT ?'
  const sql = `DELETE FROM audit_events WHERE workspace_id = ? AND id IN (${oldest}) RETURNING id`
  return (await db.rows(sql, [workspaceId, workspaceId, before, max])).length
}

/** What no id of an entry made since then is less than: they begin with the time in milliseconds. */
function firstIdAt(seconds: number): string {
  return `e_${base32(Math.max(0, seconds) * 1000, 10)}`
}

function eventOf(row: Row): AuditEvent {
  return row as unknown as AuditEvent
}
