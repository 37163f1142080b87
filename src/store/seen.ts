// What is surely in the database, as a transaction sees it: what others committed, and what it puts in itself, which counts
// for others only once it is committed too.

import type { Connection } from './dialect.ts'

export interface Seeing {
  readonly seen: Connection['seen']
  /** To be called after the commit, and never where there was none. */
  readonly keep: () => void
}

/** A transaction's view of `committed`. */
export function seeing(committed: Set<string>): Seeing {
  const own = new Set<string>()
  return {
    seen: {
      has: (key) => committed.has(key) || own.has(key),
      add: (key) => own.add(key),
      clear: () => {
        committed.clear()
        own.clear()
      },
      get size() {
        return committed.size + own.size
      },
    },
    keep: () => {
      for (const key of own) committed.add(key)
    },
  }
}
