// Which record an imported row became. A key whose record is gone stays behind; who reads it looks the record up.

import type { Resource } from '../declare/resources.ts'
import { insertRows } from './bulk.ts'
import type { Connection } from './dialect.ts'

/** The id that the first known one of the keys stands for. */
export async function findByImportKeys(
  db: Connection,
  workspaceId: string,
  resource: Resource,
  keys: readonly string[],
): Promise<string | undefined> {
  for (const key of keys) {
    const [row] = await db.rows(
      'SELECT record_id FROM import_keys WHERE workspace_id = ? AND resource = ? AND key = ?',
      [workspaceId, resource.name, key],
    )
    if (row) return String(row.record_id)
  }
  return undefined
}

export async function rememberImportKeys(
  db: Connection,
  workspaceId: string,
  resource: Resource,
  keys: readonly string[],
  recordId: string,
): Promise<void> {
  const rows = [...new Set(keys)].map((key) => [workspaceId, resource.name, key, recordId])
  const ending = 'ON CONFLICT (workspace_id, resource, key) DO UPDATE SET record_id = excluded.record_id'
  await insertRows(db, 'import_keys', ['workspace_id', 'resource', 'key', 'record_id'], rows, ending)
}
