// What the word index of fuzzy search is asked for. Each engine has its own: SQLite has FTS5 (fts-*.ts), PostgreSQL plain
// tables (search-*.ts). What counts as a match, and how good it is, is decided in text/ for both.

import type { Resource } from '../declare/resources.ts'
import { base32 } from '../text/base32.ts'
import type { Connection, Dialect, Value } from './dialect.ts'
import type { Sql } from './where.ts'

/** Word to whether it stands in notes alone, which rank last. */
export type Words = ReadonlyMap<string, boolean>

export interface Indexed {
  readonly resource: Resource
  readonly id: string
  /** Seconds since 1970; with the id it says how new the record is. */
  readonly createdAt: number
  /** It was made in this transaction, so that the index does not have it. */
  readonly isNew?: boolean
  readonly isGone?: boolean
}

/** Whose records are searched. */
export interface Searched {
  readonly db: Connection
  readonly workspaceId: string
  readonly resource: Resource
}

/** A record that matches every word. */
export interface Hit {
  /** The less the better. */
  readonly score: number
  /** Among those of one score, where it stands from old to new; what that is depends on the engine. */
  readonly place: string
  readonly id: string
}

/** Which page of the matches is asked for, and how far they are counted. */
export interface Asked {
  readonly after: Pick<Hit, 'score' | 'place'> | undefined
  readonly limit: number
  readonly countMax: number
}

export interface Found {
  /** The best, and of these the newest first. */
  readonly hits: Hit[]
  /** How many there are in all, up to the limit that was given. */
  readonly total: number
}

/** What a search narrows the resource's table `t` to, by `m.id = t.id`. */
export interface Matches {
  /** Defines `m (id, score)`, the best match having the least score. */
  readonly with: string
  readonly parameters: readonly Value[]
}

export interface WordIndex {
  /** Makes a record findable by these words and no others; by none where there are none. */
  readonly put: (db: Connection, workspaceId: string, indexed: Indexed, words: Words) => Promise<void>
  /** The matches after `after`, at most `limit`, the best first. */
  readonly best: (searched: Searched, words: readonly string[], asked: Asked) => Promise<Found>
  /**
   * All of them, for a question that narrows or orders them. Where the places are given of the few records that the question
   * leaves, they are looked at and no others; an engine that knows how many it leaves is not told.
   */
  readonly matches: (searched: Searched, words: readonly string[], spots?: readonly string[]) => Promise<Matches>
  /** Whether there are so many that going through them would keep others waiting. */
  readonly areMany: (searched: Searched, words: readonly string[]) => Promise<boolean>
  /** The tables whose rows go with their workspace. */
  readonly tables: readonly string[]
  /** Where they go a few at a time: takes some out, `max` at the most, and gives whether there were any. */
  readonly forgetSome?: (db: Connection, workspaceId: string, max: number) => Promise<boolean>
}

const TIME_DIGITS = 7
const TIME_MAX = 32 ** TIME_DIGITS - 1

/** When a record was made, as far as its place tells: what is before 1970, or after the year 3058, stands at the end. */
export function placedAt(createdAt: number): number {
  return Math.min(Math.max(createdAt, 0), TIME_MAX)
}

/** Where a record stands from old to new: its time and its id, as text that sorts so. */
export function spotOf({ id, createdAt }: Pick<Indexed, 'id' | 'createdAt'>): string {
  return base32(placedAt(createdAt), TIME_DIGITS) + id.slice(id.indexOf('_') + 1)
}

/** The id of the record that stands at a spot. */
export function idOfSpot(resource: Resource, spot: string): string {
  return `${resource.prefix}_${spot.slice(TIME_DIGITS)}`
}

/** The same in SQL. */
export function idAtSpot(resource: Resource, column: string): string {
  return `'${resource.prefix}_' || substr(${column}, ${TIME_DIGITS + 1})`
}

/** A word of a query, and what the workspace's vocabulary has for it. */
export interface Term {
  readonly word: string
  /** Looked for inside words too. */
  readonly part: boolean
  /** The words that it is a typo of. */
  readonly typos: readonly string[]
}

/** Classes of a match weigh more than all the notes flags of a query together. */
export const CLASS_WEIGHT = 128

/** A record's words as two texts, those of its key fields and those of its notes: each with a space around every word. */
export function textsOf(words: Words): [keys: string, notes: string] {
  const texts: [string, string] = ['', '']
  for (const [word, inNotes] of words)
    texts[inNotes ? 1 : 0] += texts[inNotes ? 1 : 0] === '' ? ` ${word} ` : `${word} `
  return texts
}

/** The words of a text that `textsOf` made. */
export function wordsIn(text: unknown): string[] {
  return String(text)
    .split(' ')
    .filter((word) => word !== '')
}

/** How well a row with the alias `s` matches all the terms, by its texts: the less the better, null where it does not. */
export function scoreSql(dialect: Dialect, terms: readonly Term[]): Sql {
  const scores = terms.map((term) => scoreOfOne(dialect, term))
  return { sql: scores.map(({ sql }) => sql).join(' + '), parameters: scores.flatMap(({ parameters }) => parameters) }
}

function scoreOfOne(dialect: Dialect, { word, part, typos }: Term): Sql {
  const cases: string[] = []
  const parameters: Value[] = []
  const add = (score: number, held: (column: string) => string, sought: Value) => {
    for (const [notes, column] of ['s.key_words', 's.note_words'].entries()) {
      cases.push(`WHEN ${held(column)} THEN ${score * CLASS_WEIGHT + notes}`)
      parameters.push(sought)
    }
  }
  const holds = (column: string) => `${dialect.position(column, '?')} > 0`
  add(0, holds, ` ${word} `)
  add(1, holds, ` ${word}`)
  if (part) add(2, holds, word)
  const anyOf = (column: string) =>
    `EXISTS (SELECT 1 FROM (${dialect.items}) i WHERE ${dialect.position(column, 'i.item')} > 0)`
  const whole = typos.map((typo) => ` ${typo} `)
  if (typos.length > 0) add(3, anyOf, JSON.stringify(whole))
  return { sql: `CASE ${cases.join(' ')} END`, parameters }
}

/** How many rows there are, counted up to so many. */
export async function countUpTo(db: Connection, { sql, parameters }: Sql, max: number): Promise<number> {
  const [row] = await db.rows(`SELECT count(*) AS total FROM (SELECT 1 AS one FROM (${sql}) c LIMIT ?) counted`, [
    ...parameters,
    max,
  ])
  return Number(row!.total)
}
