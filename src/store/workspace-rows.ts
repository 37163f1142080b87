// Every table that holds rows of a workspace, and how to remove them all. A test compares the list with the schema.

import { fail } from '../errors.ts'
import type { Connection, Dialect } from './dialect.ts'

/** Those that refer to others come before them. */
export function workspaceTables({ words }: Dialect): readonly string[] {
  return [
    ...['activities', 'deals', 'contacts', 'companies'],
    ...words.tables,
    ...['audit_events', 'import_keys', 'workspace_usage', 'idempotency_keys', 'invites', 'oauth_codes', 'memberships'],
  ]
}

/** By these it is reached, and there are few. */
const ACCESS = ['invites', 'oauth_codes', 'memberships', 'workspace_usage'] as const

/**
 * Removes the workspace and everything that belongs to it; the tokens first, and those that they minted elsewhere. Where the
 * rows go later, nobody reaches them any more from here on.
 */
export async function deleteWorkspaceRows(db: Connection, workspaceId: string): Promise<void> {
  const { unbounded, removesLater } = db.dialect
  if (unbounded) await db.change(unbounded, [])
  await killTokens(db, 'workspace_id = ?', [workspaceId])
  for (const table of removesLater ? ACCESS : workspaceTables(db.dialect))
    await db.rows(`DELETE FROM ${table} WHERE workspace_id = ?`, [workspaceId])
  // What is left refers to its row.
  if (removesLater) await db.rows('INSERT INTO workspaces_gone (id) VALUES (?)', [workspaceId])
  else await db.rows('DELETE FROM workspaces WHERE id = ?', [workspaceId])
}

/** What its row is among those of its workspace; those that refer to others come before them. */
const LATER = {
  ...{ activities: 'id', deals: 'id', contacts: 'id', companies: 'id', audit_events: 'id' },
  ...{ import_keys: 'resource, key', idempotency_keys: 'token_id, key_hash' },
}
/** Some ten milliseconds. */
const ROWS_AT_ONCE = 128

/** Removes some rows of a deleted workspace, and in the end its own. Gives whether there may be more to remove. */
export async function removeSomeRows(db: Connection): Promise<boolean> {
  const [gone] = await db.rows('SELECT id FROM workspaces_gone LIMIT 1')
  if (!gone) return false
  const id = String(gone.id)
  for (const [table, key] of Object.entries(LATER)) {
    const some = `SELECT ${key} FROM ${table} WHERE workspace_id = ? ORDER BY ${key} LIMIT ?`
    const sql = `DELETE FROM ${table} WHERE workspace_id = ? AND (${key}) IN (${some}) RETURNING 1 AS one`
    if ((await db.rows(sql, [id, id, ROWS_AT_ONCE])).length > 0) return true
  }
  if (await db.dialect.words.forgetSome?.(db, id, ROWS_AT_ONCE)) return true
  await db.rows('DELETE FROM workspaces WHERE id = ?', [id])
  await db.rows('DELETE FROM workspaces_gone WHERE id = ?', [id])
  return true
}

/** Whether a workspace is there, and not deleted. */
export async function isThere(db: Connection, workspaceId: string): Promise<boolean> {
  return (await db.rows(`SELECT id FROM workspaces WHERE id = ? AND ${NOT_GONE}`, [workspaceId])).length > 0
}

/** Of a row of workspaces. */
export const NOT_GONE = 'id NOT IN (SELECT id FROM workspaces_gone)'

/**
 * For who writes into a workspace that was there when they came. Throws invalid_token where it was deleted since: elsewhere
 * nothing can refer to it any more, but rows that go later still can.
 */
export async function assertNotGone(db: Connection, workspaceId: string): Promise<void> {
  if (!db.dialect.removesLater) return
  if (await db.one('SELECT id FROM workspaces_gone WHERE id = ?', [workspaceId])) throw fail.invalidToken()
}

/**
 * Deletes tokens, and level by level those that they minted. A mint holds its own token locked, so that a token which is
 * being minted is either seen by the next statement or refused. Gives how many died. `condition` is a constant.
 */
export async function killTokens(db: Connection, condition: string, parameters: readonly string[]): Promise<number> {
  let dead = await db.rows(`DELETE FROM tokens WHERE ${condition} RETURNING id`, parameters)
  let count = dead.length
  while (dead.length > 0) {
    const next = []
    for (const { id } of dead)
      next.push(...(await db.rows('DELETE FROM tokens WHERE minted_by = ? RETURNING id', [id!])))
    dead = next
    count += dead.length
  }
  return count
}
