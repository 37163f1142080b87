// The owner of the machine, who needs no token: what commands get as their first argument, and how the log names them.

import { WORKSPACE } from '../accounts/handles.ts'
import type { OpenContext } from '../context.ts'
import type { HandleKind } from '../declare/handles.ts'
import type { Changes } from '../records/audit.ts'
import type { ListView, RecordView } from '../render/answer.ts'
import { insertAuditEvents } from '../store/audit.ts'
import { secondsOf } from '../text/times.ts'

/** Lists of the owner's hold this many; machines that hold more are asked through the database. */
export const LIST_MAX = 10_000
/** Stands in the audit log where a member's address and token do. */
export const OWNER = { by_address: 'owner', token_name: 'command line' } as const

/** What calls have before anybody knows whose they are; here they are the owner's. */
export type OwnerContext = OpenContext

/** A sentence for the owner about something that is not there or can't be done. */
export class OwnerError extends Error {}

export interface OwnerEvent {
  readonly action: 'create' | 'update' | 'delete' | 'prune'
  /** The workspace itself unless given. */
  readonly of?: HandleKind
  readonly id?: string
  readonly changes: Changes
}

/** Tells the workspace's audit log what its machine's owner did to it; in the same transaction. */
export async function recordOwnerEvent(
  ctx: OwnerContext,
  workspaceId: string,
  { action, of = WORKSPACE, id = workspaceId, changes }: OwnerEvent,
): Promise<void> {
  const event = { action, resource: of.name, record_id: id, ...OWNER, changes: JSON.stringify(changes) }
  await insertAuditEvents(ctx.db, workspaceId, [{ id: ctx.orderedId('e'), at: secondsOf(ctx.now), ...event }])
}

export function listOf(items: readonly RecordView[]): ListView {
  return { items: items.slice(0, LIST_MAX), total: items.length, totalMax: LIST_MAX, clipped: false }
}
