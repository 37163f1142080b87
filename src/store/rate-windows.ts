// Windows of the rate limits that all nodes share.

import type { Connection } from './dialect.ts'

/** The clocks of nodes differ by less; a window that begins later is of one that was ahead, and was put right. */
export const CLOCKS_APART_SECONDS_MAX = 3600
const IS_OVER = `(rate_windows.ends_at <= excluded.started_at
  OR rate_windows.started_at > excluded.started_at + ${CLOCKS_APART_SECONDS_MAX})`

/** Counts `points` in the window of `key`, which begins at `now` (seconds) where none is open. One statement. */
export async function takeFromWindow(
  db: Connection,
  key: string,
  points: number,
  now: number,
  seconds: number,
): Promise<{ used: number; endsAt: number }> {
  const [row] = await db.rows(
    `INSERT INTO rate_windows (key, started_at, ends_at, used) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET
      used = CASE WHEN ${IS_OVER} THEN excluded.used ELSE rate_windows.used + excluded.used END,
      ends_at = CASE WHEN ${IS_OVER} THEN excluded.ends_at ELSE rate_windows.ends_at END,
      started_at = CASE WHEN ${IS_OVER} THEN excluded.started_at ELSE rate_windows.started_at END
      RETURNING used, ends_at`,
    [key, now, now + seconds, points],
  )
  return { used: Number(row!.used), endsAt: Number(row!.ends_at) }
}
