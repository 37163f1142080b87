// Tokens: minted at sign-in, renewed by use, listed and revoked by their owner.

import type { Connector, Context, OpenContext } from '../context.ts'
import { handleOf, newId } from '../declare/handles.ts'
import { choice, text, time } from '../declare/kinds.ts'
import { fail } from '../errors.ts'
import type { Answer, Line, ListView, RecordView } from '../render/answer.ts'
import { killTokens } from '../store/workspace-rows.ts'
import { secondsOf } from '../text/times.ts'
import { recordTeamEvent, recordTeamEventBy, type TeamEvent } from './audit.ts'
import { TOKEN, WORKSPACE } from './handles.ts'
import { hashOf, newToken } from './token-format.ts'

const ID_LENGTH = 12
const LIST_MAX = 200

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
  if (mintedBy !== undefined) await lockToken(ctx, mintedBy)
  const chosen = await ctx.db.rows(
    'UPDATE memberships SET last_used_at = ? WHERE workspace_id = ? AND user_id = ? RETURNING user_id',
    [await latestUse(ctx, now, userId, workspaceId), workspaceId, userId],
  )
  if (chosen.length === 0) throw fail.notFound({ what: 'workspace of that id', next: 'See yours: GET /workspaces' })
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
    .values({ hash: hashOf(token), id, user_id: userId, workspace_id: workspaceId, name, ...times, ...granted })
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
  workspace: { readonly id: string; readonly name: string },
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
  const lines: Line[] = [
    ['token', { words: token.token }],
    ['token_id', { words: handleOf(TOKEN, token.id) }],
    ['token_name', { value: token.name }],
    ['workspace', { value: workspace.name }],
    ['workspace_id', { words: handleOf(WORKSPACE, workspace.id) }],
    [
      'next',
      { words: 'Keep the token; it is shown once. It acts in this workspace and dies with the token that minted it.' },
    ],
  ]
  return { form: 'lines', status: 201, lines, verdict: 'created' }
}

/** The caller's live tokens in all workspaces, newest first. */
export async function listTokens(ctx: Context): Promise<ListView> {
  const rows = await ctx.db.typed
    .selectFrom('tokens')
    .innerJoin('workspaces', 'workspaces.id', 'tokens.workspace_id')
    .select(['tokens.id', 'tokens.name', 'tokens.workspace_id', 'workspaces.name as workspace_name'])
    .select(['tokens.created_at', 'tokens.last_used_at', 'tokens.expires_at', 'tokens.client_id', 'tokens.access'])
    .where('tokens.user_id', '=', ctx.caller.userId)
    .where('tokens.expires_at', '>', secondsOf(ctx.now))
    .orderBy('tokens.created_at', 'desc')
    .orderBy('tokens.id')
    .limit(LIST_MAX)
    .execute()
  const items = rows.map((row): RecordView => {
    const current = row.id === ctx.caller.tokenId
    const cells = [
      { label: 'name', kind: text, stored: row.name },
      { label: 'workspace_id', kind: text, stored: row.workspace_id },
      { label: `${WORKSPACE.name}.name`, kind: text, stored: row.workspace_name },
      { label: 'created_at', kind: time, stored: row.created_at },
      { label: 'last_used_at', kind: time, stored: row.last_used_at },
      { label: 'expires_at', kind: time, stored: row.expires_at },
      { label: 'client_id', kind: text, stored: row.client_id },
      { label: 'access', kind: text, stored: row.client_id === null ? null : row.access },
      { label: 'current', kind: yes, stored: current ? 'yes' : null },
    ]
    return { of: TOKEN, id: row.id, cells }
  })
  return { items, total: items.length, totalMax: LIST_MAX, clipped: false }
}

/** Revokes one of the caller's own tokens at once, also the one in use, with all that it minted. Throws 404. */
export async function revokeToken(ctx: Context, id: string | undefined): Promise<RecordView> {
  const { forUpdate } = ctx.db.dialect
  const [row] = await ctx.db.rows(
    `SELECT id, name, workspace_id FROM tokens WHERE id = ? AND user_id = ?${forUpdate}`,
    [id ?? '', ctx.caller.userId],
  )
  if (!row) throw fail.notFound({ what: 'token of that id', next: 'See yours: GET /tokens' })
  const [gone, name] = [String(row.id), String(row.name)]
  await killTokens(ctx.db, 'id = ?', [gone])
  await recordTeamEvent(ctx, String(row.workspace_id), {
    ...{ action: 'delete', of: TOKEN, id: gone },
    changes: { name: [name, null] },
  })
  return { of: TOKEN, id: gone, cells: [{ label: 'name', kind: text, stored: name }] }
}

/** Notes that an app got a token of its user's, who let it in, or lost it. */
export async function recordAppToken(ctx: OpenContext, action: 'create' | 'delete', tokenId: string): Promise<void> {
  const row = await ctx.db.typed
    .selectFrom('tokens')
    .innerJoin('users', 'users.id', 'tokens.user_id')
    .select(['tokens.name', 'tokens.workspace_id', 'users.email'])
    .where('tokens.id', '=', tokenId)
    .executeTakeFirst()
  if (!row) return
  const changes: TeamEvent['changes'] = { name: action === 'create' ? [null, row.name] : [row.name, null] }
  const by = { address: row.email, tokenName: row.name }
  await recordTeamEventBy(ctx, row.workspace_id, { action, of: TOKEN, id: tokenId, changes }, by)
}

/** Holds a token until the transaction ends, so that it can't be revoked without what it mints. */
async function lockToken(ctx: OpenContext, id: string): Promise<void> {
  const { forUpdate } = ctx.db.dialect
  const found = await ctx.db.rows(`SELECT id FROM tokens WHERE id = ?${forUpdate}`, [id])
  if (found.length === 0) throw fail.invalidToken()
}

const yes = choice('yes', ['yes'])
