// Fuzzy search on SQLite. FTS5 finds the records, newest first. Few are scored by their texts and sorted. Of many the best way
// to match is asked for first, then the next, until the page is full.

import { fail } from '../errors.ts'
import { piecesOf } from '../text/words.ts'
import type { Row } from './dialect.ts'
import { forgetSomeWords, putWords } from './fts-index.ts'
import { beginningOf, type Meaning, matchesAround, matchesFor, matchesOfAny, meaningsOf, NEWEST } from './fts-terms.ts'
import { allOf, anyOf, type Match, without } from './fts-tokens.ts'
import type { Sql } from './where.ts'
import {
  type Asked,
  CLASS_WEIGHT,
  countUpTo,
  type Found,
  type Hit,
  idAtSpot,
  idOfSpot,
  type Searched,
  scoreSql,
  type WordIndex,
} from './word-index.ts'

/** So many of the newest that match are scored by their texts, so many at a time. */
const [SCORED_MAX, SCORED_AT_ONCE] = [200, 64]
/** So many that match several words are listed at once, as going through the lists again to count them takes longer. */
const LISTED_MAX = 400
/** Going through so many records would keep others waiting. */
const LONG_FROM = 1_000
/** Of more words there are too many ways to match. */
const RANKED_WORDS_MAX = 2
/** Texts are looked through for each typo, which takes long where there are more. */
const TYPOS_INLINE_MAX = 100
const CLASSES = 4
const BEST_SCORE = 0

export const ftsIndex: WordIndex = {
  put: putWords,
  best: async (searched, words, asked) => {
    if (asked.after && !/^\d+$/.test(asked.after.place)) throw fail.invalidCursor()
    const [only, ...others] = words.flatMap(piecesOf)
    const begun = only && others.length === 0 ? await bestBegun(searched, only, asked) : undefined
    if (begun) return begun
    const meanings = await meaningsOf(searched, words)
    const lead = exactLead(searched, meanings)
    const inTexts = () => beside(searched, (on) => sorted(on, meanings, asked))
    if (!lead) return inTexts()
    const isMuch = lead.parameters.length > 1 || meanings.some(({ typos }) => typos.length > TYPOS_INLINE_MAX)
    const inLists = (on: Searched) => bestListed(on, meanings, lead, asked)
    return (await (isMuch ? beside(searched, inLists) : inLists(searched))) ?? inTexts()
  },
  matches: async (searched, words, spots) => {
    const few = spots && (await rowsAt(searched, spots))
    const { sql, parameters } = scored(searched, await meaningsOf(searched, words), few)
    return {
      with: `WITH m AS (SELECT ${idAtSpot(searched.resource, 'spot')} AS id, score FROM (${sql}) matched) `,
      parameters,
    }
  },
  areMany: async (searched, words) => {
    const meanings = await meaningsOf(searched, words)
    const lead = exactLead(searched, meanings)
    if (!lead || meanings.some(({ typos }) => typos.length > TYPOS_INLINE_MAX)) return true
    return (await countUpTo(searched.db, lead, LONG_FROM)) === LONG_FROM
  },
  tables: ['search_texts', 'search_terms'],
  forgetSome: forgetSomeWords,
}

async function rowsAt({ db, workspaceId, resource }: Searched, spots: readonly string[]): Promise<Row[]> {
  const sql = `SELECT n FROM search_texts WHERE workspace_id = ? AND resource = ? AND spot IN (${db.dialect.items})`
  return db.rows(sql, [workspaceId, resource.name, JSON.stringify(spots)])
}

function beside<T>(searched: Searched, job: (on: Searched) => Promise<T>): Promise<T> {
  const { db, workspaceId } = searched
  return db.aside ? db.aside(workspaceId, (on) => job({ ...searched, db: on })) : job(searched)
}

/** The page of those that a list finds, all of which match; undefined where there are too many ways to match. */
async function bestListed(
  searched: Searched,
  meanings: readonly Meaning[],
  lead: Sql,
  asked: Asked,
): Promise<Found | undefined> {
  const listedMax = meanings.length > 1 ? LISTED_MAX : SCORED_MAX
  const listed = await searched.db.rows(`${lead.sql} ORDER BY n DESC LIMIT ?`, [...lead.parameters, listedMax + 1])
  const page = await pageAmong(searched, meanings, listed, asked)
  const levels = page ? [] : levelsOf(searched, meanings)
  if (!levels) return undefined
  const isCounted = listed.length <= listedMax
  const total = isCounted ? listed.length : await countUpTo(searched.db, lead, asked.countMax)
  return { hits: page ?? (await newestFirst(searched, levels, asked)), total }
}

/** Where so many records have a word, or begin with it, that neither the total nor the page needs any other. */
async function bestBegun(searched: Searched, word: string, asked: Asked): Promise<Found | undefined> {
  const meaning = beginningOf(word)
  const matches = matchesOfAny(searched, meaning)!
  if ((await countUpTo(searched.db, rowsOf(matches), asked.countMax)) < asked.countMax) return undefined
  const hits = await newestFirst(searched, levelsOf(searched, [meaning])!, asked)
  return hits.length === asked.limit ? { hits, total: asked.countMax } : undefined
}

/** The records that any of these finds, each once, as rows (n). */
function rowsOf(matches: readonly Match[]): Sql {
  const one = 'SELECT rowid AS n FROM search_index WHERE search_index MATCH ?'
  return { sql: matches.map(() => one).join(' UNION '), parameters: matches }
}

/** The records that match every word, and no others; undefined where these can't be listed. */
function exactLead(searched: Searched, meanings: readonly Meaning[]): Sql | undefined {
  const listed = meanings.map((meaning) => matchesOfAny(searched, meaning))
  if (listed.length === 1) return listed[0] && rowsOf(listed[0])
  if (listed.some((matches) => matches?.length !== 1)) return undefined
  return rowsOf([allOf(listed.flatMap((matches) => matches!))])
}

/** The records among which those are that match every word; undefined where these may be any. */
function leadOf(searched: Searched, meanings: readonly Meaning[]): Sql | undefined {
  const listed = meanings.flatMap((meaning) => {
    const matches = matchesAround(searched, meaning)
    return matches ? [matches] : []
  })
  const merged = listed.filter(({ length }) => length === 1).flat()
  if (merged.length > 0) return rowsOf([allOf(merged)])
  return listed[0] && rowsOf(listed[0])
}

/** The page, if few are listed, newest first, or enough of the newest match as well as can be; the others are not read then. */
async function pageAmong(
  searched: Searched,
  meanings: readonly Meaning[],
  listed: readonly Row[],
  { after, limit }: Asked,
): Promise<Hit[] | undefined> {
  const areFew = listed.length <= SCORED_MAX
  // One word has few ways to match, and each is asked for in no time.
  if (!areFew && meanings.length === 1) return undefined
  const isBeyond = ({ score, place }: Hit) =>
    !after || score > after.score || (score === after.score && Number(place) < Number(after.place))
  const hits: Hit[] = []
  for (let at = 0; at < Math.min(listed.length, SCORED_MAX); at += SCORED_AT_ONCE) {
    const { sql, parameters } = scored(searched, meanings, listed.slice(at, at + SCORED_AT_ONCE))
    const rows = await searched.db.rows(sql, parameters)
    hits.push(...rows.map((row) => hitOf(searched, row, Number(row.score))).filter(isBeyond))
    const best = hits.filter(({ score }) => score === BEST_SCORE)
    if (best.length >= limit) return inOrder(best).slice(0, limit)
    if (best.length === 0 && !areFew) return undefined
  }
  return areFew ? inOrder(hits).slice(0, limit) : undefined
}

function inOrder(hits: Hit[]): Hit[] {
  return hits.sort((a, b) => a.score - b.score || Number(b.place) - Number(a.place))
}

/** The records that match every word, as rows (n, spot, score); perhaps among these. */
function scored(searched: Searched, meanings: readonly Meaning[], among?: readonly Row[]): Sql {
  const { workspaceId, resource, db } = searched
  const score = scoreSql(db.dialect, meanings)
  const lead = among
    ? { sql: `SELECT item AS n FROM (${db.dialect.items}) l`, parameters: [JSON.stringify(among.map(({ n }) => n))] }
    : leadOf(searched, meanings)
  const from = lead
    ? { sql: `(${lead.sql}) d CROSS JOIN search_texts s ON s.n = d.n AND`, parameters: lead.parameters }
    : { sql: 'search_texts s WHERE', parameters: [] }
  return {
    sql: `SELECT n, spot, score FROM (SELECT s.n AS n, s.spot AS spot, ${score.sql} AS score FROM ${from.sql}
      s.workspace_id = ? AND s.resource = ?${db.inTime ? ` AND ${db.inTime}` : ''}) scored WHERE score IS NOT NULL`,
    parameters: [...score.parameters, ...from.parameters, workspaceId, resource.name],
  }
}

async function sorted(
  searched: Searched,
  meanings: readonly Meaning[],
  { after, limit, countMax }: Asked,
): Promise<Found> {
  const { db } = searched
  const { sql, parameters } = scored(searched, meanings)
  const beyond = after ? 'WHERE score > ? OR (score = ? AND n < CAST(? AS INTEGER))' : ''
  const rows = await db.rows(
    `SELECT n, spot, score, total FROM (SELECT n, spot, score, count(*) OVER () AS total FROM (${sql}) matched) counted ${beyond}
      ORDER BY score, n DESC LIMIT ?`,
    [...parameters, ...(after ? [after.score, after.score, after.place] : []), limit],
  )
  const total = rows[0] || !after ? Number(rows[0]?.total ?? 0) : await countUpTo(db, { sql, parameters }, countMax)
  return { hits: rows.map((row) => hitOf(searched, row, Number(row.score))), total: Math.min(total, countMax) }
}

function hitOf({ resource }: Searched, { n, spot }: Row, score: number): Hit {
  return { score, place: String(n), id: idOfSpot(resource, String(spot)) }
}

/** A score that a match may have, and what finds all that have it; some that it finds match better. */
interface Level {
  readonly score: number
  readonly matches: readonly Match[]
}

/** From the best to the worst; undefined where there are too many ways. Several words have one match for each way. */
function levelsOf(searched: Searched, meanings: readonly Meaning[]): Level[] | undefined {
  if (meanings.length > RANKED_WORDS_MAX) return undefined
  const ways = meanings.map(({ ways }): Ways => {
    const inPlace = (held: (typeof ways)[number]) => PLACES.map((notes) => matchesFor(searched, held ?? [], [notes]))
    return ways.map(inPlace)
  })
  const levels: Level[] = []
  for (let classes = 0; classes <= (CLASSES - 1) * ways.length; classes++)
    for (let notes = 0; notes <= ways.length; notes++) {
      const matches = addingUpTo(classes, notes, ways)
      const merged = ways.length > 1 && matches.length > 1 ? [anyOf(matches)] : matches
      if (merged.length > 0) levels.push({ score: classes * CLASS_WEIGHT + notes, matches: merged })
    }
  return levels
}

const PLACES = [0, 1] as const

type Ways = readonly (readonly (readonly Match[])[])[]

/** What finds records whose classes, and notes, add up so over all words. */
function addingUpTo(classes: number, notes: number, [first, ...others]: readonly Ways[]): readonly Match[] {
  const found: Match[] = []
  for (const [matched, places] of first!.entries())
    for (const [inNotes, matches] of places.entries()) {
      const [classesLeft, notesLeft] = [classes - matched, notes - inNotes]
      if (classesLeft < 0 || notesLeft < 0 || matches.length === 0) continue
      if (others.length > 0) {
        for (const rest of addingUpTo(classesLeft, notesLeft, others)) found.push(allOf([...matches, rest]))
      } else if (classesLeft === 0 && notesLeft === 0) found.push(...matches)
    }
  return found
}

/** The page: level by level, each newest first, without what a better level finds. */
async function newestFirst(searched: Searched, levels: readonly Level[], { after, limit }: Asked): Promise<Hit[]> {
  const hits: Hit[] = []
  const better: Match[] = []
  for (const { score, matches } of levels) {
    if (!after || score >= after.score) {
      const before = after?.score === score ? after.place : NEWEST
      const found: Hit[] = []
      for (const match of matches) {
        const rows = await searched.db.rows(PAGE, [without(match, better), before, limit - hits.length])
        found.push(...rows.map((row) => hitOf(searched, row, score)))
      }
      // Several find each its own newest, and may find the same.
      const newest = [...new Map(found.map((hit) => [hit.place, hit])).values()]
      if (matches.length > 1) newest.sort((a, b) => Number(b.place) - Number(a.place))
      hits.push(...newest.slice(0, limit - hits.length))
      if (hits.length === limit) break
    }
    better.push(...matches)
  }
  return hits
}

const PAGE = `SELECT s.n AS n, s.spot AS spot FROM search_index CROSS JOIN search_texts s ON s.n = search_index.rowid
  WHERE search_index MATCH ? AND search_index.rowid < CAST(? AS INTEGER) ORDER BY search_index.rowid DESC LIMIT ?`
