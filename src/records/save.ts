// Makes and changes records: upsert by key, conditional updates, references, the audit entry and the word index, all in
// the transaction of the request.

import type { Context } from '../context.ts'
import type { Stored } from '../declare/kinds.ts'
import { isSearched, type Resource, referencesOf } from '../declare/resources.ts'
import { type ApiError, fail, type Problem } from '../errors.ts'
import { type Resources, resourceNamed } from '../query/paths.ts'
import {
  addToUsage,
  countUsage,
  findByUnique,
  findForChange,
  insertRecord,
  type Kept,
  recordExists,
  updateRecord,
  type Values,
} from '../store/write.ts'
import { secondsOf } from '../text/times.ts'
import { workedOut } from '../text/worked-out.ts'
import { recordEvents } from './audit.ts'
import { type Change, changedAt, missingField, refuseProblems } from './change.ts'
import { type Referring, referringTo } from './referring.ts'
import { noSuchRecord, versionMismatch } from './view.ts'
import { changesWords, indexRecord, indexReferring } from './words.ts'
import { beginAnewExclusively, isReferredTo, lockWorkspace } from './workspace-lock.ts'

/** What saving must know beside the change. */
export interface Saving {
  readonly resource: Resource
  readonly resources: Resources
  /** How many records of it the plan allows. */
  readonly cap?: number
  /** Fields that follow from others, such as when a deal closed; `before` is absent for a new record. */
  readonly settle?: (before: Values | undefined, after: Values, now: number) => Values
  /** What else must follow from the change, in the same transaction. */
  readonly changed?: (ctx: Context, before: Values | undefined, after: Values | undefined) => Promise<void>
}

/** The same for a noun, within what the caller's plan allows of it: one for every way to save or delete its records. */
export type SavingOf = (ctx: Pick<Context, 'caller'>, resource: Resource) => Saving

export interface Saved {
  readonly id: string
  /** As they are now. */
  readonly values: Values
  readonly verdict: 'created' | 'updated'
  /** False where everything that was sent stood there already. */
  readonly changed: boolean
}

const NO_VERSION: Problem = {
  code: 'invalid_value',
  field: 'version',
  problem: 'is a condition on a record that is not there; leave it, and If-Match, out to make one',
}

/** POST: changes the record that holds the same unique value, else makes a new one. Throws 400s, 403, 409, 412. */
export async function upsertRecord(ctx: Context, saving: Saving, change: Change): Promise<Saved> {
  const { resource } = saving
  await lockWorkspace(ctx)
  const before = await findByKeys(ctx, resource, change)
  if (before) {
    await beginAnewExclusively(
      ctx,
      async () => renames(saving, change, before) && isReferredTo(ctx, foundByNameOf(saving), before.id),
    )
    return changeRecord(ctx, saving, before, change)
  }
  const problems = change.version === undefined ? change.problems : [...change.problems, NO_VERSION]
  return { ...(await create(ctx, saving, { ...change, problems })), verdict: 'created', changed: true }
}

/** PATCH. Throws 404, 400s, 409, 412. */
export async function patchRecord(ctx: Context, saving: Saving, id: string, change: Change): Promise<Saved> {
  await lockWorkspace(ctx, async () => renames(saving, change) && isReferredTo(ctx, foundByNameOf(saving), id))
  const before = await findForChange(ctx.db, ctx.caller.workspaceId, saving.resource, id)
  if (!before) throw noSuchRecord(saving.resource)
  return changeRecord(ctx, saving, before, change)
}

/** Whether a change gives a record another name; any, where nothing is known of the one `before`. */
function renames({ resource }: Saving, { values }: Change, before?: Kept): boolean {
  return values.has(resource.title) && values.get(resource.title) !== before?.values[resource.title]
}

/** The fields through which others are found by a record's name. */
function foundByNameOf({ resource, resources }: Saving): Referring[] {
  return referringTo(resource, resources.filter(isSearched))
}

async function findByKeys(ctx: Context, resource: Resource, change: Change): Promise<Kept | undefined> {
  for (const [field, { unique }] of fieldsOf(resource)) {
    const value = change.values.get(field)
    if (!unique || value === undefined || value === null) continue
    const kept = await findByUnique(ctx.db, ctx.caller.workspaceId, resource, field, value)
    if (kept) return kept
  }
  return undefined
}

async function create(ctx: Context, saving: Saving, change: Change): Promise<Kept> {
  const { resource } = saving
  const { workspaceId, email } = ctx.caller
  const now = secondsOf(ctx.now)
  const sent = mergeChange(resource, undefined, change, now)
  await refuseFaults(ctx, saving, change, sent)
  const server = { created_at: now, updated_at: now, created_by: email, version: 1, ...change.restored?.server }
  const values = settled(saving, undefined, { ...sent.after, ...server }, now)
  const record = { id: change.restored?.id ?? ctx.recordId(resource.prefix), values }
  await insertRecord(ctx.db, workspaceId, resource, record, ctx.orderedId('s'))
  await indexRecord(ctx, saving, record, 'new')
  await recordEvents(ctx, [{ action: 'create', resource, id: record.id, after: values }])
  await saving.changed?.(ctx, undefined, values)
  await count(ctx, saving)
  return record
}

/** A record before anything is known of it. */
const emptyOf = workedOut(
  (resource: Resource): Values =>
    Object.fromEntries(Object.entries(resource.fields).map(([field, { always }]) => [field, always ? 0 : null])),
)

const fieldsOf = workedOut((resource: Resource) => Object.entries(resource.fields))

function noRoom({ name, plural }: Resource, used: number, limit: number) {
  const room = `Delete one that nobody needs (DELETE /${plural}/{id}), update another instead (PATCH /${plural}/{id})`
  return fail.planLimitReached({ resource: plural, used, limit, one: name, room })
}

/** Counts one more record. Throws plan_limit_reached. */
async function count(ctx: Context, { resource, cap }: Saving): Promise<void> {
  const { workspaceId } = ctx.caller
  if (cap === undefined) return countUsage(ctx.db, workspaceId, resource, 1)
  const used = await addToUsage(ctx.db, workspaceId, resource, 1)
  if (used > cap) throw noRoom(resource, used - 1, cap)
}

async function changeRecord(ctx: Context, saving: Saving, before: Kept, change: Change): Promise<Saved> {
  const { resource } = saving
  const { workspaceId } = ctx.caller
  const { id } = before
  const now = secondsOf(ctx.now)
  if (change.version !== undefined && change.version !== before.values.version)
    throw await versionMismatch(ctx, resource, saving.resources, before)
  const sent = mergeChange(resource, before.values, change, now)
  await refuseFaults(ctx, saving, change, sent)
  await refuseTakenKeys(ctx, resource, id, change)
  const wanted = settled(saving, before.values, sent.after, now)
  const changed = Object.entries(wanted).filter(([field, value]) => value !== before.values[field])
  if (changed.length === 0) return { ...before, verdict: 'updated', changed: false }
  const server = changedAt(before, now)
  await updateRecord(ctx.db, workspaceId, resource, { id, values: { ...Object.fromEntries(changed), ...server } })
  const fields = changed.map(([field]) => field)
  if (changesWords(resource, fields)) await indexRecord(ctx, saving, { id, values: wanted })
  if (fields.includes(resource.title)) await indexReferring(ctx, resource, saving.resources, id)
  await recordEvents(ctx, [{ action: 'update', resource, id, before: before.values, after: wanted }])
  await saving.changed?.(ctx, before.values, wanted)
  return { id, values: { ...wanted, ...server }, verdict: 'updated', changed: true }
}

export interface Merged {
  readonly after: Values
  readonly problems: readonly Problem[]
}

/** The record as it will be: sent values, merged keys, defaults for what is empty. Nothing is `kept` of a new one. */
export function mergeChange(resource: Resource, kept: Values | undefined, change: Change, now: number): Merged {
  const before = kept ?? emptyOf(resource)
  const after: Record<string, Stored | null> = { ...before }
  const problems: Problem[] = []
  for (const [field, { kind, default: fallback, setBy }] of fieldsOf(resource)) {
    const sent = change.values.get(field)
    if (sent !== undefined && sent !== null && kind.keys) {
      const merged = kind.keys.merge(before[field] as string | null, String(sent))
      if ('problem' in merged) problems.push({ code: 'invalid_value', field, problem: merged.problem })
      else after[field] = merged.value
    } else if (sent !== undefined) after[field] = sent
    if (after[field] === null && fallback !== undefined && !setBy)
      after[field] = typeof fallback === 'string' ? fallback : now
  }
  return { after, problems }
}

function settled({ settle }: Saving, before: Values | undefined, after: Values, now: number): Values {
  return settle ? { ...after, ...settle(before, after, now) } : after
}

/** Throws everything that is wrong at once; a field that was sent but can't be read is not also missing. */
async function refuseFaults(ctx: Context, saving: Saving, change: Change, sent: Merged): Promise<void> {
  const faulty = new Set(change.problems.map(({ field }) => field))
  const missing = missingField(saving.resource, (field) => (sent.after[field] ?? null) !== null || faulty.has(field))
  refuseProblems([...change.problems, ...sent.problems, missing, ...(await danglingReferences(ctx, saving, change))])
}

async function danglingReferences(ctx: Context, { resource, resources }: Saving, change: Change): Promise<Problem[]> {
  const problems: Problem[] = []
  for (const { field, to } of referencesOf(resource)) {
    const id = change.values.get(field)
    if (id === undefined || id === null) continue
    const target = resourceNamed(resources, to)
    if (await recordExists(ctx.db, ctx.caller.workspaceId, target, String(id))) continue
    problems.push({
      code: 'invalid_value',
      field,
      problem: `names no ${to} of this workspace; find one with GET /${target.plural}?search=`,
    })
  }
  return problems
}

async function refuseTakenKeys(ctx: Context, resource: Resource, id: string, change: Change): Promise<void> {
  for (const [field, { unique }] of fieldsOf(resource)) {
    const value = change.values.get(field)
    if (!unique || value === undefined || value === null) continue
    const holder = await findByUnique(ctx.db, ctx.caller.workspaceId, resource, field, value)
    if (holder && holder.id !== id) throw takenBy(resource, field, holder.id)
  }
}

/** The refusal of a value that the record of this id has already. */
export function takenBy({ name, plural }: Resource, field: string, id: string): ApiError {
  return fail.conflict({ field, handle: `${name}/${id}`, path: `/${plural}/${id}` })
}
