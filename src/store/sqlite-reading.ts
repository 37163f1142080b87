// How the server's own reading connection reads: one view a turn, and what was committed beside it.

import type { DatabaseSyncInstance as DatabaseSync } from '@photostructure/sqlite'
import type { Row } from './dialect.ts'
import { rollBack, statedTrouble } from './sqlite-trouble.ts'

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
    try {
      closing.run()
    } catch {
      // Whoever reads next is told of the disk.
      rollBack(reader)
    }
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

/** Within so long a server notices what was committed beside it. */
export const NOTICE_MILLISECONDS = 20

/**
 * Changes whenever somebody beside this process has committed, as the owner's commands do. SQLite is asked (PRAGMA
 * data_version) so often that they need not wait long for it: on the connection that writes, which is told of what others
 * committed alone, and has no view that is as old as a long turn. A view from before ends, as nothing of it may be remembered.
 */
export function changesBeside(writer: DatabaseSync, endView: () => void): () => number {
  const statement = writer.prepare('PRAGMA data_version')
  let asked = Number.NEGATIVE_INFINITY
  let answer = 0
  let changes = 0
  return () => {
    const now = performance.now()
    if (now - asked >= NOTICE_MILLISECONDS) {
      const latest = versionOf(statement)
      if (latest !== answer) {
        changes++
        endView()
      }
      ;[asked, answer] = [now, latest]
    }
    return changes
  }
}

/** Throws not_ready where the disk fails, as every reading does. */
function versionOf(statement: ReturnType<DatabaseSync['prepare']>): number {
  try {
    return Number((statement.get() as Row).data_version)
  } catch (error) {
    throw statedTrouble(error)
  }
}
