// Wrong guesses at codes: the moments of those of the last 24 hours, for each address across all its codes. The row of an
// address is also what everything that concerns its codes is done under, one after the other.

import type { OpenContext } from '../context.ts'
import { secondsOf } from '../text/times.ts'
import { GUESS_WINDOW_SECONDS, GUESSES_MAX } from './codes.ts'

/** Locks the address until the transaction ends, and gives how many guesses count against it. */
export async function lockAddress(ctx: OpenContext, email: string): Promise<number> {
  return (await lockedGuesses(ctx, email)).length
}

/**
 * Counts one more guess before anything is compared, and gives how many there are with it: one more than GUESSES_MAX
 * where the budget was used up before. What is not compared needs no counting.
 */
export async function countGuess(ctx: OpenContext, email: string): Promise<number> {
  const guesses = await lockedGuesses(ctx, email)
  if (guesses.length < GUESSES_MAX) await keepGuesses(ctx, email, [...guesses, secondsOf(ctx.now)])
  return guesses.length + 1
}

/** A right guess is none: takes back the one that was just counted. */
export async function forgiveGuess(ctx: OpenContext, email: string, counted: number): Promise<void> {
  if (counted > GUESSES_MAX) return
  const guesses = await lockedGuesses(ctx, email)
  await keepGuesses(ctx, email, guesses.slice(0, -1))
}

async function lockedGuesses(ctx: OpenContext, email: string): Promise<number[]> {
  const now = secondsOf(ctx.now)
  const [row] = await ctx.db.rows(
    `INSERT INTO sign_in_guesses (email, moments, changed_at) VALUES (?, '[]', ?)
      ON CONFLICT (email) DO UPDATE SET changed_at = excluded.changed_at RETURNING moments`,
    [email, now],
  )
  const moments: number[] = JSON.parse(String(row!.moments))
  // Those of a clock that was ahead, and was put right, count no longer than others.
  return moments.filter((moment) => Math.abs(now - moment) < GUESS_WINDOW_SECONDS)
}

async function keepGuesses(ctx: OpenContext, email: string, moments: readonly number[]): Promise<void> {
  await ctx.db.rows('UPDATE sign_in_guesses SET moments = ? WHERE email = ?', [JSON.stringify(moments), email])
}
