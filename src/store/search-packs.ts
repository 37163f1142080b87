// The word index's long lists, hundreds of spots to a row, where one connection writes for all. A pack is a copy: it has
// every posting of its word from the pack before it up to its own last spot. The postings beyond the last pack are few. When
// one of a pack's postings comes or goes, the pack is emptied, and its postings are read until it is made anew.

import type { Connection, Value } from './dialect.ts'

const PACK_SPOTS = 512
/** The newest postings stay loose, as the next ones may come between them. */
const LOOSE_MIN = 64
/** What one record's words are worth looking at now and then costs little; so do a few packs at a time. */
const PACKS_AT_ONCE = 8

const LIST = 'workspace_id = ? AND resource = ? AND word = ? AND notes = ?'

/** Empties the packs that hold, or would hold, these words at a spot. */
export async function loosenPacks(
  db: Connection,
  [workspaceId, resource]: readonly Value[],
  spot: string,
  words: readonly string[],
): Promise<void> {
  if (!db.dialect.indexesLater || words.length === 0) return
  const list = 'q.workspace_id = p.workspace_id AND q.resource = p.resource AND q.word = p.word AND q.notes = p.notes'
  for (const notes of [0, 1])
    await db.rows(
      `UPDATE search_packs AS p SET spots = '' WHERE p.workspace_id = ? AND p.resource = ? AND p.word IN (${db.dialect.items})
        AND p.notes = ? AND p.last >= ? AND p.last = (SELECT min(q.last) FROM search_packs q WHERE ${list} AND q.last >= ?)`,
      [workspaceId!, resource!, JSON.stringify(words), notes, spot, spot],
    )
}

/** Packs what has become long of these words' lists, a few packs of each, and gives how many. */
export async function packWords(db: Connection, place: readonly Value[], words: readonly string[]): Promise<number> {
  let count = 0
  for (const word of words)
    for (const notes of [0, 1]) {
      const list = [...place, word, notes]
      const [row] = await db.rows(`SELECT max(last) AS last FROM search_packs WHERE ${LIST}`, list)
      let before = String(row!.last ?? '')
      for (let made = 0; made < PACKS_AT_ONCE; made++) {
        const loose = `SELECT spot FROM search_postings WHERE ${LIST} AND spot > ? ORDER BY spot`
        const enough = await db.rows(`${loose} LIMIT 1 OFFSET ?`, [...list, before, PACK_SPOTS + LOOSE_MIN - 1])
        if (enough.length === 0) break
        const [end] = await db.rows(`${loose} LIMIT 1 OFFSET ?`, [...list, before, PACK_SPOTS - 1])
        const last = String(end!.spot)
        const spots = await packed(db, list, before, last)
        await db.rows(
          'INSERT INTO search_packs (workspace_id, resource, word, notes, last, spots) VALUES (?, ?, ?, ?, ?, ?)',
          [...list, last, spots],
        )
        before = last
        count++
      }
    }
  return count
}

/** Makes some of the emptied packs anew, and gives how many. */
export async function remakePacks(db: Connection): Promise<number> {
  const emptied = await db.rows(
    "SELECT workspace_id, resource, word, notes, last FROM search_packs WHERE spots = '' LIMIT ?",
    [PACKS_AT_ONCE],
  )
  for (const { workspace_id, resource, word, notes, last } of emptied) {
    const list = [workspace_id!, resource!, word!, notes!]
    const [before] = await db.rows(`SELECT max(last) AS last FROM search_packs WHERE ${LIST} AND last < ?`, [
      ...list,
      last!,
    ])
    const spots = await packed(db, list, String(before!.last ?? ''), String(last))
    // Of nothing there is no pack: the next one reaches back to the one before.
    const [sql, values] =
      spots === ''
        ? [`DELETE FROM search_packs WHERE ${LIST} AND last = ?`, []]
        : [`UPDATE search_packs SET spots = ? WHERE ${LIST} AND last = ?`, [spots]]
    await db.rows(sql, [...values, ...list, last!])
  }
  return emptied.length
}

async function packed(db: Connection, list: readonly Value[], before: string, last: string): Promise<string> {
  const sql = `SELECT string_agg(spot, '') AS spots FROM search_postings WHERE ${LIST} AND spot > ? AND spot <= ?`
  const [row] = await db.rows(sql, [...list, before, last])
  return String(row!.spots ?? '')
}
