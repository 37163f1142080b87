// What the words of a query mean on SQLite: by which words of the workspace's vocabulary a record matches each, and what
// FTS5 is asked for them.

import { hasDigit, neighboursOf } from '../text/typos.ts'
import { isPart, piecesOf, typosAmong } from '../text/words.ts'
import { anyOf, type Match, marksOf, type Sought, token, wordsAround, wordsNear } from './fts-tokens.ts'
import { type Searched, type Term, wordsIn } from './word-index.ts'

/** Words that hold another inside are read, so many at the most, as a few may stand for all: those that others begin with. */
const INSIDE_READ_MAX = 20_000
/** More are not asked for: the records that hold one of so many are soon found among the texts. */
const INSIDE_MAX = 1_000
/** Words are looked at whether they are typos, so many at the most. */
const NEAR_READ_MAX = 5_000
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
    const typos = near === undefined ? [] : knownTypos(whole, await wordsBy(searched, near, NEAR_READ_MAX))
    const mistyped = typos.map((typo) => ({ word: typo, begins: false }))
    for (const word of piecesOf(whole)) {
      const { ways, part } = beginningOf(word)
      const inside = part ? await wordsInside(searched, word) : []
      meanings.push({ word, part, typos, ways: [...ways.slice(0, 2), inside, mistyped] })
    }
  }
  return meanings
}

async function wordsInside(searched: Searched, word: string): Promise<readonly Held[] | undefined> {
  const words = await wordsBy(searched, wordsAround(searched, word), INSIDE_READ_MAX + 1)
  if (words.length > INSIDE_READ_MAX) return undefined
  const inside = shortened(words.filter((each) => each.includes(word) && !each.startsWith(word)))
  return inside.length > INSIDE_MAX ? undefined : inside
}

/** Words, and all that begin with one of them; each of which others are the beginning is left out. */
function shortened(words: readonly string[]): Held[] {
  const kept: string[] = []
  for (const word of words.toSorted()) if (kept.length === 0 || !word.startsWith(kept.at(-1)!)) kept.push(word)
  return kept.map((word) => ({ word, begins: true }))
}

/** Words with a digit may lack, or have, any letter in the index; what counts is what both engines find. */
function knownTypos(query: string, words: readonly string[]): string[] {
  const neighbours = words.some(hasDigit) ? new Set(neighboursOf(query)) : undefined
  return typosAmong(
    query,
    words.filter((word) => !hasDigit(word) || neighbours!.has(word)),
  )
}

/** Words that may be sought, from at most so many rows of either kind; those of others may be among them. */
async function wordsBy({ db, workspaceId }: Searched, { vocabulary, records }: Sought, max: number): Promise<string[]> {
  const words = new Set<string>()
  for (const { word } of await db.rows(VOCABULARY, [vocabulary, max])) words.add(String(word))
  for (const { key_words, note_words } of await db.rows(TEXTS, [records, workspaceId, max]))
    for (const text of [key_words, note_words]) for (const word of wordsIn(text)) if (hasDigit(word)) words.add(word)
  return [...words]
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
