// Authorization requests: one way of one browser through the sign-in page, from the app and back to it. Each has a
// cookie of its own, so that two at once never mix, and gets a new one when its person has signed in.

import { createHmac } from 'node:crypto'
import type { OpenContext } from '../context.ts'
import { newId, type Random } from '../declare/handles.ts'
import { areSame, sha256 } from '../text/digests.ts'
import { secondsOf } from '../text/times.ts'
import type { Authorization } from './authorize.ts'
import type { Access } from './resource.ts'

export const REQUEST_SECONDS_MAX = 30 * 60
const SECRET_BYTES = 32
const ID_LENGTH = 16
const ID = /^ar_[0-9a-hjkmnp-tv-z]{16}$/

export interface AuthorizationRequest extends Authorization {
  readonly id: string
  /** The base URL under which the app knows this server. */
  readonly issuer: string
  readonly email: string | undefined
  readonly userId: string | undefined
  readonly answered: boolean
}

/** What is to be asked next. */
export function stageOf({ email, userId }: AuthorizationRequest): 'email' | 'code' | 'consent' {
  if (userId !== undefined) return 'consent'
  return email === undefined ? 'email' : 'code'
}

/** Keeps a new request; gives its id, and the secret for the browser's cookie, which nothing else keeps. */
export async function openRequest(
  ctx: OpenContext,
  authorization: Authorization,
  issuer: string,
): Promise<{ id: string; browserSecret: string }> {
  const now = secondsOf(ctx.now)
  const id = newId('ar', ctx.random, ID_LENGTH)
  const browserSecret = newBrowserSecret(ctx.random)
  const row = {
    ...{ id, browser_hash: sha256(browserSecret), issuer },
    ...{ client_id: authorization.clientId, client_name: authorization.clientName },
    ...{ redirect_uri: authorization.redirectUri, challenge: authorization.challenge },
    ...{ access: authorization.access, state: authorization.state ?? null },
    ...{ email: null, user_id: null, expires_at: now + REQUEST_SECONDS_MAX, answered: 0 },
  }
  await ctx.db.typed.insertInto('oauth_requests').values(row).execute()
  return { id, browserSecret }
}

/** The request of this id, if it lives and the browser is the one that began it. */
export async function findRequest(
  ctx: OpenContext,
  id: string | undefined,
  browserSecret: string | undefined,
): Promise<AuthorizationRequest | undefined> {
  if (id === undefined || browserSecret === undefined || !ID.test(id)) return undefined
  const row = await ctx.db.typed
    .selectFrom('oauth_requests')
    .selectAll()
    .where('id', '=', id)
    .where('browser_hash', '=', sha256(browserSecret))
    .where('expires_at', '>', secondsOf(ctx.now))
    .executeTakeFirst()
  if (!row) return undefined
  return {
    ...{ id: row.id, clientId: row.client_id, clientName: row.client_name, redirectUri: row.redirect_uri },
    ...{ state: row.state ?? undefined, challenge: row.challenge, access: row.access satisfies Access },
    ...{ issuer: row.issuer, email: row.email ?? undefined, userId: row.user_id ?? undefined },
    answered: row.answered === 1,
  }
}

/** Notes the address that was typed; undefined goes back to asking for one. */
export async function noteAddress(ctx: OpenContext, id: string, email: string | undefined): Promise<void> {
  await ctx.db.typed
    .updateTable('oauth_requests')
    .set({ email: email ?? null })
    .where('id', '=', id)
    .where('user_id', 'is', null)
    .execute()
}

/**
 * Notes who signed in. Gives the secret of a new cookie: whoever knew the old one, because they planted it, is left
 * outside.
 */
export async function noteUser(ctx: OpenContext, id: string, userId: string, email: string): Promise<string> {
  const browserSecret = newBrowserSecret(ctx.random)
  await ctx.db.typed
    .updateTable('oauth_requests')
    .set({ user_id: userId, email, browser_hash: sha256(browserSecret) })
    .where('id', '=', id)
    .execute()
  return browserSecret
}

/** Ends the request; of parallel answers the first one counts, and the others get false. */
export async function noteAnswer(ctx: OpenContext, id: string): Promise<boolean> {
  const ended = await ctx.db.rows('UPDATE oauth_requests SET answered = 1 WHERE id = ? AND answered = 0 RETURNING id', [
    id,
  ])
  return ended.length > 0
}

/** Undoes an answer that came to nothing, in the transaction that noted it. */
export async function reopen(ctx: OpenContext, id: string): Promise<void> {
  await ctx.db.typed.updateTable('oauth_requests').set({ answered: 0 }).where('id', '=', id).execute()
}

/** What every form of the request carries, and a foreign page can't know. */
export function formKey(secret: string, id: string, browserSecret: string): string {
  return createHmac('sha256', secret)
    .update(JSON.stringify(['oauth-form', id, browserSecret]))
    .digest('base64url')
}

export function isFormKey(sent: string | undefined, expected: string): boolean {
  return areSame(sent ?? '', expected)
}

function newBrowserSecret(random: Random): string {
  return Buffer.from(random(SECRET_BYTES)).toString('base64url')
}
