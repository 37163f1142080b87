// Tokens, as they are minted: at sign-in, for a member, for an app.

import type { Connector, Context, OpenContext } from '../context.ts'
import { handleOf, newId } from '../declare/handles.ts'
import { fail } from '../errors.ts'
import type { Answer, Line } from '../render/answer.ts'
import { sha256 } from '../text/digests.ts'
import { secondsOf } from '../text/times.ts'
import { recordTeamEvent } from './audit.ts'
import { TOKEN, WORKSPACE } from './handles.ts'
import { holdToken } from './token-ending.ts'
import { newToken } from './token-format.ts'
import { holdWorkspace, noSuchWorkspace, type WorkspaceRow } from './workspaces.ts'

const ID_LENGTH = 12

export interface Minted {
  readonly id: string
  readonly name: string
  /** The token itself; nothing keeps it. */
  readonly token: string
}

export interface Minting {
  readonly userId: string
  readonly workspaceId: string
  readonly name: string
  readonly idleSeconds: number
  /** The id of the token that mints it, with which it dies. */
  readonly mintedBy?: string
  /** The app that it is for. */
  readonly connector?: Connector
}

/**
 * Makes a token for a membership, which counts as chosen from then on. Throws invalid_token where the minting token died
 * meanwhile, 404 where the membership did.
 */
export async function mintToken(
  ctx: OpenContext,
  { userId, workspaceId, name, idleSeconds, mintedBy, connector }: Minting,
): Promise<Minted> {
  const now = secondsOf(ctx.now)
  await holdWorkspace(ctx, workspaceId)
  if (mintedBy !== undefined && !(await holdToken(ctx, 'id', mintedBy))) throw fail.invalidToken()
  const chosen = await ctx.db.rows(
    'UPDATE memberships SET last_used_at = ? WHERE workspace_id = ? AND user_id = ? RETURNING user_id',
    [await latestUse(ctx, now, userId, workspaceId), workspaceId, userId],
  )
  if (chosen.length === 0) throw noSuchWorkspace()
  const token = newToken(ctx.random)
  const id = newId(TOKEN.prefix, ctx.random, ID_LENGTH)
  const times = { created_at: now, last_used_at: now, expires_at: now + idleSeconds }
  const granted = {
    minted_by: mintedBy ?? null,
    client_id: connector?.clientId ?? null,
    access: connector?.access ?? 'write',
    may_switch: connector && !connector.maySwitch ? 0 : 1,
  } as const
  await ctx.db.typed
    .insertInto('tokens')
    .values({ hash: sha256(token), id, user_id: userId, workspace_id: workspaceId, name, ...times, ...granted })
    .execute()
  return { id, name, token }
}

/** Now, or later where another workspace of theirs was chosen within this second: the last choice counts. */
async function latestUse(ctx: OpenContext, now: number, userId: string, workspaceId: string): Promise<number> {
  const latest = 'SELECT max(last_used_at) AS latest FROM memberships WHERE user_id = ? AND workspace_id <> ?'
  const [other] = await ctx.db.rows(latest, [userId, workspaceId])
  return Math.max(now, Number(other?.latest ?? 0) + 1)
}

/** POST /workspaces/{id}/tokens: a token of the caller's for a workspace of theirs, which dies with the one in use. */
export async function mintForMember(
  ctx: Context,
  workspace: WorkspaceRow,
  name: string,
  idleSeconds: number,
): Promise<Answer> {
  const { userId, tokenId, connector } = ctx.caller
  const minting = { userId, workspaceId: workspace.id, name, idleSeconds, mintedBy: tokenId, connector }
  const token = await mintToken(ctx, minting)
  await recordTeamEvent(ctx, workspace.id, {
    ...{ action: 'create', of: TOKEN, id: token.id },
    changes: { name: [null, name] },
  })
  const next = 'Keep the token; it is shown once. It acts in this workspace and dies with the token that minted it.'
  const lines: Line[] = [...mintedLines(token, workspace), ['next', { words: next }]]
  return { form: 'lines', status: 201, lines, verdict: 'created' }
}

/** What everybody is told of their new token. */
export function mintedLines({ id, name, token }: Minted, workspace: WorkspaceRow): Line[] {
  return [
    ['token', { words: token }],
    ['token_id', { words: handleOf(TOKEN, id) }],
    ['token_name', { value: name }],
    ['workspace', { value: workspace.name }],
    ['workspace_id', { words: handleOf(WORKSPACE, workspace.id) }],
  ]
}
