// How often somebody may call: a number of requests in a window that begins with the first of them. Nodes that share a
// database share the windows: a node takes a share of a window at a time, so that most requests cost no statement, and all
// nodes together never pass the limit.

import type { Database } from '../store/dialect.ts'
import { CLOCKS_APART_SECONDS_MAX, takeFromWindow } from '../store/rate-windows.ts'

/** At a limit of this much or less every request is counted in the shared window by itself. */
const SINGLE_STEPS_MAX = 100
const SHARES = 50
/** Windows kept in memory; past that those that ended are dropped, and then the oldest. */
const WINDOWS_MAX = 100_000

export interface Limit {
  /** What is counted, for the hint and the RateLimit headers: a short word of ours. */
  readonly name: string
  readonly max: number
  readonly seconds: number
}

export interface Taken {
  readonly allowed: boolean
  /** How many more this window allows, as far as this node knows. */
  readonly remaining: number
  /** Until the window ends. */
  readonly seconds: number
}

export interface RateLimiter {
  /** Counts one request of `who` at `now` (seconds). */
  readonly take: (limit: Limit, who: string, now: number) => Promise<Taken>
}

interface Window {
  endsAt: number
  /** What this node may still give out without asking. */
  share: number
  /** What was left in the window when this node took its share. */
  left: number
  /** A share is being taken. */
  pending?: Promise<void>
}

export function rateLimiter(database: Database): RateLimiter {
  const windows = new Map<string, Window>()
  return {
    take: async (limit, who, now) => {
      const key = `${limit.name} ${who}`
      const window = currentWindow(windows, key, limit, now, !database.shared)
      // A node that is alone has left nothing.
      while (window.share === 0 && window.left > 0) await share(database, key, window, limit, now)
      const allowed = window.share > 0
      if (allowed) window.share--
      return { allowed, remaining: window.share + window.left, seconds: Math.max(1, window.endsAt - now) }
    },
  }
}

/** The window that is open, or a new one: all of it for this node alone, or nothing until a share is taken. */
function currentWindow(windows: Map<string, Window>, key: string, limit: Limit, now: number, alone: boolean): Window {
  const open = windows.get(key)
  // A clock that was ahead and is put right must not keep anybody out for as long as it was.
  if (open && open.endsAt > now && open.endsAt <= now + limit.seconds + CLOCKS_APART_SECONDS_MAX) return open
  const fresh = alone
    ? { endsAt: now + limit.seconds, share: limit.max, left: 0 }
    : { endsAt: now + limit.seconds, share: 0, left: limit.max }
  if (windows.size >= WINDOWS_MAX) drop(windows, now)
  windows.delete(key)
  windows.set(key, fresh)
  return fresh
}

/** Takes a share of the shared window; those who wait for one at the same time wait for the same. */
async function share(database: Database, key: string, window: Window, limit: Limit, now: number): Promise<void> {
  window.pending ??= takeShare(database, key, window, limit, now).finally(() => {
    window.pending = undefined
  })
  await window.pending
}

async function takeShare(database: Database, key: string, window: Window, limit: Limit, now: number): Promise<void> {
  const wanted = limit.max <= SINGLE_STEPS_MAX ? 1 : Math.ceil(limit.max / SHARES)
  try {
    const { used, endsAt } = await database.write((db) => takeFromWindow(db, key, wanted, now, limit.seconds))
    const granted = Math.max(0, Math.min(wanted, limit.max - (used - wanted)))
    window.endsAt = endsAt
    window.share += granted
    window.left = Math.max(0, limit.max - used)
  } catch {
    // A database that does not answer refuses the request itself; the rate is not what to tell of.
    window.share += wanted
  }
}

function drop(windows: Map<string, Window>, now: number): void {
  for (const [key, { endsAt }] of windows) if (endsAt <= now) windows.delete(key)
  for (const key of windows.keys()) {
    if (windows.size < WINDOWS_MAX) return
    windows.delete(key)
  }
}
