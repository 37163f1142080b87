// The lists of spots behind a word of a query, each way to match by itself. Where a list is long its packs are read, and
// the postings that no pack has; these the engine puts together to one text, as a row for each takes several times as long
// to hand over.

import type { Value } from './dialect.ts'
import {
  BEYOND_EVERY_LETTER,
  CLASS_WEIGHT,
  countUpTo,
  listed,
  type Searched,
  type Term,
  wordsInside,
} from './search.ts'
import type { Listed } from './search-marks.ts'
import type { Sql } from './where.ts'

/** Longer lists are not read, as that would keep others waiting: what they match is looked for in the records' texts. */
const SPOTS_MAX = 250_000
const PACKS_MAX = 1_500
/** So many words that hold the sought one inside are looked up one by one. */
const WORDS_MAX = 2_000
/** Inside longer words the index leads to candidates only. */
const PART_SOUGHT_MAX = 32

/** Everything that a term matches, or undefined where that is too much. */
export async function listsOf(searched: Searched, term: Term): Promise<readonly Listed[] | undefined> {
  const { db, workspaceId } = searched
  if ([...term.word].length > PART_SOUGHT_MAX) return undefined
  const lists: Listed[] = []
  const add = (found: readonly Listed[] | undefined) => found !== undefined && lists.push(...found) >= 0
  if (!add(await exactly(searched, term.word, 0))) return undefined
  if (!add(await begun(searched, term.word))) return undefined
  if (term.part) {
    const inside = wordsInside(workspaceId, term.word)
    const count = await countUpTo(db, inside, WORDS_MAX + 1)
    if (count > WORDS_MAX || (count > 0 && !add(await through(searched, inside, 2)))) return undefined
  }
  if (term.typos.length > 0 && !add(await through(searched, listed(db.dialect, term.typos), 3))) return undefined
  return lists
}

type Found = readonly Listed[] | undefined

/** Where a posting stands in the index: by its word, then whether it is of notes, then its spot. */
type Place = readonly [word: string, notes: number, spot: string]

const NO_SPOT = ''
/** After every letter of a spot, and before every longer text that begins otherwise. */
const AFTER_SPOT = '~'
const [BEFORE_KEYS, AFTER_NOTES] = [-1, 2]
const HERE = 'p.workspace_id = ? AND p.resource = ?'

async function exactly(searched: Searched, word: string, matched: number): Promise<Found> {
  const packed = { sql: 'p.word = ?', parameters: [word] }
  const packs = await packsOf(searched, packed, matched, [word, BEFORE_KEYS, NO_SPOT], [word, AFTER_NOTES, NO_SPOT])
  const loose = packs && (await postingsIn(searched, packs.gaps, matched))
  return loose && [...packs.lists, ...loose]
}

/** What is listed under the words that begin with a word and go on. */
async function begun(searched: Searched, word: string): Promise<Found> {
  const beyond = word + BEYOND_EVERY_LETTER
  const packed = { sql: 'p.word > ? AND p.word < ?', parameters: [word, beyond] }
  const packs = await packsOf(searched, packed, 1, [word, AFTER_NOTES, NO_SPOT], [beyond, BEFORE_KEYS, NO_SPOT])
  const first = { sql: 'AND p.shared < ?', parameters: [word.length] }
  const lists = packs && (await postingsIn(searched, packs.gaps, 1, first))
  // A record's later words of that beginning are no better, unless the first stands in notes.
  if (!lists?.some(({ score }) => score === CLASS_WEIGHT + 1)) return lists && [...packs!.lists, ...lists]
  const other = { sql: 'AND p.shared >= ? AND p.notes = 0', parameters: [word.length] }
  const later = await postingsIn(searched, packs!.gaps, 1, other)
  return later && [...packs!.lists, ...lists, ...later]
}

/** What is listed under some words, given as rows (word). */
async function through(searched: Searched, words: Sql, matched: number): Promise<Found> {
  const { db } = searched
  // CROSS JOIN keeps SQLite, which knows nothing of the sizes, from going through all postings for a few words.
  const from = (table: string) => `(${words.sql}) w CROSS JOIN ${table} p WHERE ${HERE} AND p.word = w.word`
  const parameters = [...words.parameters, ...hereOf(searched)]
  const packed = db.dialect.indexesLater
    ? await db.rows(`SELECT DISTINCT p.word AS word FROM ${from('search_packs')}`, parameters)
    : []
  const apart = packed.map(({ word }) => String(word))
  const lists: Listed[] = []
  for (const word of apart) {
    const found = await exactly(searched, word, matched)
    if (!found) return undefined
    lists.push(...found)
  }
  const others =
    apart.length === 0
      ? { sql: from('search_postings'), parameters }
      : {
          sql: `${from('search_postings')} AND w.word NOT IN (${db.dialect.items})`,
          parameters: [...parameters, JSON.stringify(apart)],
        }
  const loose = await postingsFrom(searched, others, matched)
  return loose && [...lists, ...loose]
}

interface Packs {
  readonly lists: readonly Listed[]
  /** Where between two places of the index, without these themselves, postings are that no pack has. */
  readonly gaps: readonly (readonly [Place, Place])[]
}

/** The packs of a stretch of the index, or undefined where they are too many. */
async function packsOf(
  searched: Searched,
  { sql, parameters }: Sql,
  matched: number,
  from: Place,
  to: Place,
): Promise<Packs | undefined> {
  const { db } = searched
  if (!db.dialect.indexesLater) return { lists: [], gaps: [[from, to]] }
  const packs = await db.rows(
    `SELECT p.word, p.notes, p.last, p.spots FROM search_packs p WHERE ${HERE} AND ${sql} ORDER BY p.word, p.notes, p.last LIMIT ?`,
    [...hereOf(searched), ...parameters, PACKS_MAX + 1],
  )
  if (packs.length > PACKS_MAX) return undefined
  const lists: Listed[] = []
  const gaps: [Place, Place][] = []
  let start = from
  for (const pack of packs) {
    const [word, notes, last, spots] = [String(pack.word), Number(pack.notes), String(pack.last), String(pack.spots)]
    if (start[0] !== word || start[1] !== notes) {
      gaps.push([start, [word, notes, NO_SPOT]])
      start = [word, notes, NO_SPOT]
    }
    if (spots === '') gaps.push([start, [word, notes, last + AFTER_SPOT]])
    else lists.push({ score: matched * CLASS_WEIGHT + notes, spots })
    start = [word, notes, last]
  }
  return { lists, gaps: [...gaps, [start, to]] }
}

async function postingsIn(
  searched: Searched,
  gaps: Packs['gaps'],
  matched: number,
  narrowed: Sql = { sql: '', parameters: [] },
): Promise<Found> {
  const place = '(p.word, p.notes, p.spot)'
  const sql = `search_postings p WHERE ${HERE} AND ${place} > (?, ?, ?) AND ${place} < (?, ?, ?) ${narrowed.sql}`
  const lists: Listed[] = []
  for (const gap of gaps) {
    const parameters = [...hereOf(searched), ...gap.flat(), ...narrowed.parameters]
    const found = await postingsFrom(searched, { sql, parameters }, matched)
    if (!found) return undefined
    lists.push(...found)
  }
  return lists
}

async function postingsFrom({ db }: Searched, { sql, parameters }: Sql, matched: number): Promise<Found> {
  const of = (notes: number) => `string_agg(spot, '') FILTER (WHERE notes = ${notes})`
  const [row] = await db.rows(
    `SELECT count(*) AS spots, ${of(0)} AS keys, ${of(1)} AS notes FROM (SELECT p.spot AS spot, p.notes AS notes FROM ${sql} LIMIT ?) found`,
    [...parameters, SPOTS_MAX + 1],
  )
  if (Number(row!.spots) > SPOTS_MAX) return undefined
  const [keys, notes] = [row!.keys ?? '', row!.notes ?? '']
  return [
    ...(keys === '' ? [] : [{ score: matched * CLASS_WEIGHT, spots: String(keys) }]),
    ...(notes === '' ? [] : [{ score: matched * CLASS_WEIGHT + 1, spots: String(notes) }]),
  ]
}

function hereOf({ workspaceId, resource }: Searched): Value[] {
  return [workspaceId, resource.name]
}
