// When a deal counts as closed: from the moment its status leaves `open` until it returns.

import type { Stored } from '../declare/kinds.ts'

type Values = Readonly<Record<string, Stored | null | undefined>>

/**
 * `closed_at` (seconds) of a deal as it is about to be kept. `before` is undefined for a new deal, which keeps the moment
 * that an import knows; a change from won to lost keeps the moment it was closed.
 */
export function closedAt(before: Values | undefined, after: Values, now: number): Stored | null {
  if (after.status === 'open') return null
  if (before === undefined) return after.closed_at ?? now
  return before.status === 'open' ? now : (before.closed_at ?? now)
}
