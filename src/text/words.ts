// Text as search and `like` see it: folded, cut into words, and compared word by word. Pure, so that both engines agree.

import { alignmentDistance, isTypoOf } from './typos.ts'

const WORD_LENGTH_MAX = 64
const WINDOW_STEP = 32
/** Parts of as many letters as two windows share lie inside one of them. */
const PIECE_LENGTH_MAX = WORD_LENGTH_MAX - WINDOW_STEP
const ENDING_LENGTH_MAX = PIECE_LENGTH_MAX
const PART_LENGTH_MIN = 3
const TYPOS_MAX = 500

const SPACELESS =
  '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}ー'
const WORD = new RegExp(
  `[${SPACELESS}][${SPACELESS}\\p{M}]*|(?:(?![${SPACELESS}])[\\p{L}\\p{N}])(?:(?![${SPACELESS}])[\\p{L}\\p{N}\\p{M}])*`,
  'gu',
)
/** What WORD finds in folded text of ASCII alone, as most is, and much sooner. */
const ASCII_WORD = /[a-z0-9]+/g
const ALL_SPACELESS = new RegExp(`^[${SPACELESS}][${SPACELESS}\\p{M}]*$`, 'u')
/** A letter with its accents: one run each, so that a long one costs no more than its length. */
const ACCENTED = /([\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])[\u0300-\u036f]+/gu
const LETTERS: Readonly<Record<string, string>> = {
  ...{ ß: 'ss', ø: 'o', đ: 'd', ð: 'd', ł: 'l', æ: 'ae', œ: 'oe', þ: 'th', ı: 'i', ς: 'σ', ħ: 'h', ŋ: 'n', ĸ: 'k' },
}
const FOLDS_MAX = 4
/** As many as an alphabet has; more in one pattern are compared as they are. */
const FOLDED_LETTERS_MAX = 40
const UNEVEN_FOLDS = [
  ['ß', 'ss'],
  ['ẞ', 'ss'],
  ['ς', 'σ'],
] as const

/** Case, accents and compatibility forms folded away (NFKC); folding again changes nothing. */
export function foldText(text: string): string {
  return isAscii(text) ? text.toLowerCase() : untilStable(text, foldOnce)
}

/** The form that `like` compares: any case, but accents count. Folding again changes nothing. */
export function likeText(text: string): string {
  if (isAscii(text)) return text.toLowerCase()
  return untilStable(text, (each) =>
    each.normalize('NFC').toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFC'),
  )
}

/**
 * What to replace in a text, in this order, so that as far as a pattern folded by `likeText` can tell it is folded so too:
 * its own letters alone count. The text has no ASCII capitals any more, as engines agree about no other letter's case.
 */
export function foldsFor(pattern: string): (readonly [from: string, to: string])[] {
  const letters = [...new Set(pattern)].filter((letter) => !isAscii(letter)).slice(0, FOLDED_LETTERS_MAX)
  const folds = [
    ...letters.map((letter) => [letter.toUpperCase(), letter] as const),
    ...letters.map((letter) => [letter.normalize('NFD'), letter] as const),
    ...UNEVEN_FOLDS.filter(([, to]) => pattern.includes(to[0]!)),
  ]
  return folds.filter(([from, to]) => from !== to)
}

/** The words of a text, folded, each once: runs of letters and digits; scripts without spaces apart from others. */
export function wordsOf(text: string): string[] {
  const folded = foldText(text)
  const words = new Set<string>()
  for (const word of folded.match(isAscii(folded) ? ASCII_WORD : WORD) ?? [])
    for (const window of windowsOf(word)) words.add(window)
  return [...words]
}

/** Whether a word is of a script that writes no spaces. */
export function isSpaceless(word: string): boolean {
  return ALL_SPACELESS.test(word)
}

/** What the index keeps so that a word is found by a part that is not its beginning: its endings, cut. */
export function endingsOf(word: string): string[] {
  const points = [...word]
  const shortest = isSpaceless(word) ? 1 : PART_LENGTH_MIN
  const endings = new Set<string>()
  for (let at = 1; at <= points.length - shortest; at++) endings.add(points.slice(at, at + ENDING_LENGTH_MAX).join(''))
  return [...endings]
}

/** Whether a word of a query is also looked for inside words, not only as their beginning. */
export function isPart(query: string): boolean {
  return [...query].length >= PART_LENGTH_MIN || isSpaceless(query)
}

/**
 * How a word of the query matches a word of a record: 0 exactly, 1 as its beginning, 2 as a part, 3 with a typo. A piece of
 * a longer word, `whole`, is no word that anybody mistyped: the typos are those of the whole.
 */
export function matchClass(query: string, word: string, whole = query): 0 | 1 | 2 | 3 | null {
  if (query === word) return 0
  if (word.startsWith(query)) return 1
  if (isPart(query) && word.includes(query)) return 2
  return isTypoOf(whole, word) ? 3 : null
}

/**
 * What is looked for in the place of a word of the query: a long one is cut, as what it is a part of may be cut elsewhere.
 * Each of the pieces lies inside one of what `windowsOf` makes, wherever the word stood in the text.
 */
export function piecesOf(query: string): string[] {
  const points = [...query]
  if (points.length <= PIECE_LENGTH_MAX) return [query]
  const pieces: string[] = []
  for (let at = 0; at < points.length; at += PIECE_LENGTH_MAX) {
    const from = Math.min(at, points.length - PIECE_LENGTH_MAX)
    pieces.push(points.slice(from, from + PIECE_LENGTH_MAX).join(''))
  }
  return pieces
}

/** Those of the words that the query is a typo of; of more than TYPOS_MAX the nearest. */
export function typosAmong(query: string, words: readonly string[]): string[] {
  const typos = words.filter((word) => matchClass(query, word) === 3)
  if (typos.length <= TYPOS_MAX) return typos
  const near = typos.map((word) => ({ word, distance: alignmentDistance([...query], [...word]) }))
  const nearest = near.sort((a, b) => a.distance - b.distance || (a.word < b.word ? -1 : 1))
  return nearest.slice(0, TYPOS_MAX).map(({ word }) => word)
}

/** Words too long to index whole become overlapping pieces. */
function windowsOf(word: string): string[] {
  if (word.length <= WORD_LENGTH_MAX) return [word]
  const points = [...word]
  if (points.length <= WORD_LENGTH_MAX) return [word]
  const windows: string[] = []
  for (let at = 0; at < points.length - WINDOW_STEP; at += WINDOW_STEP)
    windows.push(points.slice(at, at + WORD_LENGTH_MAX).join(''))
  return windows
}

function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text)
}

function foldOnce(text: string): string {
  const bare = text.normalize('NFKC').toLowerCase().normalize('NFD').replace(ACCENTED, '$1')
  return bare
    .replace(/[ßøđðłæœþıςħŋĸ]/g, (letter) => LETTERS[letter]!)
    .normalize('NFKC')
    .toLowerCase()
}

function untilStable(text: string, fold: (text: string) => string): string {
  let folded = fold(text)
  for (let round = 1; round < FOLDS_MAX; round++) {
    const again = fold(folded)
    if (again === folded) break
    folded = again
  }
  return folded
}
