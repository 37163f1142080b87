// The word index on SQLite, as it is written. A record's words are one row of `search_texts`, written with the record; its
// number there, which goes up with the time when records were made, is the row in FTS5. That row is put in before the
// commit, for all records of a group at once and in the order of their numbers: FTS5 then writes one piece of index for the
// whole group, where each savepoint would make it write one.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { hasDigit } from '../text/typos.ts'
import type { Connection, Value } from './dialect.ts'
import { type Marks, marksOf, nameIn, recordRow, tokensOf, vocabularyRow } from './fts-tokens.ts'
import { placedAt, spotOf, textsOf, type WordIndex, type Words, wordsIn } from './word-index.ts'

/** What the index has to be told of a record before the commit. */
export interface Late {
  /** The record's number. */
  readonly n: number
  /** The index does not have the number yet. */
  readonly isNew: boolean
  /** Its words from now on; nothing where it is gone. */
  readonly held?: Held
  /** The words that it had before. */
  readonly known: ReadonlySet<string>
}

interface Held {
  readonly workspaceId: string
  readonly marks: Marks
  readonly words: Words
}

const NONE: ReadonlySet<string> = new Set()

export const putWords: WordIndex['put'] = async (db, workspaceId, { resource, isNew, isGone, ...record }, words) => {
  const place = [workspaceId, resource.name, spotOf(record)]
  const texts = textsOf(words)
  const held = { workspaceId, marks: marksOf(workspaceId, resource), words }
  const before = isNew ? undefined : await db.one(BEFORE, place)
  if (!before) {
    if (isGone) return
    const n = await putNew(db, [...place, ...texts], placedAt(record.createdAt))
    db.late!.push({ n, isNew: true, held, known: NONE })
    return
  }
  const n = Number(before.n)
  const known = new Set([...wordsIn(before.key_words), ...wordsIn(before.note_words)])
  if (isGone) {
    await db.change('DELETE FROM search_texts WHERE n = ?', [n])
    db.late!.push({ n, isNew: false, known })
  } else if (before.key_words !== texts[0] || before.note_words !== texts[1]) {
    await db.change('UPDATE search_texts SET key_words = ?, note_words = ? WHERE n = ?', [...texts, n])
    db.late!.push({ n, isNew: false, held, known })
  }
}

const BEFORE = 'SELECT n, key_words, note_words FROM search_texts WHERE workspace_id = ? AND resource = ? AND spot = ?'

/** So many records of one second have numbers of their own; what is more goes to the next. */
export const NUMBERS_A_SECOND = 4096

/** What was given last on a connection that writes, so that it need not be looked up each time. */
interface Given {
  /** The number of a record, by the second that it is of. */
  readonly numbers: Map<number, number>
  /** The first second with room, by the second of records that came after it was full. */
  readonly room: Map<number, number>
  /** The id of a word in the list of words. */
  term?: number
}
const SECONDS_REMEMBERED_MAX = 1_000
const givenOn = new WeakMap<Late[], Given>()

function givenBy({ late }: Connection): Given {
  const given = givenOn.get(late!) ?? { numbers: new Map(), room: new Map() }
  givenOn.set(late!, given)
  return given
}

const NEW =
  'INSERT INTO search_texts (n, workspace_id, resource, spot, key_words, note_words) VALUES (?, ?, ?, ?, ?, ?)'
/** That of a deleted workspace's record is not given again before it is gone. */
const LAST_BETWEEN = `SELECT max(coalesce((SELECT max(n) FROM search_texts WHERE n > ?1 AND n < ?2), 0),
  coalesce((SELECT max(n) FROM search_gone WHERE is_word = 0 AND n > ?1 AND n < ?2), 0)) AS n`

/** The number after the last of its second. A large import has all its records in one, and goes on where it was. */
async function putNew(db: Connection, values: readonly Value[], second: number): Promise<number> {
  const { numbers, room } = givenBy(db)
  for (let at = room.get(second) ?? second; ; at++) {
    const [first, next] = [at * NUMBERS_A_SECOND, (at + 1) * NUMBERS_A_SECOND]
    const last = numbers.get(at) ?? Math.max(first, Number((await db.one(LAST_BETWEEN, [first, next]))!.n))
    if (last + 1 === next) continue
    if (at !== second) remember(room, second, at)
    remember(numbers, at, last + 1)
    await db.change(NEW, [last + 1, ...values])
    return last + 1
  }
}

function remember(seconds: Map<number, number>, second: number, value: number): void {
  if (seconds.size >= SECONDS_REMEMBERED_MAX) seconds.clear()
  seconds.set(second, value)
}

/** Puts into the index what is late, so that it is complete when the transaction is. */
export async function indexLate(db: Connection): Promise<void> {
  if (!db.late || db.late.length === 0) return
  const records = recordsOf(db.late.splice(0)).sort((a, b) => a.n - b.n)
  for (let at = 0; at < records.length; at += WRITTEN_AT_ONCE) {
    if (at > 0) {
      await writeOut(db)
      // Nobody can read what is half done, and who reads the rest need not wait for it.
      await nextTurn()
    }
    await indexThese(db, records.slice(at, at + WRITTEN_AT_ONCE))
  }
}

/** Each record once, as it is in the end, beside what the index knew of it before the transaction. */
function recordsOf(all: readonly Late[]): Late[] {
  const records = new Map<number, Late>()
  for (const late of all) {
    const before = records.get(late.n)
    // One that has the number of another, which is gone, has to bring all of its words.
    const known = late.isNew ? late.known : (before?.known ?? late.known)
    records.set(late.n, { ...late, isNew: before?.isNew ?? late.isNew, known })
  }
  return [...records.values()]
}

/** FTS5 collects so many records before it writes. */
const WRITTEN_AT_ONCE = 256

/**
 * A savepoint makes FTS5 write what it has collected, as the commit does. In the midst of a statement, where it comes to
 * that once it has collected too much, SQLite goes through all that the statement has changed again and again.
 */
export async function writeOut(db: Connection): Promise<void> {
  await db.change('SAVEPOINT indexed', [])
  await db.change('RELEASE indexed', [])
}

async function indexThese(db: Connection, records: readonly Late[]): Promise<void> {
  // First whatever is not FTS5's: a statement that can be undone by itself makes it write too.
  const rows: [id: Value, row: string][] = []
  const own: string[][] = []
  for (const { held, known } of records) own.push(held ? await addTerms(db, held, known, rows) : [])
  for (const [at, { n, isNew, held }] of records.entries()) {
    if (!isNew) await db.change('DELETE FROM search_index WHERE rowid = ?', [n])
    if (!held || held.words.size === 0) continue
    const row = recordRow(held.marks, held.words, own[at]!)
    await db.change('INSERT INTO search_index (rowid, words) VALUES (?, ?)', [n, row])
  }
  for (const row of rows) await db.change('INSERT INTO search_vocabulary (rowid, words) VALUES (?, ?)', row)
}

/**
 * Puts a record's words into the list of words, and their rows of the vocabulary among `rows`; gives those with a digit
 * whose parts have to stand in its own row. Words stay in the list when their last record goes: they name nobody.
 */
async function addTerms(
  db: Connection,
  { workspaceId, words }: Held,
  known: ReadonlySet<string>,
  rows: [Value, string][],
): Promise<string[]> {
  const own: string[] = []
  for (const word of words.keys()) {
    const isKnown = known.has(word)
    if (!hasDigit(word)) {
      if (!isKnown) await addTerm(db, workspaceId, word, rows)
      continue
    }
    const name = isKnown ? '' : nameIn(word)
    if (name !== '') await addTerm(db, workspaceId, name, rows)
    // Its row is written anew, with whatever the list does not have.
    const isOwn = isKnown ? !(await db.one(TERM, [workspaceId, word])) : isUnseen(db, `${workspaceId} ${word}`)
    if (isOwn) own.push(word)
    else if (!isKnown) await addTerm(db, workspaceId, word, rows)
  }
  return own
}

async function addTerm(db: Connection, workspaceId: string, word: string, rows: [Value, string][]): Promise<void> {
  // The space at the end tells it from a word with a digit that one record has.
  if (!isUnseen(db, `${workspaceId} ${word} `)) return
  const row = vocabularyRow(workspaceId, word)
  if (row === '' || (await db.one(TERM, [workspaceId, word]))) return
  const id = await nextTerm(db)
  await db.change(NEW_TERM, [id, workspaceId, word])
  rows.push([id, row])
}

const TERM = 'SELECT id FROM search_terms WHERE workspace_id = ? AND word = ?'
const NEW_TERM = 'INSERT INTO search_terms (id, workspace_id, word) VALUES (?, ?, ?)'
/** That of a deleted workspace's word is not given again before it is gone. */
const LAST_TERM = `SELECT max(coalesce((SELECT max(id) FROM search_terms), 0),
  coalesce((SELECT max(n) FROM search_gone WHERE is_word = 1), 0)) AS id`

async function nextTerm(db: Connection): Promise<number> {
  const given = givenBy(db)
  given.term = 1 + (given.term ?? Number((await db.one(LAST_TERM, []))!.id))
  return given.term
}

/** Notes that it is being put in. */
function isUnseen({ seen }: Connection, key: string): boolean {
  if (seen.has(key)) return false
  seen.add(key)
  return true
}

/**
 * Takes some of a deleted workspace's records out of the index, then some of its words. Their rows in FTS5, which lead nowhere
 * then, go when nobody writes, fewer at a time, as each takes some tenth of a millisecond.
 */
export const forgetSomeWords: NonNullable<WordIndex['forgetSome']> = async (db, workspaceId, max) => {
  const records = await db.rows('SELECT n FROM search_texts WHERE workspace_id = ? LIMIT ?', [workspaceId, max])
  for (const { n } of records) {
    await db.change('DELETE FROM search_texts WHERE n = ?', [n!])
    await db.change(GONE, [0, n!])
  }
  if (records.length > 0) return true
  const [at] = await db.rows('SELECT words_until FROM workspaces_gone WHERE id = ?', [workspaceId])
  const words = await db.rows(WORDS_AFTER, [tokensOf(workspaceId), at!.words_until!, max])
  for (const { n } of words) {
    await db.change('DELETE FROM search_terms WHERE id = ?', [n!])
    await db.change(GONE, [1, n!])
    await db.change('UPDATE workspaces_gone SET words_until = ? WHERE id = ?', [n!, workspaceId])
  }
  return words.length > 0
}

const GONE = 'INSERT INTO search_gone (is_word, n) VALUES (?, ?)'
/** By the vocabulary, as in files of older versions not every word in the list has its workspace. */
const WORDS_AFTER = `SELECT rowid AS n FROM search_vocabulary WHERE search_vocabulary MATCH ? AND rowid > ?
  ORDER BY rowid LIMIT ?`

const TABLES = ['search_index', 'search_vocabulary'] as const
/** Either takes some milliseconds. */
const [ROWS_REMOVED, PAGES_MERGED] = [32, 16]

/**
 * Removes some rows that lead nowhere, or merges a little of what lies in several pieces, as each of them is looked through
 * for each word of a query. Gives whether there is more to do.
 */
export async function tidyIndex(db: Connection): Promise<boolean> {
  const gone = await db.rows('SELECT is_word, n FROM search_gone LIMIT ?', [ROWS_REMOVED])
  for (const { is_word, n } of gone) {
    await db.change(`DELETE FROM ${TABLES[Number(is_word)]} WHERE rowid = ?`, [n!])
    await db.change('DELETE FROM search_gone WHERE is_word = ? AND n = ?', [is_word!, n!])
  }
  let more = gone.length > 0
  for (const index of more ? [] : TABLES) {
    const before = await changesOf(db)
    await db.change(`INSERT INTO ${index} (${index}, rank) VALUES ('merge', ?)`, [PAGES_MERGED])
    // FTS5 tells by this alone whether there was anything to merge.
    more ||= (await changesOf(db)) - before >= 2
  }
  return more
}

async function changesOf(db: Connection): Promise<number> {
  const [row] = await db.rows('SELECT total_changes() AS total')
  return Number(row!.total)
}
