// The word index of fuzzy search: the words of a workspace with their records, what deleting letters leaves of them
// (symmetric delete, for typos) and their parts. Plain tables led by workspace_id, which both engines serve alike; what
// counts as a match is decided in text/, not in SQL.

import { type Resource, referencesOf, type SearchPlace } from '../declare/resources.ts'
import { deletionsOf, queryDeletionsOf } from '../text/typos.ts'
import { isSpaceless, matchClass, PART_LENGTH_MAX, partsOf } from '../text/words.ts'
import { forItems, insertRows } from './bulk.ts'
import type { Connection, Value } from './dialect.ts'

/** Rank of the places, as stored. */
const PLACES: Record<SearchPlace, number> = { name: 0, key: 1, notes: 2 }
/** Classes of a match weigh more than all the notes flags of a query together. */
const CLASS_WEIGHT = 128
const BEYOND_EVERY_LETTER = '\u{10ffff}'
const PART_LENGTH_MIN = 3

export type Words = ReadonlyMap<string, SearchPlace>

/** Moves a record's words from what they were to what they are. */
export async function indexWords(
  db: Connection,
  workspaceId: string,
  record: { resource: Resource; id: string },
  before: Words,
  after: Words,
): Promise<void> {
  const gone = [...before.keys()].filter((word) => !after.has(word)).sort()
  const changed = [...after].filter(([word, place]) => before.get(word) !== place).sort(byWord)
  const fresh = changed.flatMap(([word]) => (before.has(word) ? [] : [word]))
  await addToVocabulary(db, workspaceId, fresh)
  await insertRows(
    db,
    'search_postings',
    ['workspace_id', 'word', 'resource', 'record_id', 'place'],
    changed.map(([word, place]) => [workspaceId, word, record.resource.name, record.id, PLACES[place]]),
    'ON CONFLICT (workspace_id, word, resource, record_id) DO UPDATE SET place = excluded.place',
  )
  const where = (marks: string) => `workspace_id = ? AND resource = ? AND record_id = ? AND word IN (${marks})`
  await forItems(
    db,
    [workspaceId, record.resource.name, record.id],
    gone,
    (marks) => `DELETE FROM search_postings WHERE ${where(marks)}`,
  )
  await dropFromVocabulary(db, workspaceId, gone)
}

async function addToVocabulary(db: Connection, workspaceId: string, words: readonly string[]): Promise<void> {
  const ending = 'ON CONFLICT DO NOTHING RETURNING word'
  const rows = words.map((word) => [workspaceId, word])
  const added = await insertRows(db, 'search_words', ['workspace_id', 'word'], rows, ending)
  const each = (of: (word: string) => readonly string[]): Value[][] =>
    added.flatMap(({ word }) => of(String(word)).map((item) => [workspaceId, item, word!]))
  await insertRows(db, 'search_variants', ['workspace_id', 'variant', 'word'], each(deletionsOf))
  await insertRows(db, 'search_parts', ['workspace_id', 'part', 'word'], each(partsOf))
}

/** A word that no record holds any more leaves no trace; the foreign key of the postings keeps this safe from races. */
async function dropFromVocabulary(db: Connection, workspaceId: string, words: readonly string[]): Promise<void> {
  const unused = await forItems(
    db,
    [workspaceId],
    words,
    (marks) =>
      `DELETE FROM search_words WHERE workspace_id = ? AND word IN (${marks}) AND NOT EXISTS (SELECT 1 FROM search_postings p
      WHERE p.workspace_id = search_words.workspace_id AND p.word = search_words.word) RETURNING word`,
  )
  for (const row of unused) {
    const word = String(row.word)
    const remove = (table: string, column: string, items: readonly string[]) =>
      forItems(
        db,
        [workspaceId, word],
        items,
        (marks) => `DELETE FROM ${table} WHERE workspace_id = ? AND word = ? AND ${column} IN (${marks})`,
      )
    await remove('search_variants', 'variant', deletionsOf(word))
    await remove('search_parts', 'part', partsOf(word))
  }
}

/** The records that match every word, as SQL to join. */
export interface Matches {
  /** Some word matches nothing. */
  readonly none: boolean
  /** Defines `m (id, score)`, the best match having the least score. */
  readonly with: string
  readonly join: string
  readonly parameters: readonly Value[]
}

/** What a search for these folded words joins to the resource's table `t`. */
export async function matchesOf(
  db: Connection,
  workspaceId: string,
  resource: Resource,
  words: readonly string[],
): Promise<Matches> {
  const scores: Record<string, number>[] = []
  for (const word of words) scores.push(await scoresOf(db, workspaceId, word))
  const hits = words.map((_, index) => hitsSql(db, resource, index))
  const joins = words.slice(1).map((_, index) => ` JOIN h${index + 1} ON h${index + 1}.record_id = h0.record_id`)
  const score = words.map((_, index) => `h${index}.score`).join(' + ')
  const named = Object.keys(referencesOf(resource)).length
  const ids = (resourceName: string) => [workspaceId, resourceName]
  return {
    none: scores.some((each) => Object.keys(each).length === 0),
    with: `WITH ${hits.join(', ')}, m AS (SELECT h0.record_id AS id, ${score} AS score FROM h0${joins.join('')}) `,
    join: 'JOIN m ON m.id = t.id',
    parameters: scores.flatMap((each) => [
      JSON.stringify(each),
      ...ids(resource.name),
      ...(named ? referencesOf(resource).flatMap(({ to }) => [...ids(to), workspaceId]) : []),
    ]),
  }
}

/** The records that one word of the query finds: by their own words, or by the names of those they refer to. */
function hitsSql(db: Connection, resource: Resource, index: number): string {
  const found = `FROM s${index} s JOIN search_postings p ON p.workspace_id = ? AND p.word = s.word AND p.resource = ?`
  const own = `SELECT p.record_id AS record_id, s.score + CASE WHEN p.place = ${PLACES.notes} THEN 1 ELSE 0 END AS score ${found}`
  const named = referencesOf(resource).map(
    ({ field }) =>
      `SELECT n.id AS record_id, s.score AS score ${found} AND p.place = ${PLACES.name} JOIN ${resource.plural} n ON n.workspace_id = ? AND n.${field} = p.record_id`,
  )
  const all = [own, ...named].join(' UNION ALL ')
  return `s${index} AS (${db.dialect.wordScores}), h${index} AS (SELECT a.record_id AS record_id, min(a.score) AS score FROM (${all}) a GROUP BY a.record_id)`
}

/** The words of the workspace that `word` matches, each with the weight of how well. */
async function scoresOf(db: Connection, workspaceId: string, word: string): Promise<Record<string, number>> {
  const length = [...word].length
  const asPart = length >= PART_LENGTH_MIN || isSpaceless(word)
  const start = [...word].slice(0, PART_LENGTH_MAX).join('')
  const range = [workspaceId, start, start + BEYOND_EVERY_LETTER]
  const found = await db.rows(
    asPart
      ? 'SELECT DISTINCT word FROM search_parts WHERE workspace_id = ? AND part >= ? AND part < ?'
      : 'SELECT word FROM search_words WHERE workspace_id = ? AND word >= ? AND word < ?',
    range,
  )
  const near = await forItems(
    db,
    [workspaceId],
    queryDeletionsOf(word),
    (marks) => `SELECT DISTINCT word FROM search_variants WHERE workspace_id = ? AND variant IN (${marks})`,
  )
  const scores: Record<string, number> = {}
  for (const row of [...found, ...near]) {
    const candidate = String(row.word)
    const matched = matchClass(word, candidate)
    if (matched !== null) scores[candidate] = matched * CLASS_WEIGHT
  }
  return scores
}

function byWord(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : 1
}
