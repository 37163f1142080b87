// What the words of a query mean on SQLite: by which words of the workspace's vocabulary a record matches each, and what
// FTS5 is asked for them.

import { hasDigit, neighboursOf } from '../text/typos.ts'
import { isPart, piecesOf, typosAmong } from '../text/words.ts'
import type { Row } from './dialect.ts'
import { anyOf, type Match, marksOf, type Sought, token, wordsAround, wordsNear } from './fts-tokens.ts'
import { type Searched, type Term, wordsIn } from './word-index.ts'

/** Words that hold another inside are read, so many at the most, as a few may stand for all: those that others begin with. */
const INSIDE_READ_MAX = 20_000
/** More are not asked for: the records that hold one of so many are soon found among the texts. */
const INSIDE_MAX = 1_000
/** Words are looked at whether they are typos, so many at the most. */
const NEAR_READ_MAX = 5_000
/** Texts are read for words with a digit, so many at the most: one takes as long as several words. */
const TEXTS_READ_MAX = 4_000
/** Each list that FTS5 merges is looked at for each record it finds. */
const MERGED_MAX = 200

/** What a record holds by which it matches: a word, or any that begins so. */
interface Held {
  readonly word: string
  readonly begins: boolean
}

export interface Meaning extends Term {
  /** By class of match: exactly, as the beginning, as a part, with a typo. Undefined where it is too much to list. */
  readonly ways: readonly (readonly Held[] | undefined)[]
  /** Where they are too many to list as parts: what finds all records that hold one, and some others. */
  readonly around?: readonly Match[]
}

/** The word itself, and what begins with it. */
export function beginningOf(word: string): Meaning {
  const exactly = [{ word, begins: false }]
  const begun = [{ word, begins: true }]
  return { word, part: isPart(word), typos: [], ways: [exactly, begun, [], []] }
}

/** The same of all words, piece by piece, and what each is a part or a typo of. */
export async function meaningsOf(searched: Searched, words: readonly string[]): Promise<Meaning[]> {
  const meanings: Meaning[] = []
  for (const whole of words) {
    const near = wordsNear(searched, whole)
    const { words: known, texts } = near ? await wordsBy(searched, near, NEAR_READ_MAX) : { words: [], texts: [] }
    const typos = knownTypos(whole, [...known, ...numbersIn(texts)])
    const mistyped = typos.map((typo) => ({ word: typo, begins: false }))
    for (const word of piecesOf(whole)) {
      const { ways, part } = beginningOf(word)
      const { inside, around } = part ? await wordsInside(searched, word) : { inside: [] }
      meanings.push({ word, part, typos, ways: [...ways.slice(0, 2), inside, mistyped], around })
    }
  }
  return meanings
}

async function wordsInside(searched: Searched, word: string): Promise<{ inside?: Held[]; around?: Match[] }> {
  const sought = wordsAround(searched, word)
  const { words, texts } = await wordsBy(searched, sought, INSIDE_READ_MAX)
  if (words.length > INSIDE_READ_MAX) return {}
  const insideOf = (some: readonly string[]) =>
    shortened(some.filter((each) => each.includes(word) && !each.startsWith(word)))
  if (texts.length <= TEXTS_READ_MAX) {
    const inside = insideOf([...words, ...numbersIn(texts)])
    if (inside.length <= INSIDE_MAX) return { inside }
  }
  const known = insideOf(words)
  return known.length > INSIDE_MAX ? {} : { around: [sought.records, ...matchesFor(searched, known, [0, 1])] }
}

/** Words, and all that begin with one of them; each of which others are the beginning is left out. */
function shortened(words: readonly string[]): Held[] {
  const kept: string[] = []
  for (const word of words.toSorted()) if (kept.length === 0 || !word.startsWith(kept.at(-1)!)) kept.push(word)
  return kept.map((word) => ({ word, begins: true }))
}

/** Words with a digit may lack, or have, any letter in the index; what counts is what both engines find. */
function knownTypos(query: string, found: readonly string[]): string[] {
  const words = [...new Set(found)]
  const neighbours = words.some(hasDigit) ? new Set(neighboursOf(query)) : undefined
  return typosAmong(
    query,
    words.filter((word) => !hasDigit(word) || neighbours!.has(word)),
  )
}

/** Words of the vocabulary that may be sought, and texts of records that may hold others; of either one more than are read. */
async function wordsBy({ db, workspaceId }: Searched, { vocabulary, records }: Sought, max: number) {
  const words = (await db.rows(VOCABULARY, [vocabulary, max + 1])).map(({ word }) => String(word))
  return { words, texts: await db.rows(TEXTS, [records, workspaceId, TEXTS_READ_MAX + 1]) }
}

function numbersIn(texts: readonly Row[]): string[] {
  const words = texts.flatMap(({ key_words, note_words }) => [...wordsIn(key_words), ...wordsIn(note_words)])
  return [...new Set(words.filter(hasDigit))]
}

const VOCABULARY = `SELECT t.word AS word FROM search_vocabulary CROSS JOIN search_terms t ON t.id = search_vocabulary.rowid
  WHERE search_vocabulary MATCH ? LIMIT ?`
const TEXTS = `SELECT s.key_words AS key_words, s.note_words AS note_words
  FROM search_index CROSS JOIN search_texts s ON s.n = search_index.rowid
  WHERE search_index MATCH ? AND s.workspace_id = ? LIMIT ?`

/** What finds the records that match in one way, in notes or in key fields; several where they are many words. */
export function matchesFor(searched: Searched, held: readonly Held[], places: readonly (0 | 1)[]): Match[] {
  const marks = marksOf(searched.workspaceId, searched.resource).words
  const tokens = places.flatMap((notes) => held.map(({ word, begins }) => token(marks[notes] + word, begins)))
  const matches: Match[] = []
  for (let at = 0; at < tokens.length; at += MERGED_MAX) matches.push(anyOf(tokens.slice(at, at + MERGED_MAX)))
  return matches
}

/** The same in whatever way; undefined where it can't be listed. What begins with the word is the word itself too. */
export function matchesOfAny(searched: Searched, { ways }: Meaning): Match[] | undefined {
  const held: Held[] = []
  for (const way of ways.slice(1)) {
    if (!way) return undefined
    held.push(...way)
  }
  return matchesFor(searched, held, [0, 1])
}

/** What finds all records that match in some way, and perhaps some others; undefined where these may be any. */
export function matchesAround(searched: Searched, meaning: Meaning): Match[] | undefined {
  const { ways, around } = meaning
  const [, begun, , mistyped] = ways
  if (!around) return matchesOfAny(searched, meaning)
  return [...matchesFor(searched, [...begun!, ...mistyped!], [0, 1]), ...around]
}
