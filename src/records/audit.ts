// The audit log: who did what to which record, with the values before and after, in the same transaction.

import type { Context } from '../context.ts'
import type { Stored } from '../declare/kinds.ts'
import type { Resource } from '../declare/resources.ts'
import { insertAuditEvents } from '../store/audit.ts'
import { secondsOf } from '../text/times.ts'

export type Action = 'create' | 'update' | 'delete'
type Values = Readonly<Record<string, Stored | null | undefined>>

export interface Happened {
  readonly action: Action
  readonly resource: Resource
  readonly id: string
  /** The record before and after; absent where there was or is none. */
  readonly before?: Values
  readonly after?: Values
}

/** Label (as answers print it) to the value before and the one after, in JSON; null for none. */
export type Changes = Record<string, [old: unknown, new: unknown]>

/** Writes an entry for each thing that happened. */
export async function recordEvents(ctx: Context, happened: readonly Happened[]): Promise<void> {
  const { caller } = ctx
  await insertAuditEvents(
    ctx.db,
    caller.workspaceId,
    happened.map(({ action, resource, id, before, after }) => ({
      ...{ id: ctx.orderedId('e'), at: secondsOf(ctx.now), action, resource: resource.name, record_id: id },
      ...{ by_address: caller.email, token_name: caller.tokenName },
      changes: JSON.stringify(changesBetween(resource, before ?? {}, after ?? {})),
    })),
  )
}

/** The fields that differ, custom ones key by key; what the server keeps of itself is left out. */
function changesBetween(resource: Resource, before: Values, after: Values): Changes {
  const changes: Changes = {}
  for (const [field, { kind, setBy, always }] of Object.entries(resource.fields)) {
    const [old, now] = [before[field] ?? null, after[field] ?? null]
    if (old === now || (setBy && always)) continue
    if (!kind.keys) changes[field] = [old, now]
    else {
      const [oldKeys, newKeys] = [keyed(kind.keys.entries, old), keyed(kind.keys.entries, now)]
      for (const key of new Set([...oldKeys.keys(), ...newKeys.keys()])) {
        const pair: [unknown, unknown] = [oldKeys.get(key) ?? null, newKeys.get(key) ?? null]
        if (JSON.stringify(pair[0]) !== JSON.stringify(pair[1])) changes[`${field}.${key}`] = pair
      }
    }
  }
  return changes
}

function keyed(entries: (stored: string) => readonly (readonly [string, unknown])[], stored: Stored | null) {
  return new Map(stored === null ? [] : entries(String(stored)))
}
