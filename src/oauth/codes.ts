// Authorization codes: what a person granted, until the app fetches its token (OAuth 2.1 §4.1.2). One use, 60 seconds;
// a code that comes again was stolen once, so that the token it gave dies (§4.1.3).

import { createHmac } from 'node:crypto'
import { endAppToken, holdToken } from '../accounts/token-ending.ts'
import { holdWorkspace } from '../accounts/workspaces.ts'
import type { OpenContext } from '../context.ts'
import { sha256 } from '../text/digests.ts'
import { DAY_SECONDS, secondsOf } from '../text/times.ts'
import type { Authorization } from './authorize.ts'
import { type Fault, fault } from './fault.ts'
import { verifies } from './pkce.ts'
import type { Access } from './resource.ts'

export const CODE_SECONDS_MAX = 60
/** How long a second use is still recognised. */
export const REMEMBERED_SECONDS = 90 * DAY_SECONDS

/** What the person chose on the consent page. */
export interface Grant {
  readonly userId: string
  readonly workspaceId: string
  readonly access: Access
  readonly maySwitch: boolean
}

export interface StoredCode {
  readonly client_id: string
  readonly client_name: string
  readonly redirect_uri: string
  readonly challenge: string
  readonly user_id: string
  readonly workspace_id: string
  readonly access: Access
  readonly may_switch: number
  readonly expires_at: number
  readonly used: number
  readonly token_id: string | null
}

/**
 * The code of an authorization request. It is made of the request and of what only its browser knows, so that a second
 * click on "Allow" leads to the same one.
 */
export function codeOf(secret: string, requestId: string, browserSecret: string): string {
  const mac = createHmac('sha256', secret).update(JSON.stringify(['oauth-code', requestId, browserSecret]))
  return `mcc_${mac.digest('base64url')}`
}

/** Keeps a code for 60 seconds, as its hash. */
export async function keepCode(ctx: OpenContext, code: string, granted: Authorization & Grant): Promise<void> {
  const now = secondsOf(ctx.now)
  const row = {
    ...{ hash: sha256(code), client_id: granted.clientId, client_name: granted.clientName },
    ...{ redirect_uri: granted.redirectUri, challenge: granted.challenge },
    ...{ user_id: granted.userId, workspace_id: granted.workspaceId },
    ...{ access: granted.access, may_switch: granted.maySwitch ? 1 : 0 },
    ...{ expires_at: now + CODE_SECONDS_MAX, used: 0, token_id: null },
  }
  await ctx.db.typed.insertInto('oauth_codes').values(row).execute()
}

/** Whether the code still waits to be fetched. */
export async function codeWaits(ctx: OpenContext, code: string): Promise<boolean> {
  const row = await findCode(ctx, code)
  return row !== undefined && row.used === 0 && secondsOf(ctx.now) < row.expires_at
}

/** What an app shows for a token. */
export interface Redemption {
  readonly code: string
  readonly clientId: string
  readonly redirectUri: string | undefined
  readonly verifier: string
}

/**
 * The code, locked until the transaction ends, so that of parallel requests one alone gets a token. Gives a fault for
 * one that can't be used; one that was used before takes its token with it, which is answered rather than thrown, so
 * that the revocation is kept.
 */
export async function lockCode(ctx: OpenContext, sent: Redemption): Promise<StoredCode | Fault> {
  const hash = sha256(sent.code)
  // First the workspace, as everybody does who locks what is in it.
  const found = await findCode(ctx, sent.code)
  if (found) await holdWorkspace(ctx, found.workspace_id)
  await ctx.db.rows(`SELECT hash FROM oauth_codes WHERE hash = ? ${ctx.db.dialect.forUpdate}`, [hash])
  const row = await findCode(ctx, sent.code)
  if (row?.used === 1 && row.token_id !== null) {
    const held = await holdToken(ctx, 'id', row.token_id)
    if (held) await endAppToken(ctx, held)
  }
  return redemptionFault(row, sent, secondsOf(ctx.now)) ?? row!
}

/** Remembers which token a code gave; it gives no other. */
export async function useCode(ctx: OpenContext, code: string, tokenId: string): Promise<void> {
  await ctx.db.typed
    .updateTable('oauth_codes')
    .set({ used: 1, token_id: tokenId })
    .where('hash', '=', sha256(code))
    .execute()
}

/** Why a code can't be redeemed so (OAuth 2.1 §4.1.3, RFC 7636 §4.6); `now` in seconds. */
export function redemptionFault(
  code: Pick<StoredCode, 'client_id' | 'redirect_uri' | 'challenge' | 'expires_at' | 'used'> | undefined,
  sent: Redemption,
  now: number,
): Fault | undefined {
  if (code === undefined || code.used !== 0 || now >= code.expires_at)
    return fault('invalid_grant', 'This code is unknown, used or older than 60 seconds. Begin again.')
  if (code.client_id !== sent.clientId) return fault('invalid_grant', 'This code was given to another client.')
  if (sent.redirectUri !== undefined && sent.redirectUri !== code.redirect_uri)
    return fault('invalid_grant', 'redirect_uri is not the one that the code was sent to.')
  if (!verifies(sent.verifier, code.challenge))
    return fault('invalid_grant', 'code_verifier does not fit the code_challenge.')
  return undefined
}

async function findCode(ctx: OpenContext, code: string): Promise<StoredCode | undefined> {
  return ctx.db.typed.selectFrom('oauth_codes').selectAll().where('hash', '=', sha256(code)).executeTakeFirst()
}
