// Step-up: what can't be undone or gives power needs a code from the caller's own mailbox. A code is bound to user,
// action and target, works once, lives ten minutes and dies after five wrong tries.

import { timingSafeEqual } from 'node:crypto'
import type { Context } from '../context.ts'
import { newId } from '../declare/handles.ts'
import { type ApiError, fail } from '../errors.ts'
import { enqueueMail, mailsUsedUp } from '../mail/outbox.ts'
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
import type { CodeRules } from './sign-in-codes.ts'

const TRIES_MAX = 5

export interface Escalation {
  readonly action: 'invite-admin' | 'promote' | 'delete-workspace'
  /** What it is done to: ids, and addresses in their normal form. */
  readonly target: string
}

/**
 * Undefined where `code` is right: it is used up then. Else what to answer: escalation_required where none was sent and a
 * new one is on its way, invalid_code for a wrong one. It is answered rather than thrown, so that counts are kept. Throws
 * invalid_value for an empty one, which is often a variable of a script that is not set, and no guess.
 */
export async function requireStepUp(
  ctx: Context,
  rules: CodeRules,
  escalation: Escalation,
  code: string | undefined,
): Promise<ApiError | undefined> {
  if (code === undefined) return issue(ctx, rules, escalation)
  const typed = typedCode(code)
  if (typed === '') throw fail.badRequest({ problem: 'The code is empty. Send it, or leave code out for a new one.' })
  return (await use(ctx, escalation, typed)) ? undefined : fail.invalidStepUpCode()
}

async function issue(ctx: Context, { showCode }: CodeRules, { action, target }: Escalation): Promise<ApiError> {
  const { email, userId } = ctx.caller
  const now = secondsOf(ctx.now)
  const long = takesLongCodes(await lockAddress(ctx, email))
  const [row] = await ctx.db.rows(
    `SELECT count(*) AS live FROM step_up_codes WHERE user_id = ? AND action = ? AND target = ? AND ${IS_LIVE} AND attempts < ${TRIES_MAX} AND is_long >= ?`,
    [userId, action, target, ...liveAt(now), long ? 1 : 0],
  )
  const usedUp = showCode === undefined && (await mailsUsedUp(ctx, email))
  if (Number(row!.live) >= LIVE_CODES_MAX || usedUp)
    return fail.escalationRequired({ sent: false, isLocal: showCode !== undefined })
  const code = newCode(ctx.random, long)
  const expires_at = now + CODE_SECONDS_MAX
  await ctx.db.typed
    .insertInto('step_up_codes')
    .values({
      ...{
        id: newId('su', ctx.random, PEOPLE_ID_LENGTH),
        user_id: userId,
        action,
        target,
        created_at: now,
        expires_at,
      },
      ...{
        code_mac: codeMac(ctx.secret, 'step-up', [userId, action, target], code),
        attempts: 0,
        is_long: long ? 1 : 0,
      },
    })
    .execute()
  if (!showCode) await enqueueMail(ctx, { kind: 'step-up code', to: email, code, expiresAt: expires_at })
  else ctx.afterCommit(() => showCode('Confirmation code', email, code))
  return fail.escalationRequired({
    sent: true,
    isLocal: showCode !== undefined,
    localCode: showCode ? code : undefined,
  })
}

/** Counts a try on every live code of the target before it compares, and a guess on the address's budget of the day. */
async function use(ctx: Context, { action, target }: Escalation, code: string): Promise<boolean> {
  const { email, userId } = ctx.caller
  const guesses = await countGuess(ctx, email)
  const tried = await ctx.db.rows(
    `UPDATE step_up_codes SET attempts = attempts + 1
      WHERE user_id = ? AND action = ? AND target = ? AND ${IS_LIVE} AND attempts < ${TRIES_MAX} RETURNING id, code_mac`,
    [userId, action, target, ...liveAt(secondsOf(ctx.now))],
  )
  if (!mayGuess(code, guesses)) return false
  const mac = Buffer.from(codeMac(ctx.secret, 'step-up', [userId, action, target], code))
  const right = tried.filter((row) => timingSafeEqual(Buffer.from(String(row.code_mac)), mac))
  if (right.length === 0) return false
  await forgiveGuess(ctx, email, guesses)
  for (const { id } of right) await ctx.db.rows('DELETE FROM step_up_codes WHERE id = ?', [id!])
  return true
}
