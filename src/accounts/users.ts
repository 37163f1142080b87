// Users: an address that has signed in.

import type { OpenContext } from '../context.ts'
import { newId } from '../declare/handles.ts'
import { secondsOf } from '../text/times.ts'
import { PEOPLE_ID_LENGTH, USER } from './handles.ts'

/** The id of the user with this address (in its normal form). */
export async function findUser(ctx: OpenContext, email: string): Promise<string | undefined> {
  const row = await ctx.db.typed.selectFrom('users').select('id').where('email', '=', email).executeTakeFirst()
  return row?.id
}

/** The address of a user who is there. */
export async function addressOf(ctx: OpenContext, id: string): Promise<string> {
  const [row] = await ctx.db.rows('SELECT email FROM users WHERE id = ?', [id])
  return String(row!.email)
}

/** The transaction holds the address locked, so that two first sign-ins make one user. */
export async function makeUser(ctx: OpenContext, email: string): Promise<string> {
  const id = newId(USER.prefix, ctx.random, PEOPLE_ID_LENGTH)
  await ctx.db.typed
    .insertInto('users')
    .values({ id, email, created_at: secondsOf(ctx.now), plan: '' })
    .execute()
  return id
}

/** The name of a user's plan; empty for the configured default. */
export async function planNameOf(ctx: OpenContext, id: string): Promise<string> {
  const row = await ctx.db.typed.selectFrom('users').select('plan').where('id', '=', id).executeTakeFirst()
  return row?.plan ?? ''
}
