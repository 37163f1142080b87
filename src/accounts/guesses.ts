// Wrong guesses at codes, counted for each address across all its codes, in a window of 24 hours. The row of an address
// is also what everything that concerns its codes is done under, one after the other.

import type { OpenContext } from '../context.ts'
import { secondsOf } from '../text/times.ts'
import { GUESS_WINDOW_SECONDS } from './codes.ts'

/** Locks the address until the transaction ends, and gives the guesses of this window. */
export function lockAddress(ctx: OpenContext, email: string): Promise<number> {
  return addGuesses(ctx, email, 0)
}

/** Counts one more guess before anything is compared, and gives how many there are with it. */
export function countGuess(ctx: OpenContext, email: string): Promise<number> {
  return addGuesses(ctx, email, 1)
}

/** A right guess is none. */
export async function forgiveGuess(ctx: OpenContext, email: string): Promise<void> {
  await ctx.db.rows('UPDATE sign_in_guesses SET guesses = guesses - 1 WHERE email = ?', [email])
}

async function addGuesses(ctx: OpenContext, email: string, more: 0 | 1): Promise<number> {
  const now = secondsOf(ctx.now)
  const ended = now - GUESS_WINDOW_SECONDS
  const [row] = await ctx.db.rows(
    `INSERT INTO sign_in_guesses (email, window_started_at, guesses) VALUES (?, ?, ?) ON CONFLICT (email) DO UPDATE SET
      guesses = CASE WHEN sign_in_guesses.window_started_at <= ? THEN excluded.guesses ELSE sign_in_guesses.guesses + excluded.guesses END,
      window_started_at = CASE WHEN sign_in_guesses.window_started_at <= ? OR sign_in_guesses.guesses = 0
        THEN excluded.window_started_at ELSE sign_in_guesses.window_started_at END
      RETURNING guesses`,
    [email, now, more, ended, ended],
  )
  return Number(row!.guesses)
}
