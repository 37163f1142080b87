// Tokens: minted at sign-in, renewed by use, listed and revoked by their owner.

import type { Connector, Context, OpenContext } from '../context.ts'
import { newId } from '../declare/handles.ts'
import { choice, text, time } from '../declare/kinds.ts'
import { fail } from '../errors.ts'
import type { ListView, RecordView } from '../render/answer.ts'
import { secondsOf } from '../text/times.ts'
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

export async function mintToken(
  ctx: OpenContext,
  { userId, workspaceId, name, idleSeconds, mintedBy, connector }: Minting,
): Promise<Minted> {
  const token = newToken(ctx.random)
  const id = newId(TOKEN.prefix, ctx.random, ID_LENGTH)
  const now = secondsOf(ctx.now)
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

/** The caller's live tokens in all workspaces, newest first. */
export async function listTokens(ctx: Context): Promise<ListView> {
  const rows = await ctx.db.typed
    .selectFrom('tokens')
    .innerJoin('workspaces', 'workspaces.id', 'tokens.workspace_id')
    .select(['tokens.id', 'tokens.name', 'tokens.workspace_id', 'workspaces.name as workspace_name'])
    .select(['tokens.created_at', 'tokens.last_used_at', 'tokens.expires_at'])
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
      { label: 'current', kind: yes, stored: current ? 'yes' : null },
    ]
    return { of: TOKEN, id: row.id, cells }
  })
  return { items, total: items.length, totalMax: LIST_MAX, clipped: false }
}

/** Revokes one of the caller's own tokens at once, also the one in use. Throws 404. */
export async function revokeToken(ctx: Context, id: string | undefined): Promise<RecordView> {
  const gone = await ctx.db.typed
    .deleteFrom('tokens')
    .where('id', '=', id ?? '')
    .where('user_id', '=', ctx.caller.userId)
    .returning(['id', 'name'])
    .executeTakeFirst()
  if (!gone) throw fail.notFound({ what: 'token of that id', next: 'See yours: GET /tokens' })
  return { of: TOKEN, id: gone.id, cells: [{ label: 'name', kind: text, stored: gone.name }] }
}

const yes = choice('yes', ['yes'])
