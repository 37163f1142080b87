// The lists of spots behind a word of a query, each way to match by itself. The engine puts each together to one text, as a
// row for each spot takes several times as long to hand over.

import { BEYOND_EVERY_LETTER, listed, postingsThrough, wordsInside } from './search.ts'
import { type Listed, SPOT_LENGTH } from './search-marks.ts'
import type { Sql } from './where.ts'
import { CLASS_WEIGHT, countUpTo, type Searched, type Term } from './word-index.ts'

/** Longer lists are not read, as that would keep others waiting: what they match is looked for in the records' texts. */
const SPOTS_MAX = 250_000
/** So many words that hold the sought one inside are looked up one by one. */
const WORDS_MAX = 2_000

type Found = readonly Listed[] | undefined

/** Everything that a term matches, or undefined where that is too much. */
export async function listsOf(searched: Searched, { word, part, typos }: Term): Promise<Found> {
  const ways: (() => Promise<Found>)[] = [() => exactly(searched, word), () => begun(searched, word)]
  if (part) ways.push(() => inside(searched, word))
  if (typos.length > 0) ways.push(() => through(searched, listed(searched.db.dialect, typos), 3))
  const lists: Listed[] = []
  for (const way of ways) {
    const found = await way()
    if (!found) return undefined
    lists.push(...found)
  }
  return lists
}

const HERE = 'search_postings p WHERE p.workspace_id = ? AND p.resource = ?'

function exactly(searched: Searched, word: string): Promise<Found> {
  return postingsFrom(searched, { sql: `${HERE} AND p.word = ?`, parameters: [...hereOf(searched), word] }, 0)
}

/** What is listed under the words that begin with a word and go on. */
async function begun(searched: Searched, word: string): Promise<Found> {
  const sql = `${HERE} AND p.word > ? AND p.word < ?`
  const parameters = [...hereOf(searched), word, word + BEYOND_EVERY_LETTER, word.length]
  const lists = await postingsFrom(searched, { sql: `${sql} AND p.shared < ?`, parameters }, 1)
  // A record's later words of that beginning are no better, unless the first stands in notes.
  if (!lists?.some(({ score }) => score === CLASS_WEIGHT + 1)) return lists
  const later = await postingsFrom(searched, { sql: `${sql} AND p.shared >= ? AND p.notes = 0`, parameters }, 1)
  return later && [...lists, ...later]
}

/** What is listed under the words that hold a word after their beginning. */
async function inside(searched: Searched, word: string): Promise<Found> {
  const words = wordsInside(searched.workspaceId, word)
  const count = await countUpTo(searched.db, words, WORDS_MAX + 1)
  if (count > WORDS_MAX) return undefined
  return count === 0 ? [] : through(searched, words, 2)
}

/** What is listed under some words, given as rows (word). */
function through(searched: Searched, words: Sql, matched: number): Promise<Found> {
  const sql = postingsThrough(words.sql)
  return postingsFrom(searched, { sql, parameters: [...words.parameters, ...hereOf(searched)] }, matched)
}

/** Undefined too where one is of a record whose id came with an import and has another length: a list of spots has no marks between. */
async function postingsFrom({ db }: Searched, { sql, parameters }: Sql, matched: number): Promise<Found> {
  const of = (notes: number) => `string_agg(spot, '') FILTER (WHERE notes = ${notes})`
  const [row] = await db.rows(
    `SELECT count(*) AS spots, count(*) FILTER (WHERE octet_length(spot) <> ${SPOT_LENGTH}) AS odd,
      ${of(0)} AS keys, ${of(1)} AS notes FROM (SELECT p.spot AS spot, p.notes AS notes FROM ${sql} LIMIT ?) found`,
    [...parameters, SPOTS_MAX + 1],
  )
  if (Number(row!.spots) > SPOTS_MAX || Number(row!.odd) > 0) return undefined
  const [keys, notes] = [row!.keys ?? '', row!.notes ?? '']
  return [
    ...(keys === '' ? [] : [{ score: matched * CLASS_WEIGHT, spots: String(keys) }]),
    ...(notes === '' ? [] : [{ score: matched * CLASS_WEIGHT + 1, spots: String(notes) }]),
  ]
}

function hereOf({ workspaceId, resource }: Searched): string[] {
  return [workspaceId, resource.name]
}
