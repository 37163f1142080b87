// The words of records that wait for their place in the index: the vocabulary does not have them yet, so they are kept in
// memory, where one process writes and reads. Whoever looks for typos looks here too.

import { isTypoOf, typoDistanceMax } from '../text/typos.ts'

export interface Pending {
  /** Notes words that wait. Of a transaction that is undone too, which does no harm: no record holds them. */
  readonly add: (workspaceId: string, words: Iterable<string>) => void
  /** Those that `query` is, with a typo. */
  readonly typosOf: (workspaceId: string, query: string) => string[]
  /** Notes that these are being put into the vocabulary. They are forgotten with the next call, when that is committed. */
  readonly indexing: (batch: ReadonlyMap<string, Iterable<string>>) => void
}

/** A word to the letters that it holds, a bit each. */
type Held = Map<string, number>

export function pendingWords(): Pending {
  const workspaces = new Map<string, Held>()
  let latest: ReadonlyMap<string, Iterable<string>> = new Map()
  return {
    add: (workspaceId, words) => {
      const held = workspaces.get(workspaceId) ?? new Map()
      workspaces.set(workspaceId, held)
      for (const word of words) if (!held.has(word)) held.set(word, lettersOf(word))
    },
    typosOf: (workspaceId, query) => {
      const max = typoDistanceMax(query)
      const held = workspaces.get(workspaceId)
      if (max === 0 || !held) return []
      const [found, letters]: [string[], number] = [[], lettersOf(query)]
      for (const [word, of] of held) if (bitsIn(of ^ letters) <= 2 * max && isTypoOf(query, word)) found.push(word)
      return found
    },
    indexing: (batch) => {
      for (const [workspaceId, words] of latest) for (const word of words) workspaces.get(workspaceId)?.delete(word)
      latest = batch
      if (batch.size === 0) workspaces.clear()
    },
  }
}

/** Two words that differ by a typo differ by two letters at most, so that most need no closer look. */
function lettersOf(word: string): number {
  let bits = 0
  for (const letter of word) bits |= 1 << (letter.codePointAt(0)! & 31)
  return bits
}

function bitsIn(bits: number): number {
  let count = 0
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++
  return count
}
