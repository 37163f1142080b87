// When a deal counts as closed: from the moment its status leaves `open` until it returns.

import type { Stored } from '../declare/kinds.ts'

type Values = Readonly<Record<string, Stored | null | undefined>>

/**
 * `closed_at` (seconds) of a deal as it is about to be kept. `before` is undefined for a new deal; a change from won to
 * lost keeps the moment it was closed.
 */
export function closedAt(before: Values | undefined, after: Values, now: number): Stored | null {
  if (after.status === 'open') return null
  const wasOpen = before === undefined || before.status === 'open'
  return wasOpen ? now : (before.closed_at ?? now)
}
