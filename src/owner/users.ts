// Who has signed in at this machine.

import { USER } from '../accounts/handles.ts'
import { LIVE_TOKENS, livesOf } from '../accounts/token-list.ts'
import { email, integer, time } from '../declare/kinds.ts'
import type { ListView } from '../render/answer.ts'
import { addressKey } from '../text/addresses.ts'
import { secondsOf } from '../text/times.ts'
import { LIST_MAX, listOf, type OwnerContext, OwnerError } from './owner.ts'

/** Every user with the number of their workspaces and live tokens, oldest first. */
export async function listUsers(ctx: OwnerContext, maxSeconds: number | undefined): Promise<ListView> {
  const { sql, parameters } = livesOf(maxSeconds)
  const rows = await ctx.db.rows(
    `${sql} SELECT u.id, u.email, u.created_at,
      (SELECT count(*) FROM memberships m WHERE m.user_id = u.id) AS workspaces,
      (SELECT count(*) FROM ${LIVE_TOKENS} WHERE t.user_id = u.id) AS tokens,
      (SELECT max(last_used_at) FROM tokens t WHERE t.user_id = u.id) AS last_used_at
      FROM users u ORDER BY u.created_at, u.id LIMIT ?`,
    [...parameters, secondsOf(ctx.now), LIST_MAX + 1],
  )
  return listOf(
    rows.map((row) => ({
      of: USER,
      id: String(row.id),
      cells: [
        { label: 'email', kind: email, stored: row.email! },
        { label: 'created_at', kind: time, stored: row.created_at! },
        { label: 'workspaces', kind: integer, stored: row.workspaces! },
        { label: 'tokens', kind: integer, stored: row.tokens! },
        { label: 'last_used_at', kind: time, stored: row.last_used_at ?? null },
      ],
    })),
  )
}

/** The id of the user with an address. Throws OwnerError. */
export async function userOf(ctx: OwnerContext, address: string): Promise<string> {
  const found = await ctx.db.typed
    .selectFrom('users')
    .select('id')
    .where('email', '=', addressKey(address))
    .executeTakeFirst()
  if (found) return found.id
  throw new OwnerError(`Nobody has signed in as ${JSON.stringify(address)} yet. See: crmkit user list`)
}
