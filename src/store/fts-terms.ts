// What the words of a query mean on SQLite: by which words of the workspace's vocabulary a record matches each, and what
// FTS5 is asked for them.

import { hasDigit, neighboursOf } from '../text/typos.ts'
import { isPart, piecesOf, typosAmong } from '../text/words.ts'
import { anyOf, type Match, marksOf, token, wordsAround, wordsNear } from './fts-tokens.ts'
import type { Searched, Term } from './word-index.ts'

/** Words that hold another inside are read, so many at the most, as a few may stand for all: those that others begin with. */
const INSIDE_READ_MAX = 20_000
/** More are not asked for: the records that hold one of so many are soon found among the texts. */
const INSIDE_MAX = 1_000
/** Words are looked at whether they are typos, so many at the most. */
const NEAR_READ_MAX = 5_000
/** Texts are read for their words with a digit: so many at a time, and in all until these or so many letters are. */
const [TEXTS_AT_ONCE, TEXTS_READ_MAX, LETTERS_READ_MAX] = [250, 4_000, 2_000_000]
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
    const known = near ? await wordsBy(searched, near.vocabulary, NEAR_READ_MAX) : []
    const { numbers } = near ? await numbersBy(searched, near.records) : { numbers: [] }
    const typos = knownTypos(whole, [...known, ...numbers])
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
  const { vocabulary, records } = wordsAround(searched, word)
  const words = await wordsBy(searched, vocabulary, INSIDE_READ_MAX + 1)
  if (words.length > INSIDE_READ_MAX) return {}
  const insideOf = (some: readonly string[]) =>
    shortened(some.filter((each) => each.includes(word) && !each.startsWith(word)))
  const { numbers, areAll } = await numbersBy(searched, records)
  const inside = areAll ? insideOf([...words, ...numbers]) : []
  if (areAll && inside.length <= INSIDE_MAX) return { inside }
  const known = insideOf(words)
  return known.length > INSIDE_MAX ? {} : { around: [records, ...matchesFor(searched, known, [0, 1])] }
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

async function wordsBy({ db }: Searched, match: Match, max: number): Promise<string[]> {
  return (await db.rows(VOCABULARY, [match, max])).map(({ word }) => String(word))
}

/** The words with a digit of the records that are found, and whether all of these were read. */
async function numbersBy({ db, workspaceId }: Searched, match: Match): Promise<{ numbers: string[]; areAll: boolean }> {
  const numbers = new Set<string>()
  let [before, letters] = [NEWEST, 0]
  for (let read = TEXTS_AT_ONCE; ; read += TEXTS_AT_ONCE) {
    const rows = await db.rows(TEXTS, [match, before, workspaceId, TEXTS_AT_ONCE])
    for (const { key_words, note_words } of rows)
      for (const text of [String(key_words), String(note_words)]) {
        letters += text.length
        for (const [number] of text.matchAll(NUMBER)) numbers.add(number)
      }
    const areAll = rows.length < TEXTS_AT_ONCE
    if (areAll || read >= TEXTS_READ_MAX || letters > LETTERS_READ_MAX) return { numbers: [...numbers], areAll }
    before = String(rows.at(-1)!.n)
  }
}

/** A word that has a digit, in a text with a space around each word. */
const NUMBER = /(?<= )[^ \d]*\d[^ ]*/g

const VOCABULARY = `SELECT t.word AS word FROM search_vocabulary CROSS JOIN search_terms t ON t.id = search_vocabulary.rowid
  WHERE search_vocabulary MATCH ? LIMIT ?`
/**
 * What the number of every record is less than. It is bound as text, as the engine takes a bound number for one with a
 * fraction, by which FTS5 does not narrow.
 */
export const NEWEST = String(Number.MAX_SAFE_INTEGER)

const TEXTS = `SELECT s.n AS n, s.key_words AS key_words, s.note_words AS note_words
  FROM search_index CROSS JOIN search_texts s ON s.n = search_index.rowid
  WHERE search_index MATCH ? AND search_index.rowid < CAST(? AS INTEGER) AND s.workspace_id = ?
  ORDER BY search_index.rowid DESC LIMIT ?`

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
