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

const NAMES_MAX = 50_000
const NUMBERS_MAX = 2_000

/** Remembers what was added or asked for lately; what holds a digit for a shorter time, as it seldom comes twice. */
export function recentlySeen(): Connection['seen'] {
  const [names, numbers] = [recent(NAMES_MAX), recent(NUMBERS_MAX)]
  // A word's last letter is enough: what has a digit before it alone is rare.
  const of = (key: string) => (isDigit(key.charCodeAt(key.length - 1)) ? numbers : names)
  return {
    has: (key) => of(key).has(key),
    add: (key) => of(key).add(key),
    clear: () => {
      names.clear()
      numbers.clear()
    },
    get size() {
      return names.size() + numbers.size()
    },
  }
}

/** At least so many, and no more than twice that. */
function recent(max: number) {
  let [young, old] = [new Set<string>(), new Set<string>()]
  const add = (key: string) => {
    if (young.size >= max) [young, old] = [new Set(), young]
    return young.add(key)
  }
  return {
    has: (key: string) => young.has(key) || (old.has(key) && add(key).has(key)),
    add,
    clear: () => {
      ;[young, old] = [new Set(), new Set()]
    },
    size: () => young.size + old.size,
  }
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}
