// The tokens of the two FTS5 tables of word search on SQLite: what is put in, and how it is asked for. Both serve every
// workspace at once, so that each token begins with whose it is. Folded words have letters and digits alone, which FTS5's
// `ascii` tokenizer keeps together; digits mark what a token is.
//
// `search_index` has a row for each record: its words, each under its noun and whether it stands in notes.
// `search_vocabulary` has one for each word of a workspace: its parts of three letters, and what deleting letters leaves of
// it. There are about as many words with a digit as records, so that such a word has its parts in the row of the record that
// it was first seen in, and in the vocabulary once it is seen again. Often one name begins many of them: that name stands in
// the vocabulary as a word of its own, with its parts.

import type { Resource } from '../declare/resources.ts'
import { deletionsOf, endDeletionsOf, hasDigit, queryDeletionsOf, typoDistanceMax } from '../text/typos.ts'
import { isSpaceless } from '../text/words.ts'
import type { Searched, Words } from './word-index.ts'

/** Letters of a workspace's id, and of a noun's prefix with digits behind it. */
const WORKSPACE_LENGTH = 16
const NOUN_LENGTH = 2
/**
 * The last letters of a workspace's id tell it from nearly all others, where what is found is looked at afterwards. What
 * begins with them is shorter than any beginning that has a list.
 */
const WORKSPACE_END_LENGTH = 9
/** Beginnings of so many letters have lists of their own. A longer one is put together from the lists of its words. */
const BEGINNINGS = [1, 2, 3, 4, 5, 6, 7, 8] as const

const PART_LENGTH = 3
const [PART, DELETION, END_DELETION] = ['1', '2', '3']

/** The lengths of the beginnings as FTS5 counts them. */
export const prefixLengths = BEGINNINGS.map((letters) => WORKSPACE_LENGTH + NOUN_LENGTH + 1 + letters).join(' ')

/** What tokens of the records of a noun begin with. */
export interface Marks {
  /** Those of a word in key fields, and in notes alone. */
  readonly words: readonly [string, string]
  /** Those of the parts of a word with a digit. */
  readonly parts: string
}

export function marksOf(workspaceId: string, { prefix }: Pick<Resource, 'prefix'>): Marks {
  const noun = workspaceOf(workspaceId) + prefix.padEnd(NOUN_LENGTH, '0')
  return { words: [`${noun}0`, `${noun}1`], parts: noun.slice(-(WORKSPACE_END_LENGTH + NOUN_LENGTH)) }
}

/** The row of a word in the vocabulary. */
export function vocabularyRow(workspaceId: string, word: string): string {
  const of = workspaceOf(workspaceId)
  return tracesOf(word)
    .map((trace) => of + trace)
    .join(' ')
}

/** The row of a record: its words, each under whether it stands in notes alone, and the parts of those that are its own. */
export function recordRow(marks: Marks, words: Words, own: readonly string[]): string {
  let row = ''
  for (const [word, inNotes] of words) row += `${marks.words[inNotes ? 1 : 0]}${word} `
  const traces = new Set<string>()
  for (const word of own) for (const trace of tracesOf(word)) traces.add(trace)
  for (const trace of traces) row += `${marks.parts}${trace} `
  return row
}

/** By what a word is found that is not its beginning. Of one with a digit, what its name has is left out. */
function tracesOf(word: string): string[] {
  const [mark, rest] = hasDigit(word) ? [END_DELETION, endDeletionsOf(word)] : [DELETION, deletionsOf(word)]
  return [...partsOf(word).map((part) => PART + part), ...rest.map((left) => mark + left)]
}

/** The letters that a word with a digit begins with, where they have parts; empty otherwise. */
export function nameIn(word: string): string {
  const [name] = /^\D*/.exec(word)!
  return name !== word && [...name].length >= PART_LENGTH ? name : ''
}

/** A question to an FTS5 table. */
export type Match = string

/** One token, or all that begin so. Quotes keep FTS5 from reading anything into it. */
export function token(text: string, begins = false): Match {
  return `"${text}"${begins ? ' *' : ''}`
}

/** What the first finds and none of the others do. */
export function without(match: Match, others: readonly Match[]): Match {
  return others.length === 0 ? match : `(${match} NOT ${anyOf(others)})`
}

/** All that is a workspace's. */
export function tokensOf(workspaceId: string): Match {
  return token(workspaceOf(workspaceId), true)
}

export function anyOf(matches: readonly Match[]): Match {
  return matches.length === 1 ? matches[0]! : `(${matches.join(' OR ')})`
}

export function allOf(matches: readonly Match[]): Match {
  return matches.length === 1 ? matches[0]! : `(${matches.join(' AND ')})`
}

/** Questions for words: for rows of the vocabulary, and for records that hold some of these words with a digit. */
export interface Sought {
  readonly vocabulary: Match
  readonly records: Match
}

/** Words such that whatever begins with one may hold another after its beginning; some hold only its parts. */
export function wordsAround(searched: Searched, word: string): Sought {
  const points = [...word]
  const parts = points.length < PART_LENGTH ? [word] : runsOf(points, PART_LENGTH, partsFrom(word, 0))
  const traces = parts.map((part) => PART + part)
  return sought(searched, allOf, traces, traces)
}

/** The words that may be `query` with a typo; undefined where its typos are not looked for. */
export function wordsNear(searched: Searched, query: string): Sought | undefined {
  if (typoDistanceMax(query) === 0) return undefined
  const ends = endDeletionsOf(query).map((each) => END_DELETION + each)
  return sought(searched, anyOf, [...queryDeletionsOf(query).map((each) => DELETION + each), ...ends], ends)
}

function sought(
  { workspaceId, resource }: Searched,
  join: (matches: readonly Match[]) => Match,
  inVocabulary: readonly string[],
  inRecords: readonly string[],
): Sought {
  const [of, { parts }] = [workspaceOf(workspaceId), marksOf(workspaceId, resource)]
  return {
    vocabulary: join(inVocabulary.map((trace) => token(of + trace))),
    records: join(inRecords.map((trace) => token(parts + trace))),
  }
}

function workspaceOf(id: string): string {
  return id.slice(id.indexOf('_') + 1)
}

/** Scripts without spaces are looked for by single letters too. */
function partsOf(word: string): string[] {
  const points = [...word]
  const shortest = isSpaceless(word) ? 1 : PART_LENGTH
  const parts: string[] = []
  for (let length = shortest; length <= PART_LENGTH; length++) parts.push(...runsOf(points, length, partsFrom(word, 1)))
  return [...new Set(parts)]
}

/** Where the first part begins that does not lie in the name. */
function partsFrom(word: string, least: number): number {
  return Math.max(least, [...nameIn(word)].length - PART_LENGTH + 1)
}

function runsOf(points: readonly string[], length: number, from: number): string[] {
  const runs: string[] = []
  for (let at = from; at + length <= points.length; at++) {
    let run = ''
    for (let next = at; next < at + length; next++) run += points[next]
    runs.push(run)
  }
  return runs
}
