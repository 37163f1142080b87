// Fuzzy search as it is asked: the records that match every word, and how well. What counts as a match is decided in
// text/; the index gives the candidates, and the records' own words the score.

import type { Resource } from '../declare/resources.ts'
import { neighboursOf, queryDeletionsOf } from '../text/typos.ts'
import { isPart, matchClass, PART_LENGTH_MAX } from '../text/words.ts'
import type { Connection, Dialect, Value } from './dialect.ts'
import { idAtSpot } from './search-index.ts'
import type { Sql } from './where.ts'

/** Classes of a match weigh more than all the notes flags of a query together. */
export const CLASS_WEIGHT = 128
export const BEYOND_EVERY_LETTER = '\u{10ffff}'
/** The rarest word of a query is looked for so far in two steps; what is rarer leads to the records. */
export const RARITY_STEPS = [2_000, 50_000] as const

/** Going through so many records would keep others waiting. */
const LONG_FROM = 1_000

/** A word of a query, and what the workspace's vocabulary has for it. */
export interface Term {
  readonly word: string
  /** Looked for inside words too. */
  readonly part: boolean
  /** The words that it is a typo of. */
  readonly typos: readonly string[]
}

/** Whose records are searched. */
export interface Searched {
  readonly db: Connection
  readonly workspaceId: string
  readonly resource: Resource
}

export async function termOf({ db, workspaceId }: Searched, word: string): Promise<Term> {
  const { items } = db.dialect
  const near = await db.rows(
    `SELECT word FROM search_variants WHERE workspace_id = ? AND variant IN (${items})
      UNION SELECT word FROM search_words WHERE workspace_id = ? AND word IN (${items})`,
    [workspaceId, JSON.stringify(queryDeletionsOf(word)), workspaceId, JSON.stringify(neighboursOf(word))],
  )
  const candidates = new Set([
    ...near.map((row) => String(row.word)),
    ...(db.pending?.typosOf(workspaceId, word) ?? []),
  ])
  const typos = [...candidates].filter((candidate) => matchClass(word, candidate) === 3)
  return { word, part: isPart(word), typos }
}

/** The spots of the records that hold a word which the term matches; some several times. */
export function spotsOf({ db, workspaceId, resource }: Searched, term: Term): Sql {
  const place = [workspaceId, resource.name]
  const held = 'SELECT p.spot AS spot FROM search_postings p WHERE p.workspace_id = ? AND p.resource = ?'
  // CROSS JOIN keeps SQLite, which knows nothing of the sizes, from going through all postings for a few words.
  const through = (words: string) =>
    `SELECT p.spot AS spot FROM (${words}) w CROSS JOIN search_postings p WHERE p.workspace_id = ? AND p.resource = ? AND p.word = w.word`
  const parts: Sql[] = [
    {
      sql: `${held} AND p.word >= ? AND p.word < ?`,
      parameters: [...place, term.word, term.word + BEYOND_EVERY_LETTER],
    },
  ]
  if (term.part) {
    const words = wordsInside(workspaceId, term.word)
    parts.push({ sql: through(words.sql), parameters: [...words.parameters, ...place] })
  }
  if (term.typos.length > 0) {
    const words = listed(db.dialect, term.typos)
    parts.push({ sql: through(words.sql), parameters: [...words.parameters, ...place] })
  }
  return { sql: parts.map(({ sql }) => sql).join(' UNION ALL '), parameters: parts.flatMap((each) => each.parameters) }
}

/** The words of the vocabulary that hold `word` after their beginning, as rows (word). */
export function wordsInside(workspaceId: string, word: string): Sql {
  const start = [...word].slice(0, PART_LENGTH_MAX).join('')
  return {
    sql: 'SELECT DISTINCT word FROM search_endings WHERE workspace_id = ? AND ending >= ? AND ending < ?',
    parameters: [workspaceId, start, start + BEYOND_EVERY_LETTER],
  }
}

/** A list as rows (word). */
export function listed(dialect: Dialect, words: readonly string[]): Sql {
  return { sql: `SELECT item AS word FROM (${dialect.items}) l`, parameters: [JSON.stringify(words)] }
}

/** How well the record `s` of search_records matches a term: the less the better, null where it does not. */
function scoreSql(dialect: Dialect, { word, part, typos }: Term): Sql {
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

/** The spots of records that wait for their place in the index. */
export function waitingSpots({ workspaceId, resource }: Searched): Sql {
  const sql = 'SELECT spot FROM search_waiting WHERE workspace_id = ? AND resource = ?'
  return { sql, parameters: [workspaceId, resource.name] }
}

/** The records that match every term, as rows (spot, score); the rarest of the terms leads to them. */
export async function scoredSpots(searched: Searched, terms: readonly Term[]): Promise<Sql> {
  const rarest = terms.length > 1 ? await rarestOf(searched, terms, RARITY_STEPS) : undefined
  const [indexed, waiting] = [spotsOf(searched, rarest ?? terms[0]!), waitingSpots(searched)]
  const sql = `${indexed.sql} UNION ALL ${waiting.sql}`
  return scoredAmong(searched, terms, { sql, parameters: [...indexed.parameters, ...waiting.parameters] })
}

/** The same among the records at the spots of `lead`. */
export function scoredAmong({ db, workspaceId, resource }: Searched, terms: readonly Term[], lead: Sql): Sql {
  const scores = terms.map((term) => scoreSql(db.dialect, term))
  const score = scores.map(({ sql }) => sql).join(' + ')
  return {
    sql: `SELECT spot, score FROM (SELECT s.spot AS spot, ${score} AS score FROM (SELECT DISTINCT spot FROM (${lead.sql}) found) d
      CROSS JOIN search_records s WHERE s.workspace_id = ? AND s.resource = ? AND s.spot = d.spot) scored WHERE score IS NOT NULL`,
    parameters: [...scores.flatMap(({ parameters }) => parameters), ...lead.parameters, workspaceId, resource.name],
  }
}

/** The term with the fewest records, counted in so many steps; undefined where every one has as many as the last step. */
export async function rarestOf(
  searched: Searched,
  terms: readonly Term[],
  steps: readonly number[],
): Promise<Term | undefined> {
  let rarest: Term | undefined
  for (const max of steps) {
    let least = max
    for (const term of terms) {
      const count = await countUpTo(searched.db, spotsOf(searched, term), least)
      if (count < least) [rarest, least] = [term, count]
    }
    if (rarest) break
  }
  return rarest
}

export async function countUpTo(db: Connection, { sql, parameters }: Sql, max: number): Promise<number> {
  const [row] = await db.rows(`SELECT count(*) AS total FROM (SELECT 1 AS one FROM (${sql}) c LIMIT ?) counted`, [
    ...parameters,
    max,
  ])
  return Number(row!.total)
}

/** Whether even the rarest of the words is in many records. */
export async function isLong(searched: Searched, words: readonly string[]): Promise<boolean> {
  const terms: Term[] = []
  for (const word of words) terms.push(await termOf(searched, word))
  return (await rarestOf(searched, terms, [LONG_FROM])) === undefined
}

/** What a search narrows the resource's table `t` to, by `m.id = t.id`. */
export interface Matches {
  /** Defines `m (id, score)`, the best match having the least score. */
  readonly with: string
  readonly parameters: readonly Value[]
}

export async function matchesOf(searched: Searched, words: readonly string[]): Promise<Matches> {
  const terms: Term[] = []
  for (const word of words) terms.push(await termOf(searched, word))
  const { sql, parameters } = await scoredSpots(searched, terms)
  return {
    with: `WITH m AS (SELECT ${idAtSpot(searched.resource, 'spot')} AS id, score FROM (${sql}) matched) `,
    parameters,
  }
}
