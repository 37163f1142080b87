// The word index of fuzzy search, as it is written. Plain tables led by workspace_id, which both engines serve alike:
// the vocabulary of a workspace (its words, their endings for parts, what deleting letters leaves of them for typos), for
// each word the records that hold it, newest first, and for each record its words as one text.
//
// Where one connection writes for all, the words of a new record are put off: its text is there at once, in the same
// transaction, and search reads the texts that are waiting beside the index. In batches and in order they cost a third.

import type { Resource } from '../declare/resources.ts'
import { BASE32, base32 } from '../text/base32.ts'
import { deletionsOf } from '../text/typos.ts'
import { endingsOf } from '../text/words.ts'
import { forItems, insertReturning, insertRows } from './bulk.ts'
import type { Connection, Row, Value } from './dialect.ts'
import { loosenPacks, packWords, remakePacks } from './search-packs.ts'
import type { Pending } from './search-pending.ts'

/** Word to whether it stands in notes alone, which rank last. */
export type Words = ReadonlyMap<string, boolean>

export interface Indexed {
  readonly resource: Resource
  readonly id: string
  /** Seconds since 1970; with the id it says how new the record is. */
  readonly createdAt: number
  /** It was made in this transaction, so that the index does not have it. */
  readonly isNew?: boolean
}

const TIME_DIGITS = 7

/** Where a record stands from old to new: its time and its id, as text that sorts so. */
export function spotOf({ id, createdAt }: Pick<Indexed, 'id' | 'createdAt'>): string {
  return base32(createdAt, TIME_DIGITS) + id.slice(id.indexOf('_') + 1)
}

/** The id of the record that stands at a spot. */
export function idOfSpot(resource: Resource, spot: string): string {
  return `${resource.prefix}_${spot.slice(TIME_DIGITS)}`
}

/** The same in SQL. */
export function idAtSpot(resource: Resource, column: string): string {
  return `'${resource.prefix}_' || substr(${column}, ${TIME_DIGITS + 1})`
}

/** Makes a record findable by these words and no others; by none where there are none. */
export async function indexWords(db: Connection, workspaceId: string, indexed: Indexed, words: Words): Promise<void> {
  const place = [workspaceId, indexed.resource.name]
  const spot = spotOf(indexed)
  const before = indexed.isNew ? undefined : await wordsAt(db, place, spot)
  await storeText(db, place, spot, words, before !== undefined)
  const waited = before ? await db.rows(`DELETE FROM search_waiting WHERE ${AT} RETURNING spot`, [...place, spot]) : []
  const [old, wanted] = [postingsOf(waited.length > 0 ? NONE : (before ?? NONE)), postingsOf(words)]
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
  if (!before && words.size > 0 && db.dialect.indexesLater && db.pending) {
    await db.change('INSERT INTO search_waiting (workspace_id, resource, spot) VALUES (?, ?, ?)', [...place, spot])
    db.pending.add(workspaceId, words.keys())
    return
  }
  const fresh = await addToVocabulary(db, workspaceId, [...words.keys()])
  const touched = [...gone, ...changed].map(({ word }) => word)
  await loosenPacks(db, place, spot, touched)
  // The endings of a word that is not fresh may be waiting still.
  const endless = db.dialect.indexesLater ? changed.map(({ word }) => word) : fresh
  await addEndings(db, workspaceId, endless)
  await addPostings(
    db,
    changed.map((posting) => rowOf(place, spot, posting)),
  )
}

/** The words of one record in so many are looked at whether their lists have become long. */
const PACKED_ONE_IN = 32

const WAITING = `SELECT w.workspace_id, w.resource, w.spot, r.key_words, r.note_words FROM search_waiting w
  CROSS JOIN search_records r WHERE r.workspace_id = w.workspace_id AND r.resource = w.resource AND r.spot = w.spot`

/** Notes the words of what has been waiting since before this process began. */
export async function notePending(db: Connection, pending: Pending): Promise<void> {
  for (const row of await db.rows(WAITING)) pending.add(String(row.workspace_id), wordsOfRow(row).keys())
}

/** Indexes some of the records that are waiting, in one batch, and gives how many there were; with none, packs come next. */
export async function indexWaiting(db: Connection, max: number): Promise<number> {
  const rows = await db.rows(`${WAITING} LIMIT ?`, [max])
  if (rows.length === 0) {
    db.pending?.indexing(new Map())
    return remakePacks(db)
  }
  const words = new Map<string, Set<string>>()
  const postings: Value[][] = []
  for (const row of rows) {
    const workspaceId = String(row.workspace_id)
    const of = words.get(workspaceId) ?? new Set()
    words.set(workspaceId, of)
    for (const posting of postingsOf(wordsOfRow(row)).values()) {
      of.add(posting.word)
      postings.push(rowOf([row.workspace_id!, row.resource!], String(row.spot), posting))
    }
  }
  db.pending?.indexing(words)
  for (const [workspaceId, of] of words) {
    await addToVocabulary(db, workspaceId, [...of])
    await addEndings(db, workspaceId, [...of])
  }
  await addPostings(db, postings.sort(byColumns))
  for (const row of rows) {
    const place = [row.workspace_id!, row.resource!]
    const held = [...wordsOfRow(row).keys()]
    await db.rows(`DELETE FROM search_waiting WHERE ${AT}`, [...place, row.spot!])
    await loosenPacks(db, place, String(row.spot), held)
    if (BASE32.indexOf(String(row.spot).at(-1)!) % PACKED_ONE_IN === 0) await packWords(db, place, held)
  }
  return rows.length
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
  return row && wordsOfRow(row)
}

const AT = 'workspace_id = ? AND resource = ? AND spot = ?'

function wordsOfRow(row: Row): Words {
  return new Map([...textWords(row, 'key_words', false), ...textWords(row, 'note_words', true)])
}

function textWords(row: Row, column: string, notes: boolean): [string, boolean][] {
  return String(row[column])
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => [word, notes])
}

async function storeText(db: Connection, place: readonly Value[], spot: string, words: Words, known: boolean) {
  const text = (notes: boolean) => {
    const held = [...words].flatMap(([word, inNotes]) => (inNotes === notes ? [word] : []))
    return held.length === 0 ? '' : ` ${held.join(' ')} `
  }
  const values = [text(false), text(true)]
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
  const unknown = words.filter((word) => isUnseen(db, 'word', workspaceId, word)).sort()
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
  const unknown = words.filter((word) => isUnseen(db, 'endings', workspaceId, word))
  const rows = unknown.flatMap((word) => endingsOf(word).map((ending) => [workspaceId, ending, word]))
  const columns = ['workspace_id', 'ending', 'word']
  await insertRows(db, 'search_endings', columns, rows.sort(byColumns), 'ON CONFLICT DO NOTHING')
}

const SEEN_MAX = 50_000

/** Notes that it is being put in; words with a digit are not worth noting, as hardly any comes twice. */
function isUnseen(db: Connection, what: string, workspaceId: string, word: string): boolean {
  const key = `${workspaceId} ${what} ${word}`
  if (db.seen.has(key)) return false
  if (db.seen.size >= SEEN_MAX) db.seen.clear()
  if (!/\d/.test(word)) db.seen.add(key)
  return true
}
