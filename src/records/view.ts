// Records as they are shown: read from the store, ready for the renderer.

import type { Context } from '../context.ts'
import { isSearched, type Resource } from '../declare/resources.ts'
import { fail } from '../errors.ts'
import { allPaths, type Resources } from '../query/paths.ts'
import type { Path } from '../query/query.ts'
import type { Cell, RecordView } from '../render/answer.ts'
import { type SelectedRecord, selectRecord } from '../store/select.ts'
import type { Kept } from '../store/write.ts'

/** One record with the fields asked for, or all of them. Throws 404. */
export async function viewRecord(
  ctx: Context,
  resource: Resource,
  resources: Resources,
  id: string,
  chosen?: readonly Path[],
): Promise<RecordView> {
  const paths = chosen ?? allPaths(resource, resources)
  const record = await selectRecord(ctx.db, ctx.caller.workspaceId, resource, id, paths)
  if (!record) throw noSuchRecord(resource)
  return viewOf(resource, record, paths)
}

/** One that was just saved, with the fields asked for, or all: read again only where it shows something of what it refers to. */
export async function viewSaved(
  ctx: Context,
  resource: Resource,
  resources: Resources,
  { id, values }: Kept,
  chosen?: readonly Path[],
): Promise<RecordView> {
  const paths = chosen ?? allPaths(resource, resources)
  const ofItself = paths.every(({ through }) => !through || values[through.field] === null)
  if (!ofItself) return viewRecord(ctx, resource, resources, id, paths)
  const shown = paths.map(({ field, through }) => (through ? null : values[field]!))
  return viewOf(resource, { id, values: shown }, paths)
}

export function viewOf(resource: Resource, { id, values }: SelectedRecord, paths: readonly Path[]): RecordView {
  const cells: Cell[] = []
  for (let at = 0; at < paths.length; at++) {
    const { label, kind, customKey } = paths[at]!
    if (label !== 'id') cells.push({ label, kind, customKey, stored: values[at]! })
  }
  return { of: resource, id, cells }
}

/** 412 with the record as it is now. */
export async function versionMismatch(ctx: Context, resource: Resource, resources: Resources, { id, values }: Kept) {
  const record = await viewRecord(ctx, resource, resources, id)
  return fail.versionMismatch({ version: Number(values.version), record })
}

export function noSuchRecord(resource: Resource) {
  const { name, plural } = resource
  return fail.notFound({
    what: `${name} of that id`,
    next: `Look for it: GET /${plural}${isSearched(resource) ? '?search=<words>' : ''}`,
  })
}
