// The one way in which the audit log loses entries: its owner's, by age, and it says so in the log itself.

import { WORKSPACE } from '../accounts/handles.ts'
import { integer } from '../declare/kinds.ts'
import type { ListView } from '../render/answer.ts'
import { countAuditEventsBefore, deleteAuditEventsBefore } from '../store/audit.ts'
import type { Database } from '../store/dialect.ts'
import { printTime } from '../text/times.ts'
import { listOf, type OwnerContext, recordOwnerEvent } from './owner.ts'

/** Removed in one transaction, so that a server beside it waits for milliseconds. */
const BATCH_MAX = 1_000

/** How many entries the next prune would remove, by workspace; `before` in seconds since 1970. */
export async function countPrunable(ctx: OwnerContext, before: number): Promise<ListView> {
  return counts(await countAuditEventsBefore(ctx.db, before))
}

/**
 * Removes the entries older than `before`, workspace by workspace. Each removal tells of itself in the same
 * transaction, by an entry of action `prune`: how many went, and from before when. Gives the counts by workspace.
 */
export async function pruneAudit(
  database: Database,
  contextOf: (db: OwnerContext['db']) => OwnerContext,
  before: number,
): Promise<ListView> {
  const removed: { workspaceId: string; entries: number }[] = []
  for (const { workspaceId, entries: counted } of await countAuditEventsBefore(database.read, before)) {
    let entries = 0
    // Whoever looks for more than there are goes through all that are newer, and a server beside it waits.
    for (let batch = 1; batch > 0 && entries < counted; entries += batch) {
      const max = Math.min(BATCH_MAX, counted - entries)
      batch = await database.write((db) => pruneBatch(contextOf(db), workspaceId, before, max))
    }
    removed.push({ workspaceId, entries })
  }
  return counts(removed)
}

async function pruneBatch(ctx: OwnerContext, workspaceId: string, before: number, max: number): Promise<number> {
  const entries = await deleteAuditEventsBefore(ctx.db, workspaceId, before, max)
  if (entries > 0)
    await recordOwnerEvent(ctx, workspaceId, {
      action: 'prune',
      changes: {
        entries: [String(entries), null],
        before: [printTime(before, 'UTC'), null],
      },
    })
  return entries
}

function counts(of: readonly { workspaceId: string; entries: number }[]): ListView {
  return listOf(
    of.map(({ workspaceId, entries }) => ({
      ...{ of: WORKSPACE, id: workspaceId },
      cells: [{ label: 'entries', kind: integer, stored: entries }],
    })),
  )
}
