// Tokens of everybody on this machine: made, listed and revoked without one.

import { TOKEN, WORKSPACE } from '../accounts/handles.ts'
import { TOKEN_START } from '../accounts/token-format.ts'
import { livesOf } from '../accounts/token-list.ts'
import { mintToken } from '../accounts/tokens.ts'
import { handleOf, idOf } from '../declare/handles.ts'
import { choice, email, text, time } from '../declare/kinds.ts'
import type { Line, ListView, RecordView } from '../render/answer.ts'
import { killTokens } from '../store/workspace-rows.ts'
import { sha256 } from '../text/digests.ts'
import { secondsOf } from '../text/times.ts'
import { LIST_MAX, listOf, type OwnerContext, OwnerError, recordOwnerEvent } from './owner.ts'
import { userOf } from './users.ts'
import { workspaceOf } from './workspaces.ts'

const dead = choice('expired', ['yes'])

/** Tokens, newest first: of everybody, or of the user with this address. `maxSeconds`: how old one gets. Throws OwnerError. */
export async function listAllTokens(
  ctx: OwnerContext,
  address: string | undefined,
  maxSeconds: number | undefined,
): Promise<ListView> {
  const userId = address === undefined ? undefined : await userOf(ctx, address)
  const { sql, parameters } = livesOf(maxSeconds, userId)
  const rows = await ctx.db.rows(
    `${sql} SELECT t.id, t.name, u.email, t.workspace_id, t.created_at, t.last_used_at, l.ends_at
      FROM lives l JOIN tokens t ON t.id = l.id JOIN users u ON u.id = t.user_id WHERE l.minter IS NULL
      ORDER BY t.created_at DESC, t.id LIMIT ?`,
    [...parameters, LIST_MAX + 1],
  )
  const now = secondsOf(ctx.now)
  return listOf(
    rows.map((row) => ({
      of: TOKEN,
      id: String(row.id),
      cells: [
        { label: 'name', kind: text, stored: row.name! },
        { label: 'user', kind: email, stored: row.email! },
        { label: 'workspace_id', kind: text, stored: row.workspace_id! },
        { label: 'created_at', kind: time, stored: row.created_at! },
        { label: 'last_used_at', kind: time, stored: row.last_used_at! },
        { label: 'expires_at', kind: time, stored: row.ends_at! },
        { label: 'expired', kind: dead, stored: Number(row.ends_at) <= now ? 'yes' : null },
      ],
    })),
  )
}

export interface TokenWanted {
  readonly address: string
  readonly workspace: string | undefined
  readonly name: string
  readonly idleSeconds: number
}

/** Mints a token for a member, for the workspace named or the one last used. Throws OwnerError. */
export async function createToken(ctx: OwnerContext, wanted: TokenWanted): Promise<readonly Line[]> {
  const userId = await userOf(ctx, wanted.address)
  const workspaceId = wanted.workspace === undefined ? undefined : (await workspaceOf(ctx, wanted.workspace)).id
  let mine = ctx.db.typed.selectFrom('memberships').select('workspace_id').where('user_id', '=', userId)
  if (workspaceId !== undefined) mine = mine.where('workspace_id', '=', workspaceId)
  const membership = await mine.orderBy('last_used_at', 'desc').executeTakeFirst()
  if (!membership) throw new OwnerError(`${wanted.address} is no member there. See: crmkit workspace members <id>`)
  const { workspace_id } = membership
  const minted = await mintToken(ctx, {
    ...{ userId, workspaceId: workspace_id, name: wanted.name, idleSeconds: wanted.idleSeconds },
  })
  await recordOwnerEvent(ctx, workspace_id, {
    ...{ action: 'create', of: TOKEN, id: minted.id },
    changes: { name: [null, minted.name] },
  })
  return [
    ['token', { words: minted.token }],
    ['token_id', { words: handleOf(TOKEN, minted.id) }],
    ['token_name', { value: minted.name }],
    ['workspace_id', { words: handleOf(WORKSPACE, workspace_id) }],
    ['user', { value: wanted.address }],
  ]
}

/** Revokes one token, and those that it minted, at once: by its id, or by itself, as who finds a leaked one has it. Throws OwnerError. */
export async function revokeOne(ctx: OwnerContext, sent: string): Promise<ListView> {
  const leaked = sent.trim()
  const found = leaked.startsWith(TOKEN_START)
    ? await tokensWith(ctx, 'hash', sha256(leaked))
    : await tokensWith(ctx, 'id', idOf(TOKEN, sent) ?? '')
  if (found.length > 0) return revoke(ctx, found)
  // A token is never repeated: this one may live elsewhere.
  const named = leaked.startsWith(TOKEN_START) ? `like this ${TOKEN_START}…` : JSON.stringify(sent)
  throw new OwnerError(`There is no token ${named}. See: crmkit token list`)
}

/** Revokes every token of the user with this address at once. Throws OwnerError. */
export async function revokeAllOf(ctx: OwnerContext, address: string): Promise<ListView> {
  return revoke(ctx, await tokensWith(ctx, 'user_id', await userOf(ctx, address)))
}

interface TokenRow {
  readonly id: string
  readonly name: string
  readonly workspace_id: string
}

function tokensWith(ctx: OwnerContext, column: 'id' | 'user_id' | 'hash', value: string): Promise<TokenRow[]> {
  return ctx.db.typed.selectFrom('tokens').select(['id', 'name', 'workspace_id']).where(column, '=', value).execute()
}

async function revoke(ctx: OwnerContext, tokens: readonly TokenRow[]): Promise<ListView> {
  const views: RecordView[] = []
  for (const { id, name, workspace_id } of tokens) {
    // Somebody else may have ended it meanwhile, and has told the log.
    if ((await killTokens(ctx.db, 'id = ?', [id])) === 0) continue
    await recordOwnerEvent(ctx, workspace_id, { action: 'delete', of: TOKEN, id, changes: { name: [name, null] } })
    views.push({ of: TOKEN, id, cells: [{ label: 'name', kind: text, stored: name }] })
  }
  return listOf(views)
}
