// The end of a token: revoked by its owner, given back by an app, or taken from one. Whoever ends one holds it, so that of
// several who would one alone does, and the log has one entry.

import type { Context, OpenContext } from '../context.ts'
import { text } from '../declare/kinds.ts'
import { fail } from '../errors.ts'
import type { RecordView } from '../render/answer.ts'
import { killTokens } from '../store/workspace-rows.ts'
import { type Author, authorOf, recordTeamEventBy } from './audit.ts'
import { TOKEN } from './handles.ts'
import { addressOf } from './users.ts'
import { holdWorkspace } from './workspaces.ts'

/** A token that nobody else ends, or mints with, before the transaction does. */
export interface HeldToken {
  readonly id: string
  readonly name: string
  readonly userId: string
  readonly workspaceId: string
  /** The app that it was given to. */
  readonly clientId: string | null
}

/** Locks a token, after its workspace, as everybody does who changes both. Undefined where there is none. */
export async function holdToken(
  ctx: OpenContext,
  column: 'id' | 'hash',
  value: string,
): Promise<HeldToken | undefined> {
  const [found] = await ctx.db.rows(`SELECT workspace_id FROM tokens WHERE ${column} = ?`, [value])
  if (!found) return undefined
  await holdWorkspace(ctx, String(found.workspace_id))
  const sql = `SELECT id, name, user_id, workspace_id, client_id FROM tokens WHERE ${column} = ?${ctx.db.dialect.forUpdate}`
  const [row] = await ctx.db.rows(sql, [value])
  if (!row) return undefined
  return {
    ...{ id: String(row.id), name: String(row.name), userId: String(row.user_id) },
    ...{ workspaceId: String(row.workspace_id), clientId: row.client_id === null ? null : String(row.client_id) },
  }
}

/** Revokes one of the caller's own tokens at once, also the one in use, with all that it minted. Throws 404. */
export async function revokeToken(ctx: Context, id: string | undefined): Promise<RecordView> {
  const held = await holdToken(ctx, 'id', id ?? '')
  if (held?.userId !== ctx.caller.userId)
    throw fail.notFound({ what: 'token of that id', next: 'See yours: GET /tokens' })
  await end(ctx, held, authorOf(ctx))
  return { of: TOKEN, id: held.id, cells: [{ label: 'name', kind: text, stored: held.name }] }
}

/** Ends an app's token in the name of whoever let the app in. */
export async function endAppToken(ctx: OpenContext, held: HeldToken): Promise<void> {
  await end(ctx, held, { address: await addressOf(ctx, held.userId), tokenName: held.name })
}

async function end(ctx: OpenContext, { id, name, workspaceId }: HeldToken, by: Author): Promise<void> {
  await killTokens(ctx.db, 'id = ?', [id])
  const event = { action: 'delete', of: TOKEN, id } as const
  await recordTeamEventBy(ctx, workspaceId, { ...event, changes: { name: [name, null] } }, by)
}
