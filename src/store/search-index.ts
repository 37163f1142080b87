// The word index of fuzzy search on PostgreSQL, as it is written. Plain tables led by workspace_id: the vocabulary of a
// workspace (its words, their endings for parts, what deleting letters leaves of them for typos), for each word the records
// that hold it, newest first, and for each record its words as one text.

import { deletionsOf } from '../text/typos.ts'
import { endingsOf } from '../text/words.ts'
import { forItems, insertReturning, insertRows } from './bulk.ts'
import type { Connection, Value } from './dialect.ts'
import { type Indexed, spotOf, textsOf, type WordIndex, type Words, wordsIn } from './word-index.ts'

export const indexWords: WordIndex['put'] = async (db, workspaceId, indexed: Indexed, words) => {
  const place = [workspaceId, indexed.resource.name]
  const spot = spotOf(indexed)
  const before = indexed.isNew ? undefined : await wordsAt(db, place, spot)
  await storeText(db, place, spot, words, before !== undefined)
  const [old, wanted] = [postingsOf(before ?? NONE), postingsOf(words)]
  const gone = [...old.values()].filter(({ word, notes }) => wanted.get(word)?.notes !== notes)
  for (const notes of [0, 1]) {
    const items = gone.filter((posting) => posting.notes === notes).map(({ word }) => word)
    await forItems(
      db,
      [...place, spot, notes],
      items,
      (marks) =>
        `DELETE FROM search_postings WHERE workspace_id = ? AND resource = ? AND spot = ? AND notes = ? AND word IN (${marks})`,
    )
  }
  const changed = [...wanted.values()].filter((posting) => !isSame(posting, old.get(posting.word)))
  await addEndings(db, workspaceId, await addToVocabulary(db, workspaceId, [...words.keys()]))
  await addPostings(
    db,
    changed.map((posting) => rowOf(place, spot, posting)),
  )
}

const NONE: Words = new Map()

interface Posting {
  readonly word: string
  readonly notes: number
  /** How many letters it has in common with the record's word before it: each beginning is counted once a record. */
  readonly shared: number
}

function postingsOf(words: Words): Map<string, Posting> {
  const sorted = [...words.keys()].sort()
  return new Map(
    sorted.map((word, at) => [
      word,
      { word, notes: words.get(word) ? 1 : 0, shared: at === 0 ? 0 : sharedLetters(sorted[at - 1]!, word) },
    ]),
  )
}

function sharedLetters(a: string, b: string): number {
  let at = 0
  while (at < a.length && a.charCodeAt(at) === b.charCodeAt(at)) at++
  return at
}

function isSame(a: Posting, b: Posting | undefined): boolean {
  return b !== undefined && a.notes === b.notes && a.shared === b.shared
}

function rowOf(place: readonly Value[], spot: string, { word, notes, shared }: Posting): Value[] {
  return [...place, word, notes, spot, shared]
}

function byColumns(a: readonly Value[], b: readonly Value[]): number {
  const at = a.findIndex((value, index) => value !== b[index])
  return at < 0 ? 0 : a[at]! < b[at]! ? -1 : 1
}

async function addPostings(db: Connection, rows: readonly Value[][]): Promise<void> {
  const columns = ['workspace_id', 'resource', 'word', 'notes', 'spot', 'shared']
  const ending = 'ON CONFLICT (workspace_id, resource, word, notes, spot) DO UPDATE SET shared = excluded.shared'
  await insertRows(db, 'search_postings', columns, rows, ending)
}

/** The words that a record is found by now; undefined where it is not in the index. */
async function wordsAt(db: Connection, place: readonly Value[], spot: string): Promise<Words | undefined> {
  const [row] = await db.rows(`SELECT key_words, note_words FROM search_records WHERE ${AT}`, [...place, spot])
  if (!row) return undefined
  const held = (column: string, notes: boolean) => wordsIn(row[column]).map((word) => [word, notes] as const)
  return new Map([...held('key_words', false), ...held('note_words', true)])
}

const AT = 'workspace_id = ? AND resource = ? AND spot = ?'

async function storeText(db: Connection, place: readonly Value[], spot: string, words: Words, known: boolean) {
  const values = textsOf(words)
  if (words.size === 0) await db.change(`DELETE FROM search_records WHERE ${AT}`, [...place, spot])
  else if (known)
    await db.change(`UPDATE search_records SET key_words = ?, note_words = ? WHERE ${AT}`, [...values, ...place, spot])
  else
    await db.change(
      'INSERT INTO search_records (workspace_id, resource, spot, key_words, note_words) VALUES (?, ?, ?, ?, ?)',
      [...place, spot, ...values],
    )
}

/**
 * Words stay in the vocabulary when their last record goes: they name nobody, and taking them away would race. So whoever
 * saw a word there need not look again.
 */
async function addToVocabulary(db: Connection, workspaceId: string, words: readonly string[]): Promise<string[]> {
  const unknown = words.filter((word) => isUnseen(db, workspaceId, word)).sort()
  const rowsOf = (of: readonly string[]) => of.map((word) => [workspaceId, word])
  // Of most words that come only once nothing but the endings follows, and these may be put in again.
  const plain = unknown.filter((word) => deletionsOf(word).length === 0)
  await insertRows(db, 'search_words', ['workspace_id', 'word'], rowsOf(plain), 'ON CONFLICT DO NOTHING')
  const others = rowsOf(unknown.filter((word) => deletionsOf(word).length > 0))
  const ending = 'ON CONFLICT DO NOTHING RETURNING word'
  const returned = await insertReturning(db, 'search_words', ['workspace_id', 'word'], others, ending)
  const added = returned.map(({ word }) => String(word))
  const variants = added.flatMap((word) => deletionsOf(word).map((variant) => [workspaceId, variant, word]))
  await insertRows(db, 'search_variants', ['workspace_id', 'variant', 'word'], variants)
  return [...plain, ...added]
}

async function addEndings(db: Connection, workspaceId: string, words: readonly string[]): Promise<void> {
  const rows = words.flatMap((word) => endingsOf(word).map((ending) => [workspaceId, ending, word]))
  const columns = ['workspace_id', 'ending', 'word']
  await insertRows(db, 'search_endings', columns, rows.sort(byColumns), 'ON CONFLICT DO NOTHING')
}

const SEEN_MAX = 50_000

/** Notes that it is being put in; words with a digit are not worth noting, as hardly any comes twice. */
function isUnseen(db: Connection, workspaceId: string, word: string): boolean {
  const key = `${workspaceId} ${word}`
  if (db.seen.has(key)) return false
  if (db.seen.size >= SEEN_MAX) db.seen.clear()
  if (!/\d/.test(word)) db.seen.add(key)
  return true
}
