// Sign-in codes: made for whoever asks, mailed if the address may sign in, used up once.

import type { OpenContext } from '../context.ts'
import { newId } from '../declare/handles.ts'
import { enqueueMail, mailsUsedUp } from '../mail/outbox.ts'
import type { SignUpPolicy } from '../settings/lists.ts'
import { secondsOf } from '../text/times.ts'
import {
  CODE_SECONDS_MAX,
  codeMac,
  IS_LIVE,
  LIVE_CODES_MAX,
  liveAt,
  mayGuess,
  newCode,
  takesLongCodes,
  typedCode,
} from './codes.ts'
import { countGuess, forgiveGuess, lockAddress } from './guesses.ts'
import { PEOPLE_ID_LENGTH } from './handles.ts'
import { maySignIn } from './sign-up.ts'

/** How codes reach people. */
export interface CodeRules {
  readonly signUp: SignUpPolicy
  /** No mail server: shows a code to the person at the terminal. Undefined: codes are mailed. */
  readonly showCode: ((about: string, email: string, code: string) => void) | undefined
}

/**
 * Makes a code for an address in its normal form and sends it on its way, unless three live or the hour's mails are used
 * up. Whether the address may sign in changes nothing but whether the mail leaves. Gives the code in local mode alone.
 */
export async function issueSignInCode(ctx: OpenContext, rules: CodeRules, email: string): Promise<string | undefined> {
  const now = secondsOf(ctx.now)
  const long = takesLongCodes(await lockAddress(ctx, email))
  const [row] = await ctx.db.rows(
    `SELECT count(*) AS live FROM sign_in_codes WHERE email = ? AND used = 0 AND ${IS_LIVE} AND is_long >= ?`,
    [email, ...liveAt(now), long ? 1 : 0],
  )
  const usedUp = rules.showCode === undefined && (await mailsUsedUp(ctx, email))
  const allowed = await maySignIn(ctx, rules.signUp, email)
  if (Number(row!.live) >= LIVE_CODES_MAX || usedUp) return undefined
  const code = newCode(ctx.random, long)
  const expiresAt = now + CODE_SECONDS_MAX
  await ctx.db.typed
    .insertInto('sign_in_codes')
    .values({
      ...{ id: newId('sc', ctx.random, PEOPLE_ID_LENGTH), email, used: 0, created_at: now, expires_at: expiresAt },
      ...{ code_mac: codeMac(ctx.secret, 'sign-in', [email], code), is_long: long ? 1 : 0 },
    })
    .execute()
  const { showCode } = rules
  if (!showCode) await enqueueMail(ctx, { kind: 'sign-in code', to: email, code, expiresAt }, !allowed)
  else if (allowed) ctx.afterCommit(() => showCode('Sign-in code', email, code))
  return showCode && allowed ? code : undefined
}

/** For who invites the address: what it asked for while it could not sign in never left, and must not stand in for new codes. */
export async function forgetUnsentCodes(ctx: OpenContext, { signUp }: CodeRules, email: string): Promise<void> {
  if (signUp.kind !== 'invite') return
  await lockAddress(ctx, email)
  if (await maySignIn(ctx, signUp, email)) return
  await ctx.db.rows('DELETE FROM sign_in_codes WHERE email = ?', [email])
}

/**
 * Whether `typed` is a live code of the address; it is used up then. A guess is counted before it is compared; the
 * transaction must be kept whatever comes of it. Of parallel right answers one alone is right.
 */
export async function useSignInCode(ctx: OpenContext, email: string, typed: string): Promise<boolean> {
  const code = typedCode(typed)
  const guesses = await countGuess(ctx, email)
  if (!mayGuess(code, guesses)) return false
  const used = await ctx.db.rows(
    `UPDATE sign_in_codes SET used = 1 WHERE email = ? AND code_mac = ? AND used = 0 AND ${IS_LIVE} RETURNING id`,
    [email, codeMac(ctx.secret, 'sign-in', [email], code), ...liveAt(secondsOf(ctx.now))],
  )
  if (used.length === 0) return false
  await forgiveGuess(ctx, email, guesses)
  return true
}
