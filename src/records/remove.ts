// Confirmed deletes: the first call says what would go, the second does it.

import { createHmac } from 'node:crypto'
import type { Context } from '../context.ts'
import { handleOf } from '../declare/handles.ts'
import type { Resource } from '../declare/resources.ts'
import { fail } from '../errors.ts'
import type { Resources } from '../query/paths.ts'
import { selectAuditEvents } from '../store/audit.ts'
import { untilNoneIsLeft } from '../store/with-pauses.ts'
import {
  countReferring,
  countUsage,
  deleteRecord,
  findForChange,
  findReferring,
  type Kept,
  updateRecord,
} from '../store/write.ts'
import { areSame } from '../text/digests.ts'
import { secondsOf } from '../text/times.ts'
import { type Happened, recordEvents } from './audit.ts'
import { changedAt, missingField } from './change.ts'
import { referringTo } from './referring.ts'
import type { Saving } from './save.ts'
import { noSuchRecord, versionMismatch } from './view.ts'
import { indexRecord } from './words.ts'
import { isReferredTo, lockWorkspace } from './workspace-lock.ts'

const CONFIRM_SECONDS_MAX = 600

/** What deleting must know. */
type Removing = Pick<Saving, 'resource' | 'resources' | 'changed'>

/**
 * Deletes, if `confirm` is the token that this very record, as it is now, was answered with, if no more would go than that
 * answer said, and if it has the `version` asked for. Throws 404, 409, 412.
 */
export async function removeRecord(
  ctx: Context,
  removing: Removing,
  id: string,
  { confirm, version }: { readonly confirm?: string; readonly version?: number },
): Promise<void> {
  const { resource } = removing
  await lockWorkspace(ctx, () => isReferredTo(ctx, referringTo(resource, removing.resources), id))
  const kept = await findForChange(ctx.db, ctx.caller.workspaceId, resource, id)
  if (!kept) throw noSuchRecord(resource)
  if (version !== undefined && version !== kept.values.version)
    throw await versionMismatch(ctx, resource, removing.resources, kept)
  const call = `DELETE /${resource.plural}/${id}`
  const deletes = await whatGoes(ctx, removing, id)
  const bound = [deletes, kept.values.version, await lastEventOf(ctx, id)]
  if (confirm === undefined) {
    const token = confirmation(ctx, bound, secondsOf(ctx.now) + CONFIRM_SECONDS_MAX)
    throw fail.confirmationRequired({ call, confirm: token, deletes })
  }
  if (!isConfirmation(ctx, bound, confirm)) throw fail.invalidConfirmation({ call })
  await recordEvents(ctx, [{ action: 'delete', resource, id, before: kept.values }])
  await clearReferences(ctx, removing, id)
  await drop(ctx, resource, removing.resources, kept)
  await removing.changed?.(ctx, kept.values, undefined)
}

/** Empties what refers to the record. */
async function clearReferences(ctx: Context, { resource: cleared, resources }: Removing, id: string): Promise<void> {
  for (const { resource, field } of referringTo(cleared, resources))
    await untilNoneIsLeft(
      (limit) => findReferring(ctx.db, ctx.caller.workspaceId, resource, field, id, limit),
      async (some) => {
        const happened: Happened[] = []
        for (const kept of some) happened.push(await clearReference(ctx, resources, resource, field, kept))
        await recordEvents(ctx, happened)
      },
    )
}

/** A record that needs one of its references goes with the last of them. */
async function clearReference(
  ctx: Context,
  resources: Resources,
  resource: Resource,
  field: string,
  { id, values }: Kept,
): Promise<Happened> {
  const after = { ...values, [field]: null }
  if (missingField(resource, (other) => after[other] !== null)) {
    await drop(ctx, resource, resources, { id, values })
    return { action: 'delete', resource, id, before: values }
  }
  const server = changedAt({ values }, secondsOf(ctx.now))
  await updateRecord(ctx.db, ctx.caller.workspaceId, resource, { id, values: { [field]: null, ...server } })
  await indexRecord(ctx, { resource, resources }, { id, values: after })
  return { action: 'update', resource, id, before: values, after }
}

async function drop(ctx: Context, resource: Resource, resources: Resources, kept: Kept): Promise<void> {
  const { workspaceId } = ctx.caller
  const { id } = kept
  await indexRecord(ctx, { resource, resources }, kept, 'gone')
  await deleteRecord(ctx.db, workspaceId, resource, id)
  await countUsage(ctx.db, workspaceId, resource, -1)
}

/** What the deletion would do, in the server's own words. */
async function whatGoes(ctx: Context, removing: Removing, id: string): Promise<string> {
  const said = [handleOf(removing.resource, id)]
  for (const { resource, field } of referringTo(removing.resource, removing.resources)) {
    const { workspaceId } = ctx.caller
    const others = resource.needs.includes(field) ? resource.needs.filter((other) => other !== field) : undefined
    const going = others ? await countReferring(ctx.db, workspaceId, resource, field, id, others) : 0
    const staying = (await countReferring(ctx.db, workspaceId, resource, field, id)) - going
    if (going > 0) said.push(`${resource.plural} (${going}) go with it`)
    if (staying > 0) said.push(`${resource.plural} (${staying}) lose ${field}, but stay`)
  }
  said.push('the audit log keeps their values')
  return said.join('; ')
}

/** What tells the record from one that an import puts back under its id and version: the log has another entry then. */
async function lastEventOf(ctx: Context, id: string): Promise<string | undefined> {
  const { events } = await selectAuditEvents(ctx.db, ctx.caller.workspaceId, { record_id: id }, 1, 1)
  return events[0]?.id
}

/** Bound to user, workspace, and facts of the record, its handle among them; it works once, as the record is gone then. */
function confirmation(ctx: Context, facts: readonly unknown[], expiresAt: number): string {
  const { workspaceId, userId } = ctx.caller
  const bound = JSON.stringify(['delete', workspaceId, userId, ...facts, expiresAt])
  const mac = createHmac('sha256', ctx.secret).update(bound).digest('hex').slice(0, 24)
  return `${expiresAt.toString(36)}-${mac}`
}

function isConfirmation(ctx: Context, facts: readonly unknown[], confirm: string): boolean {
  const expiresAt = Number.parseInt(confirm.split('-')[0]!, 36)
  if (!Number.isSafeInteger(expiresAt) || expiresAt < secondsOf(ctx.now)) return false
  return areSame(confirm, confirmation(ctx, facts, expiresAt))
}
