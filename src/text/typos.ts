// Typos: optimal string alignment distance, and the symmetric-delete index (as SymSpell has it) that finds candidates.

/** Only the first letters of a word are deleted from; longer words are verified afterwards. */
const PREFIX_LENGTH = 7
/** Shorter words of a query have no typos. */
const TYPO_FROM = 4

/** What a typo may put into a word that has a digit, beside the letters that the query has anyway. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz'
/** The same where the query has a letter of theirs; folded. Other scripts have too many letters to try. */
const OTHER_ALPHABETS = ['αβγδεζηθικλμνξοπρστυφχψω', 'абвгдежзиклмнопрстуфхцчшщъыьэюяіґєђјљњћџ']
const DIGITS = '0123456789'

/** How many typos a word of a query may have, by its length in code points. */
export function typoDistanceMax(query: string): 0 | 1 | 2 {
  const { length } = [...query]
  return length < TYPO_FROM ? 0 : length < 8 || hasDigit(query) ? 1 : 2
}

/** Among numbers every neighbour is somebody else's: a word with a digit in it may have one typo at the most. */
export function hasDigit(word: string): boolean {
  return /\d/.test(word)
}

/** Whether `word` is `query` with at most as many typos as its length allows. */
export function isTypoOf(query: string, word: string): boolean {
  const [a, b] = [[...query], [...word]]
  const max = hasDigit(word) ? Math.min(1, typoDistanceMax(query)) : typoDistanceMax(query)
  return max > 0 && Math.abs(a.length - b.length) <= max && alignmentDistance(a, b) <= max
}

/**
 * What the index keeps of a word: its beginning with up to as many letters deleted as any query for it may miss. Nothing
 * of a word with a digit: these are as many as there are records, and `neighboursOf` finds them without.
 */
export function deletionsOf(word: string): string[] {
  const { length } = [...word]
  return deletions(word, length < 3 || hasDigit(word) ? 0 : length < 6 ? 1 : 2)
}

/**
 * The end of a word with at most one letter deleted; nothing of a word too short for any query. Two words one typo apart
 * share one of these, so that words with a digit are found where an index can afford to keep them.
 */
export function endDeletionsOf(word: string): string[] {
  const points = [...word]
  if (points.length < TYPO_FROM - 1) return []
  const end = points.slice(-PREFIX_LENGTH).join('')
  return [...new Set([end, ...withoutOne(end)])]
}

/** What to look up for a query among the deletions: whatever it is a typo of shares one of these. */
export function queryDeletionsOf(query: string): string[] {
  const max = typoDistanceMax(query)
  return max === 0 ? [] : deletions(query, max)
}

/** The words one typo away from a query that have a digit, or lost the query's only one. */
export function neighboursOf(query: string): string[] {
  if (typoDistanceMax(query) === 0) return []
  const points = [...query]
  const others = OTHER_ALPHABETS.filter((alphabet) => points.some((point) => alphabet.includes(point)))
  const letters = hasDigit(query) ? new Set([ALPHABET, DIGITS, ...others, ...points].join('')) : [...DIGITS]
  const found = new Set<string>()
  for (let at = 0; at <= points.length; at++) {
    const [before, after] = [points.slice(0, at).join(''), points.slice(at).join('')]
    const rest = points.slice(at + 1).join('')
    for (const letter of letters) {
      found.add(before + letter + after)
      if (at < points.length) found.add(before + letter + rest)
    }
    if (!hasDigit(query) || at === points.length) continue
    found.add(before + rest)
    const swapped = points[at + 1]
    if (swapped !== undefined) found.add(before + swapped + points[at]! + points.slice(at + 2).join(''))
  }
  return [...found]
}

function deletions(word: string, max: number): string[] {
  if (max === 0) return []
  const start = [...word].slice(0, PREFIX_LENGTH).join('')
  const found = new Set([start])
  let latest = [start]
  for (let round = 0; round < max; round++) {
    const shorter = new Set<string>()
    for (const text of latest) for (const left of withoutOne(text)) if (!found.has(left)) shorter.add(left)
    for (const text of shorter) found.add(text)
    latest = [...shorter]
  }
  return [...found]
}

/** What is left of a text when each of its code points is deleted, one at a time. */
function withoutOne(text: string): string[] {
  const left: string[] = []
  for (let at = 0, next = 0; at < text.length; at = next) {
    next = at + (text.codePointAt(at)! > 0xffff ? 2 : 1)
    left.push(text.slice(0, at) + text.slice(next))
  }
  return left
}

/** Insertions, deletions, substitutions and swaps of neighbours, no stretch edited twice. */
export function alignmentDistance(a: readonly string[], b: readonly string[]): number {
  let twoAgo: number[] = []
  let oneAgo = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const change = a[row - 1] === b[column - 1] ? 0 : 1
      let cost = Math.min(oneAgo[column]! + 1, current[column - 1]! + 1, oneAgo[column - 1]! + change)
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1])
        cost = Math.min(cost, twoAgo[column - 2]! + 1)
      current.push(cost)
    }
    ;[twoAgo, oneAgo] = [oneAgo, current]
  }
  return oneAgo[b.length]!
}
