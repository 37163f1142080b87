// How the server's own reading connection reads: one view a turn, and what it may remember of it.

import type { DatabaseSyncInstance as DatabaseSync } from '@photostructure/sqlite'
import type { Connection, Row } from './dialect.ts'

/**
 * What is read within one turn of the event loop sees the file as it was at the first of it, or at the last commit of
 * ours: to find out what the newest is takes as long as to read a record.
 */
export function viewOfTurn(reader: DatabaseSync, commits: () => number): { begin: () => void; end: () => void } {
  const [opening, closing] = [reader.prepare('BEGIN'), reader.prepare('COMMIT')]
  let seen: number | undefined
  const end = () => {
    if (seen === undefined) return
    seen = undefined
    closing.run()
  }
  const begin = () => {
    if (seen === commits()) return
    if (seen === undefined) setImmediate(end)
    else end()
    opening.run()
    seen = commits()
  }
  return { begin, end }
}

/** So many answers, and so many letters in all of them. */
const [REMEMBERED_MAX, LETTERS_MAX] = [10_000, 16 << 20]
/** Within so long a server notices what was committed beside it. */
export const NOTICE_MILLISECONDS = 20

/**
 * Changes whenever anybody commits: this process, which counts, or the owner's commands beside it, which SQLite is asked
 * about (PRAGMA data_version) so often that they need not wait long for it. It tells what the view knows, which may be as old
 * as a long turn, so that the view ends first.
 */
export function versionOf(reader: DatabaseSync, commits: () => number, endView: () => void): () => number {
  const statement = reader.prepare('PRAGMA data_version')
  let asked = Number.NEGATIVE_INFINITY
  let answer = 0
  let changes = 0
  return () => {
    const now = performance.now()
    if (now - asked >= NOTICE_MILLISECONDS) {
      endView()
      const latest = Number((statement.get() as Row).data_version)
      if (latest !== answer) changes++
      ;[asked, answer] = [now, latest]
    }
    return changes + commits()
  }
}

/** Remembers what was read until the next commit. */
export function remembering(version: () => number): Connection['unchanged'] {
  const remembered = new Map<string, unknown>()
  let letters = 0
  let rememberedAt = version()
  const forget = () => {
    remembered.clear()
    letters = 0
  }
  return async <T>(key: string, read: () => Promise<T>): Promise<T> => {
    const now = version()
    if (now !== rememberedAt || remembered.size >= REMEMBERED_MAX || letters >= LETTERS_MAX) forget()
    rememberedAt = now
    if (remembered.has(key)) return remembered.get(key) as T
    const value = await read()
    if (rememberedAt !== now || version() !== now) return value
    remembered.set(key, value)
    letters += key.length + (typeof value === 'string' ? value.length : 0)
    return value
  }
}
