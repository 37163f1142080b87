// Fuzzy search as PostgreSQL is asked: the records that match every word, and how well. The index gives the candidates, and
// the records' own words the score.

import { neighboursOf, queryDeletionsOf } from '../text/typos.ts'
import { isPart, piecesOf, typosAmong } from '../text/words.ts'
import type { Dialect } from './dialect.ts'
import type { Sql } from './where.ts'
import { countUpTo, idAtSpot, type Matches, type Searched, scoreSql, type Term } from './word-index.ts'

export const BEYOND_EVERY_LETTER = '\u{10ffff}'
/** The rarest word of a query is looked for so far in two steps; what is rarer leads to the records. */
export const RARITY_STEPS = [2_000, 50_000] as const

/** Going through so many records would keep others waiting. */
const LONG_FROM = 1_000

export async function termsOf(searched: Searched, words: readonly string[]): Promise<Term[]> {
  const terms: Term[] = []
  for (const word of words) {
    const typos = await typosOf(searched, word)
    terms.push(...piecesOf(word).map((piece) => ({ word: piece, part: isPart(piece), typos })))
  }
  return terms
}

async function typosOf({ db, workspaceId }: Searched, word: string): Promise<string[]> {
  const { items } = db.dialect
  const near = await db.rows(
    `SELECT word FROM search_variants WHERE workspace_id = ? AND variant IN (${items})
      UNION SELECT word FROM search_words WHERE workspace_id = ? AND word IN (${items})`,
    [workspaceId, JSON.stringify(queryDeletionsOf(word)), workspaceId, JSON.stringify(neighboursOf(word))],
  )
  return typosAmong(
    word,
    near.map((row) => String(row.word)),
  )
}

/** The spots of the records that hold a word which the term matches; some several times. */
export function spotsOf({ db, workspaceId, resource }: Searched, term: Term): Sql {
  const place = [workspaceId, resource.name]
  const held = 'SELECT p.spot AS spot FROM search_postings p WHERE p.workspace_id = ? AND p.resource = ?'
  const through = (words: string) => `SELECT p.spot AS spot FROM ${postingsThrough(words)}`
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

/**
 * The postings `p` (spot, notes) of words that are given as rows (word), those of each looked up by themselves: a planner
 * that takes tables for empty, as they are until somebody counts them, may go through all postings for each word otherwise.
 */
export function postingsThrough(words: string): string {
  return `(${words}) w CROSS JOIN LATERAL (SELECT spot, notes FROM search_postings
    WHERE word = w.word AND workspace_id = ? AND resource = ? OFFSET 0) p`
}

/** The words of the vocabulary that hold `word` after their beginning, as rows (word). */
export function wordsInside(workspaceId: string, word: string): Sql {
  return {
    sql: 'SELECT DISTINCT word FROM search_endings WHERE workspace_id = ? AND ending >= ? AND ending < ?',
    parameters: [workspaceId, word, word + BEYOND_EVERY_LETTER],
  }
}

/** A list as rows (word). */
export function listed(dialect: Dialect, words: readonly string[]): Sql {
  return { sql: `SELECT item AS word FROM (${dialect.items}) l`, parameters: [JSON.stringify(words)] }
}

/** The records that match every term, as rows (spot, score); the rarest of the terms leads to them. */
async function scoredSpots(searched: Searched, terms: readonly Term[]): Promise<Sql> {
  const rarest = terms.length > 1 ? await rarestOf(searched, terms, RARITY_STEPS) : undefined
  return scoredAmong(searched, terms, spotsOf(searched, rarest ?? terms[0]!))
}

/** The same among the records at the spots of `lead`. */
export function scoredAmong({ db, workspaceId, resource }: Searched, terms: readonly Term[], lead: Sql): Sql {
  const score = scoreSql(db.dialect, terms)
  return {
    sql: `SELECT spot, score FROM (SELECT s.spot AS spot, ${score.sql} AS score FROM (SELECT DISTINCT spot FROM (${lead.sql}) found) d
      CROSS JOIN LATERAL (SELECT spot, key_words, note_words FROM search_records
        WHERE spot = d.spot AND workspace_id = ? AND resource = ? OFFSET 0) s) scored WHERE score IS NOT NULL`,
    parameters: [...score.parameters, ...lead.parameters, workspaceId, resource.name],
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

/** Whether even the rarest of the words is in many records. */
export async function isLong(searched: Searched, words: readonly string[]): Promise<boolean> {
  const terms = await termsOf(searched, words)
  return (await rarestOf(searched, terms, [LONG_FROM])) === undefined
}

export async function matchesOf(searched: Searched, words: readonly string[]): Promise<Matches> {
  const terms = await termsOf(searched, words)
  const { sql, parameters } = await scoredSpots(searched, terms)
  return {
    with: `WITH m AS (SELECT ${idAtSpot(searched.resource, 'spot')} AS id, score FROM (${sql}) matched) `,
    parameters,
  }
}
