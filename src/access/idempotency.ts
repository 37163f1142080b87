// Idempotency-Key: a retry gets the first answer again and nothing happens twice. The key's row is written in the same
// transaction as the change; it holds the answer, encrypted, for an answer may show a token once.

import type { Context } from '../context.ts'
import { fail } from '../errors.ts'
import type { Answer } from '../render/answer.ts'
import { answerJson } from '../render/json.ts'
import { answerText } from '../render/text.ts'
import { isThere } from '../store/workspace-rows.ts'
import { sha256 } from '../text/digests.ts'
import { seal, unseal } from '../text/seal.ts'
import { DAY_SECONDS, secondsOf } from '../text/times.ts'

export const KEY_SECONDS_MAX = DAY_SECONDS
const KEY = /^[\x21-\x7e]{1,255}$/

/** A request that carries a key. */
export interface Keyed {
  readonly key: string
  /** Everything by which another request differs: method, path, query, body, condition. */
  readonly fingerprint: string
}

/** Reads the header. Throws invalid_value where it is no key. */
export function readKey(header: string | undefined, request: readonly unknown[]): Keyed | undefined {
  if (header === undefined) return undefined
  if (!KEY.test(header))
    throw fail.badRequest({ problem: 'Idempotency-Key takes 1 to 255 visible ASCII characters, such as a UUID.' })
  return { key: header, fingerprint: sha256(JSON.stringify(request)) }
}

/** Does `act` unless this key was used in the last 24 hours: then gives its answer again. Throws conflict. */
export async function once<T extends Answer | Error>(
  ctx: Context,
  keyed: Keyed,
  act: () => Promise<T>,
): Promise<T | Answer> {
  const row = placeOf(ctx, keyed)
  const now = secondsOf(ctx.now)
  const kept = await findKept(ctx, keyed)
  if (kept && isFresh(kept, now)) {
    if (kept.fingerprint !== keyed.fingerprint) throw fail.idempotencyConflict()
    return replay(ctx, keyed, kept.sealed_answer)
  }
  const answer = await act()
  // A request that deletes its own workspace has nothing left to keep an answer with.
  if (answer instanceof Error || answer.form === 'raw' || !(await isThere(ctx.db, row.workspace_id))) return answer
  const first = { status: answer.status ?? 200, text: answerText(answer, ctx.caller.zone), json: answerJson(answer) }
  const sealed_answer = seal(ctx.secret, purposeOf(keyed), JSON.stringify(first), ctx.random)
  const values = { fingerprint: keyed.fingerprint, sealed_answer, created_at: now }
  // Where another request put the same key in meanwhile, the primary key refuses this one, which then starts anew.
  if (kept)
    await ctx.db.typed
      .deleteFrom('idempotency_keys')
      .where('workspace_id', '=', row.workspace_id)
      .where('token_id', '=', row.token_id)
      .where('key_hash', '=', row.key_hash)
      .execute()
  await ctx.db.typed
    .insertInto('idempotency_keys')
    .values({ ...row, ...values })
    .execute()
  return answer
}

/** Whether this key was used in the last 24 hours, with whatever request. */
export async function isUsed(ctx: Context, keyed: Keyed): Promise<boolean> {
  const kept = await findKept(ctx, keyed)
  return kept !== undefined && isFresh(kept, secondsOf(ctx.now))
}

function placeOf({ caller }: Context, { key }: Keyed) {
  return { workspace_id: caller.workspaceId, token_id: caller.tokenId, key_hash: sha256(key) }
}

function findKept(ctx: Context, keyed: Keyed) {
  const { workspace_id, token_id, key_hash } = placeOf(ctx, keyed)
  return ctx.db.typed
    .selectFrom('idempotency_keys')
    .select(['fingerprint', 'sealed_answer', 'created_at'])
    .where('workspace_id', '=', workspace_id)
    .where('token_id', '=', token_id)
    .where('key_hash', '=', key_hash)
    .executeTakeFirst()
}

function isFresh({ created_at }: { created_at: number }, now: number): boolean {
  return created_at > now - KEY_SECONDS_MAX
}

/** The first answer again, in the format that is asked for now. */
function replay(ctx: Context, keyed: Keyed, sealed: string): Answer {
  const opened = unseal(ctx.secret, purposeOf(keyed), sealed)
  if (opened === undefined) throw fail.idempotencyConflict()
  const { status, text, json } = JSON.parse(opened)
  return { form: 'replay', status, text, json, headers: { 'idempotency-replayed': 'true' } }
}

function purposeOf({ key }: Keyed): string {
  return `idempotency ${key}`
}
