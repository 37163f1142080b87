// The lists of spots behind a word of a query: each way to match as one text, put together by the engine, since a row for
// each spot takes several times as long to hand over.

import type { Row, Value } from './dialect.ts'
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
const SPOTS_MAX = 100_000
/** So many words that hold the sought one inside are looked up one by one. */
const WORDS_MAX = 2_000
/** Inside longer words the index leads to candidates only. */
const PART_SOUGHT_MAX = 32

/** Everything that a term matches, or undefined where that is too much. */
export async function listsOf(searched: Searched, term: Term): Promise<readonly Listed[] | undefined> {
  if ([...term.word].length > PART_SOUGHT_MAX) return undefined
  const lists: Listed[] = []
  const add = async (matched: number, from: Sql): Promise<boolean> => {
    const read = await spotsFrom(searched, from)
    if (!read) return false
    const [keys, notes] = read
    if (keys !== '') lists.push({ score: matched * CLASS_WEIGHT, spots: keys })
    if (notes !== '') lists.push({ score: matched * CLASS_WEIGHT + 1, spots: notes })
    return true
  }
  const place: Value[] = [searched.workspaceId, searched.resource.name]
  const held = `search_postings p WHERE p.workspace_id = ? AND p.resource = ?`
  if (!(await add(0, { sql: `${held} AND p.word = ?`, parameters: [...place, term.word] }))) return undefined
  const begun = `${held} AND p.word > ? AND p.word < ?`
  const range = [...place, term.word, term.word + BEYOND_EVERY_LETTER]
  const first = { sql: `${begun} AND p.shared < ?`, parameters: [...range, term.word.length] }
  if (!(await add(1, first))) return undefined
  // A record's later words of that beginning are no better, unless the first stands in notes.
  if (lists.some(({ score }) => score === CLASS_WEIGHT + 1)) {
    const later = `${begun} AND p.shared >= ? AND p.notes = 0`
    if (!(await add(1, { sql: later, parameters: [...range, term.word.length] }))) return undefined
  }
  const through = (words: Sql): Sql => ({
    // CROSS JOIN keeps SQLite, which knows nothing of the sizes, from going through all postings for a few words.
    sql: `(${words.sql}) w CROSS JOIN search_postings p WHERE p.workspace_id = ? AND p.resource = ? AND p.word = w.word`,
    parameters: [...words.parameters, ...place],
  })
  if (term.part) {
    const inside = wordsInside(searched.workspaceId, term.word)
    const count = await countUpTo(searched.db, inside, WORDS_MAX + 1)
    if (count > WORDS_MAX || (count > 0 && !(await add(2, through(inside))))) return undefined
  }
  if (term.typos.length > 0 && !(await add(3, through(listed(searched.db.dialect, term.typos))))) return undefined
  return lists
}

/** The spots of some postings: of key fields, and of notes. */
async function spotsFrom({ db }: Searched, { sql, parameters }: Sql): Promise<[string, string] | undefined> {
  const of = (notes: number) => `string_agg(spot, '') FILTER (WHERE notes = ${notes})`
  const [row] = await db.rows(
    `SELECT count(*) AS spots, ${of(0)} AS keys, ${of(1)} AS notes FROM (SELECT p.spot AS spot, p.notes AS notes FROM ${sql} LIMIT ?) found`,
    [...parameters, SPOTS_MAX + 1],
  )
  return Number(row!.spots) > SPOTS_MAX ? undefined : [textOf(row!, 'keys'), textOf(row!, 'notes')]
}

function textOf(row: Row, column: string): string {
  const text = row[column]
  return text === null || text === undefined ? '' : String(text)
}
