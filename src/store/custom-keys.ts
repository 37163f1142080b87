// Whether records have a custom key at all, for the note on an answer that is empty.

import type { Resource } from '../declare/resources.ts'
import type { Path } from '../query/query.ts'
import type { Connection } from './dialect.ts'

/** Each is taken out of its JSON; among more nobody looks. */
const RECORDS_LOOKED_AT_MAX = 2_000

/** True where the workspace has records of the noun that the path leads to, and none of them has the path's custom key. */
export async function isKeyOfNone(
  db: Connection,
  workspaceId: string,
  resource: Resource,
  path: Path,
): Promise<boolean> {
  const few = `SELECT ${path.field} FROM ${(path.through?.to ?? resource).plural} WHERE workspace_id = ? LIMIT ${RECORDS_LOOKED_AT_MAX + 1}`
  const has = `sum(CASE WHEN ${db.dialect.jsonPresent(`few.${path.field}`)} THEN 1 ELSE 0 END)`
  const sql = `SELECT count(*) AS looked_at, ${has} AS having_it FROM (${few}) few`
  const read = (on: Connection) => on.rows(sql, [path.customKey!, workspaceId])
  const [row] = await (db.aside ? db.aside(workspaceId, read) : read(db))
  const lookedAt = Number(row!.looked_at)
  return lookedAt > 0 && lookedAt <= RECORDS_LOOKED_AT_MAX && Number(row!.having_it) === 0
}
