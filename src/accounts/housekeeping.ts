// Removes what has expired, now and then: codes, guesses, kept answers, mails that are done with, rates, dead tokens.

import type { Logger } from 'pino'
import { KEY_SECONDS_MAX } from '../access/idempotency.ts'
import { DONE_SECONDS_MAX } from '../mail/outbox.ts'
import type { Connection, Database } from '../store/dialect.ts'
import { DAY_SECONDS, secondsOf } from '../text/times.ts'
import { GUESS_WINDOW_SECONDS } from './codes.ts'

const PAUSE_MILLISECONDS = 10 * 60_000
/** A token that died of being idle is told so (`token_expired`) for this long, then it is unknown. */
const EXPIRED_TOKEN_SECONDS = 90 * DAY_SECONDS

export function startHousekeeping(deps: {
  readonly database: Database
  readonly now: () => number
  readonly log: Logger
  /** What others keep that expires; `now` in seconds. */
  readonly removesToo: (db: Connection, now: number) => Promise<void>
}): { stop: () => void } {
  const timer = setInterval(() => {
    const now = secondsOf(deps.now())
    deps.database
      .write(async (db) => {
        await removeExpired(db, now)
        await deps.removesToo(db, now)
      })
      .catch((error) => deps.log.error({ err: error }, 'housekeeping_failed'))
  }, PAUSE_MILLISECONDS)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}

/** `now` in seconds. Nothing that still counts is touched. */
export async function removeExpired(db: Connection, now: number): Promise<void> {
  await db.rows('DELETE FROM sign_in_codes WHERE expires_at <= ?', [now])
  await db.rows('DELETE FROM step_up_codes WHERE expires_at <= ?', [now])
  await db.rows('DELETE FROM sign_in_guesses WHERE changed_at <= ?', [now - GUESS_WINDOW_SECONDS])
  await db.rows('DELETE FROM idempotency_keys WHERE created_at <= ?', [now - KEY_SECONDS_MAX])
  await db.rows("DELETE FROM outbox WHERE state <> 'waiting' AND created_at <= ?", [now - DONE_SECONDS_MAX])
  await db.rows('DELETE FROM rate_windows WHERE ends_at <= ?', [now])
  await db.rows('DELETE FROM tokens WHERE expires_at <= ?', [now - EXPIRED_TOKEN_SECONDS])
}
