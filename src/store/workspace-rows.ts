// Every table that holds rows of a workspace, and how to remove them all. A test compares the list with the schema.

import type { Connection, Dialect } from './dialect.ts'

/** Those that refer to others come before them. */
export function workspaceTables({ words }: Dialect): readonly string[] {
  return [
    ...['activities', 'deals', 'contacts', 'companies'],
    ...words.tables,
    ...['audit_events', 'import_keys', 'workspace_usage', 'idempotency_keys', 'invites', 'oauth_codes', 'memberships'],
  ]
}

/** Removes the workspace and everything that belongs to it; the tokens first, and those that they minted elsewhere. */
export async function deleteWorkspaceRows(db: Connection, workspaceId: string): Promise<void> {
  if (db.dialect.unbounded) await db.change(db.dialect.unbounded, [])
  await killTokens(db, 'workspace_id = ?', [workspaceId])
  await db.dialect.words.forget?.(db, workspaceId)
  for (const table of workspaceTables(db.dialect))
    await db.rows(`DELETE FROM ${table} WHERE workspace_id = ?`, [workspaceId])
  await db.rows('DELETE FROM workspaces WHERE id = ?', [workspaceId])
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
