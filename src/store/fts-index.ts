// The word index on SQLite, as it is written. A record's words are one row of `search_texts`, written with the record; its
// number there is the row in FTS5. That row is put in before the commit, for all records of a group at once and in the order
// of their numbers: FTS5 then writes one piece of index for the whole group, where each savepoint would make it write one.

import { hasDigit } from '../text/typos.ts'
import type { Connection, Value } from './dialect.ts'
import { marksOf, nameIn, tokensOf, vocabularyRow } from './fts-tokens.ts'
import { spotOf, textsOf, type WordIndex, wordsIn } from './word-index.ts'

/** What the index has to be told of a record before the commit. */
export interface Late {
  /** The record's number. */
  readonly n: number
  /** The index does not have the number yet. */
  readonly isNew: boolean
  /** Its words from now on; nothing where it is gone. */
  readonly held?: {
    readonly workspaceId: string
    /** What the tokens of its words begin with, in key fields and in notes. */
    readonly marks: readonly [string, string]
    readonly texts: readonly [string, string]
  }
}

export const putWords: WordIndex['put'] = async (db, workspaceId, { resource, isNew, ...record }, words) => {
  const place = [workspaceId, resource.name, spotOf({ ...record })]
  const texts = textsOf(words)
  const before = isNew
    ? undefined
    : await db.one(
        'SELECT n, key_words, note_words FROM search_texts WHERE workspace_id = ? AND resource = ? AND spot = ?',
        place,
      )
  if (before && before.key_words === texts[0] && before.note_words === texts[1]) return
  const held = { workspaceId, marks: marksOf(workspaceId, resource), texts }
  if (words.size === 0) {
    if (!before) return
    await db.change('DELETE FROM search_texts WHERE n = ?', [before.n!])
    db.late!.push({ n: Number(before.n), isNew: false })
  } else if (before) {
    await db.change('UPDATE search_texts SET key_words = ?, note_words = ? WHERE n = ?', [...texts, before.n!])
    db.late!.push({ n: Number(before.n), isNew: false, held })
  } else {
    const [row] = await db.rows(
      'INSERT INTO search_texts (workspace_id, resource, spot, key_words, note_words) VALUES (?, ?, ?, ?, ?) RETURNING n',
      [...place, ...texts],
    )
    db.late!.push({ n: Number(row!.n), isNew: true, held })
  }
}

/** Puts into the index what is late, so that it is complete when the transaction is. */
export async function indexLate(db: Connection): Promise<void> {
  if (!db.late || db.late.length === 0) return
  const records = new Map<number, Late>()
  // A number may have come and gone, and come again, in one transaction.
  for (const late of db.late.splice(0)) records.set(late.n, { ...late, isNew: (records.get(late.n) ?? late).isNew })
  const inOrder = [...records.values()].sort((a, b) => a.n - b.n)
  for (let at = 0; at < inOrder.length; at += WRITTEN_AT_ONCE) {
    if (at > 0) await writeOut(db)
    await indexThese(db, inOrder.slice(at, at + WRITTEN_AT_ONCE))
  }
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
  const words: [id: Value, row: string][] = []
  for (const { held } of records)
    for (const text of held?.texts ?? [])
      for (const word of wordsIn(text))
        for (const each of [nameIn(word), word])
          if (each !== '' && isUnseen(db, held!.workspaceId, each)) {
            const row = vocabularyRow(held!.workspaceId, each)
            const id = row === '' ? undefined : await newTerm(db, held!.workspaceId, each)
            if (id !== undefined) words.push([id, row])
          }
  for (const { n, isNew, held } of records) {
    if (!isNew) await db.change('DELETE FROM search_index WHERE rowid = ?', [n])
    if (!held) continue
    const tokens = held.texts.flatMap((text, notes) => wordsIn(text).map((word) => held.marks[notes] + word))
    await db.change('INSERT INTO search_index (rowid, words) VALUES (?, ?)', [n, tokens.join(' ')])
  }
  for (const word of words) await db.change('INSERT INTO search_vocabulary (rowid, words) VALUES (?, ?)', word)
}

/**
 * Words stay in the vocabulary when their last record goes: they name nobody. One that has a digit hardly comes twice, and
 * may stand there several times.
 */
async function newTerm(db: Connection, workspaceId: string, word: string): Promise<Value | undefined> {
  const sql = 'INSERT INTO search_terms (workspace_id, word) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING id'
  const [row] = await db.rows(sql, [hasDigit(word) ? null : workspaceId, word])
  return row?.id
}

/** Notes that it is being put in. */
function isUnseen(db: Connection, workspaceId: string, word: string): boolean {
  const key = `${workspaceId} ${word}`
  if (db.seen.has(key)) return false
  db.seen.add(key)
  return true
}

/** Takes a workspace out of the index; the rows of its records' texts are left to the caller. */
export const forgetWords: NonNullable<WordIndex['forget']> = async (db, workspaceId) => {
  for (const { n } of await db.rows('SELECT n FROM search_texts WHERE workspace_id = ?', [workspaceId]))
    db.late!.push({ n: Number(n), isNew: false })
  const terms = await db.rows('SELECT rowid AS id FROM search_vocabulary WHERE search_vocabulary MATCH ?', [
    tokensOf(workspaceId),
  ])
  for (const { id } of terms) {
    await db.change('DELETE FROM search_vocabulary WHERE rowid = ?', [id!])
    await db.change('DELETE FROM search_terms WHERE id = ?', [id!])
  }
}
