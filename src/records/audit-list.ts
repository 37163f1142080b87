// The audit log as it is read: who did what to which record, when, with the values before and after.

import type { Context } from '../context.ts'
import { type HandleKind, handleOf } from '../declare/handles.ts'
import { type Kind, text, time } from '../declare/kinds.ts'
import type { Field } from '../declare/resources.ts'
import { type CursorBinding, readCursor, writeCursor } from '../query/cursor.ts'
import type { Cell, ListView, RecordView } from '../render/answer.ts'
import { type AuditEvent, type AuditFilter, selectAuditEvents } from '../store/audit.ts'
import { TOTAL_MAX } from '../store/totals.ts'
import type { Changes } from './audit.ts'

type Fields = Readonly<Record<string, Field>>
/** What the log may speak of: nouns with their fields, and people, whose values are plain text. */
export type Targets = readonly (HandleKind & { readonly fields?: Fields })[]

export const EVENT = { name: 'event', prefix: 'e' } as const

/** A page of the log, newest first. Throws invalid_cursor. */
export async function listAudit(
  ctx: Context,
  kinds: Targets,
  filter: Omit<AuditFilter, 'after'>,
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<ListView> {
  const { workspaceId } = ctx.caller
  const binding: CursorBinding = {
    secret: ctx.secret,
    workspaceId,
    identity: JSON.stringify(['audit', Object.entries(filter).sort()]),
  }
  const position = readCursor(cursor, binding)
  const after = position && String(position.values[0])
  const { events, total } = await selectAuditEvents(ctx.db, workspaceId, { ...filter, after }, limit + 1, TOTAL_MAX + 1)
  const shown = events.slice(0, limit)
  const last = events.length > limit ? shown.at(-1) : undefined
  return {
    items: shown.map((event) => eventView(event, kinds)),
    ...{ total, totalMax: TOTAL_MAX, clipped: false },
    next: last && writeCursor({ stretch: 'values', values: [last.id] }, binding),
  }
}

function eventView(event: AuditEvent, targets: Targets): RecordView {
  const target = targets.find(({ name }) => name === event.resource)!
  const fields = target.fields ?? {}
  const changes = Object.entries(JSON.parse(event.changes) as Changes)
  const cells: Cell[] = [
    { label: 'at', kind: time, stored: event.at },
    { label: 'action', kind: text, stored: event.action },
    { label: 'target', kind: text, stored: handleOf(target, event.record_id) },
    { label: 'by', kind: text, stored: event.by_address },
    { label: 'token', kind: text, stored: event.token_name || null },
    ...changes.flatMap(([label, [old, now]]) => [
      valueCell(fields, `old.${label}`, label, old),
      valueCell(fields, `new.${label}`, label, now),
    ]),
  ]
  return { of: EVENT, id: event.id, cells: cells.filter(({ stored }) => stored !== null) }
}

/** A value as the log has it to a cell that prints as the record's own does. */
function valueCell(fields: Fields, label: string, field: string, value: unknown): Cell {
  const plain = Object.hasOwn(fields, field) ? fields[field]!.kind : undefined
  if (plain) return { label, kind: plain, stored: value as string | number | null }
  const dot = field.indexOf('.')
  if (dot < 0) return { label, kind: text, stored: value as string | null }
  const kind: Kind = fields[field.slice(0, dot)]?.kind ?? text
  const customKey = field.slice(dot + 1)
  return { label, kind, customKey, stored: value === null ? null : JSON.stringify({ [customKey]: value }) }
}
