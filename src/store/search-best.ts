// The best matches of a search first: exact, beginning, part, typo; then key fields before notes; then newest. Few matches
// are scored and sorted. Many are never all looked at: each way to match is read newest first until the page is full.

import { matchClass } from '../text/words.ts'
import type { Row, Value } from './dialect.ts'
import {
  BEYOND_EVERY_LETTER,
  isLong,
  listed,
  matchesOf,
  RARITY_STEPS,
  rarestOf,
  scoredAmong,
  spotsOf,
  termsOf,
  wordsInside,
} from './search.ts'
import { indexWords } from './search-index.ts'
import { listsOf } from './search-lists.ts'
import { type Listed, matchedSpots, type Ranked, ranked, type SpotHit } from './search-marks.ts'
import type { Sql } from './where.ts'
import {
  type Asked,
  CLASS_WEIGHT,
  countUpTo,
  idOfSpot,
  type Searched,
  type Term,
  type WordIndex,
  wordsIn,
} from './word-index.ts'

/** The records of a word that has no more are scored by their texts. */
const FEW = 200
/** So many words are each asked for their newest record; more words are found by going through the records. */
const WORDS_MAX = 2_000
const SORTED_MAX = 10_000
/** A page is looked for among so many of the newest first: what many records match is there. */
const WALKED_FIRST = 2_000
const NEWEST = '~'
const POSTINGS = 'search_postings p WHERE p.workspace_id = ? AND p.resource = ?'

const bestMatches: WordIndex['best'] = async (searched, words, asked) => {
  const terms = await termsOf(searched, words)
  const after = asked.after && { score: asked.after.score, spot: asked.after.place }
  const page: Page = { ...asked, after }
  const { hits, total } =
    terms.length === 1 ? await bestOfOne(searched, terms[0]!, page) : await bestOfSeveral(searched, terms, page)
  const asHit = ({ score, spot }: SpotHit) => ({ score, place: spot, id: idOfSpot(searched.resource, spot) })
  return { hits: hits.map(asHit), total }
}

function spotsListed({ db }: Searched, spots: readonly string[]): Sql {
  return { sql: `SELECT item AS spot FROM (${db.dialect.items}) l`, parameters: [JSON.stringify(spots)] }
}

interface Page extends Omit<Asked, 'after'> {
  readonly after: SpotHit | undefined
}

async function bestOfOne(searched: Searched, term: Term, page: Page): Promise<Ranked> {
  const begun = await countBegun(searched, term.word, page.countMax)
  if (begun < page.countMax) {
    const lists = await listsOf(searched, term)
    if (lists) return ranked([lists], page.after, page.limit)
  }
  const total = begun < page.countMax ? await countMatches(searched, term, page.countMax) : begun
  return { hits: await newestMatches(searched, term, page, begun), total }
}

/** Few records of the rarest word are scored by their texts; else every word's list says which records hold it. */
async function bestOfSeveral(searched: Searched, terms: readonly Term[], page: Page): Promise<Ranked> {
  const rare = await rarestOf(searched, terms, [FEW])
  if (rare) return sortedMatches(searched, scoredAmong(searched, terms, spotsOf(searched, rare)), page)
  const known: (readonly Listed[])[] = []
  for (const term of terms) {
    const lists = await listsOf(searched, term)
    if (lists) known.push(lists)
  }
  if (known.length === terms.length) return ranked(known, page.after, page.limit)
  const spots =
    known.length > 0
      ? spotsListed(searched, matchedSpots(known))
      : spotsOf(searched, (await rarestOf(searched, terms, RARITY_STEPS)) ?? terms[0]!)
  return sortedMatches(searched, scoredAmong(searched, terms, spots), page)
}

/** Counts each record once: by the first of its words, in their order, that begins so. */
function countBegun({ db, workspaceId, resource }: Searched, word: string, max: number): Promise<number> {
  const sql =
    'SELECT 1 AS one FROM search_postings WHERE workspace_id = ? AND resource = ? AND word >= ? AND word < ? AND shared < ?'
  const range = [word, word + BEYOND_EVERY_LETTER, word.length]
  return countUpTo(db, { sql, parameters: [workspaceId, resource.name, ...range] }, max)
}

function countMatches(searched: Searched, term: Term, max: number): Promise<number> {
  const { sql, parameters } = spotsOf(searched, term)
  return countUpTo(searched.db, { sql: `SELECT DISTINCT spot FROM (${sql}) found`, parameters }, max)
}

async function sortedMatches(
  searched: Searched,
  { sql, parameters }: Sql,
  { after, limit, countMax }: Page,
): Promise<Ranked> {
  const beyond = after ? 'WHERE score > ? OR (score = ? AND spot < ?)' : ''
  const rows = await searched.db.rows(
    `SELECT spot, score, total FROM (SELECT spot, score, count(*) OVER () AS total FROM (${sql}) matched) counted ${beyond}
      ORDER BY score, spot DESC LIMIT ?`,
    [...parameters, ...(after ? [after.score, after.score, after.spot] : []), limit],
  )
  const total =
    rows[0] || !after ? Number(rows[0]?.total ?? 0) : await countUpTo(searched.db, { sql, parameters }, countMax)
  return { hits: rows.map((row) => ({ spot: String(row.spot), score: Number(row.score) })), total }
}

async function newestMatches(
  searched: Searched,
  term: Term,
  { after, limit, countMax }: Page,
  begun: number,
): Promise<SpotHit[]> {
  const hits: SpotHit[] = []
  for (const matched of [0, 1, 2, 3])
    for (const notes of [0, 1]) {
      const score = matched * CLASS_WEIGHT + notes
      if (after && score < after.score) continue
      const dense = matched === 1 && begun >= countMax
      let before = after?.score === score ? after.spot : NEWEST
      while (hits.length < limit) {
        const rows = await newestOf(searched, term, { matched, notes, before, limit: limit - hits.length, dense })
        const right = matched === 0 ? rows : rows.filter((row) => scoreOf(term, row) === score)
        hits.push(...right.map(({ spot }) => ({ spot: String(spot), score })))
        if (rows.length === 0) break
        before = String(rows.at(-1)!.spot)
      }
      if (hits.length >= limit) return hits
    }
  return hits
}

/** How well a record matches a term, by its texts in the columns `key_words` and `note_words`; infinite where it does not. */
function scoreOf({ word, typos }: Term, { key_words, note_words }: Row): number {
  let best = Number.POSITIVE_INFINITY
  for (const [notes, text] of [key_words, note_words].entries())
    for (const held of wordsIn(text)) {
      const matched = typos.includes(held) ? 3 : held.includes(word) ? matchClass(word, held) : null
      if (matched !== null) best = Math.min(best, matched * CLASS_WEIGHT + notes)
    }
  return best
}

interface Stretch {
  readonly matched: number
  readonly notes: number
  /** Only what stands before this spot. */
  readonly before: string
  readonly limit: number
  /** So many match that a page of them is probably among the newest records. */
  readonly dense: boolean
}

/** The newest records that match in this way, perhaps also in a better one; with their words. */
async function newestOf(searched: Searched, term: Term, stretch: Stretch): Promise<Row[]> {
  const { db, workspaceId } = searched
  if (stretch.matched === 0) return postingsOf(searched, term.word, stretch)
  if (stretch.matched === 2 && !term.part) return []
  if (stretch.matched === 3 && term.typos.length === 0) return []
  const begun: Sql = {
    sql: 'SELECT word FROM search_words WHERE workspace_id = ? AND word > ? AND word < ?',
    parameters: [workspaceId, term.word, term.word + BEYOND_EVERY_LETTER],
  }
  if (stretch.dense) {
    const near = await walk(searched, ` ${term.word}`, stretch, WALKED_FIRST)
    if (near.length === stretch.limit) return near
  }
  const words = [begun, wordsInside(workspaceId, term.word), listed(db.dialect, term.typos)][stretch.matched - 1]!
  if ((await countUpTo(db, words, WORDS_MAX + 1)) <= WORDS_MAX)
    return withWords(searched, await newestOfWords(searched, words, stretch))
  if (stretch.matched === 1) {
    const few = await begunSorted(searched, term, stretch)
    if (few) return withWords(searched, few)
  }
  return walk(searched, stretch.matched === 1 ? ` ${term.word}` : term.word, stretch)
}

function postingsOf({ db, workspaceId, resource }: Searched, word: string, stretch: Stretch): Promise<Row[]> {
  const sql = `SELECT p.spot AS spot FROM ${POSTINGS} AND p.word = ? AND p.notes = ? AND p.spot < ? ORDER BY p.spot DESC LIMIT ?`
  return db.rows(sql, [workspaceId, resource.name, word, stretch.notes, stretch.before, stretch.limit])
}

/** Merges the words' lists: no record can be among the newest whose word is not among those with the newest record. */
async function newestOfWords(searched: Searched, words: Sql, stretch: Stretch): Promise<string[]> {
  const { db, workspaceId, resource } = searched
  const heads = await db.rows(
    `SELECT word, head FROM (SELECT w.word AS word, (SELECT max(p.spot) FROM ${POSTINGS} AND p.word = w.word AND p.notes = ?
      AND p.spot < ?) AS head FROM (${words.sql}) w) h WHERE head IS NOT NULL ORDER BY head DESC`,
    [workspaceId, resource.name, stretch.notes, stretch.before, ...words.parameters],
  )
  let newest: string[] = []
  for (const { word, head } of heads) {
    if (newest.length >= stretch.limit && String(head) < newest.at(-1)!) break
    const rows = await postingsOf(searched, String(word), stretch)
    const merged = new Set([...newest, ...rows.map(({ spot }) => String(spot))])
    newest = [...merged].sort().reverse().slice(0, stretch.limit)
  }
  return newest
}

/** Sorts the records that begin so, where they are not too many. */
async function begunSorted(searched: Searched, term: Term, stretch: Stretch): Promise<string[] | undefined> {
  const { db, workspaceId, resource } = searched
  const from = `${POSTINGS} AND p.word > ? AND p.word < ? AND p.notes = ?`
  const range: Value[] = [workspaceId, resource.name, term.word, term.word + BEYOND_EVERY_LETTER, stretch.notes]
  const count = await countUpTo(db, { sql: `SELECT 1 AS one FROM ${from}`, parameters: range }, SORTED_MAX + 1)
  if (count > SORTED_MAX) return undefined
  const sql = `SELECT DISTINCT p.spot AS spot FROM ${from} AND p.spot < ? ORDER BY p.spot DESC LIMIT ?`
  return (await db.rows(sql, [...range, stretch.before, stretch.limit])).map(({ spot }) => String(spot))
}

const RECORDS = 'SELECT spot, key_words, note_words FROM search_records WHERE workspace_id = ? AND resource = ?'

async function withWords({ db, workspaceId, resource }: Searched, spots: readonly string[]): Promise<Row[]> {
  if (spots.length === 0) return []
  const sql = `${RECORDS} AND spot IN (${db.dialect.items}) ORDER BY spot DESC`
  return db.rows(sql, [workspaceId, resource.name, JSON.stringify(spots)])
}

/** Goes through the records from the newest on, perhaps through so many at most, for those that hold what is sought. */
function walk(
  { db, workspaceId, resource }: Searched,
  sought: string,
  { notes, before, limit }: Stretch,
  max?: number,
): Promise<Row[]> {
  const holds = `${db.dialect.position(notes ? 'note_words' : 'key_words', '?')} > 0`
  const place = [workspaceId, resource.name, before]
  const order = 'ORDER BY spot DESC LIMIT ?'
  if (max === undefined) return db.rows(`${RECORDS} AND spot < ? AND ${holds} ${order}`, [...place, sought, limit])
  const newest = `SELECT * FROM (${RECORDS} AND spot < ? ${order}) newest WHERE ${holds} ${order}`
  return db.rows(newest, [...place, max, sought, limit])
}

export const tableIndex: WordIndex = {
  ...{ put: indexWords, best: bestMatches, matches: matchesOf, areMany: isLong },
  tables: ['search_postings', 'search_records', 'search_endings', 'search_variants', 'search_words'],
}
