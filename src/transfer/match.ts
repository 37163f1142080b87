// Which record a row already is, and which ones it names: what makes an import idempotent.

import type { Context } from '../context.ts'
import type { Stored } from '../declare/kinds.ts'
import { type Resource, referencesOf } from '../declare/resources.ts'
import { findByImportKeys, rememberImportKeys } from '../store/import-keys.ts'
import { findByTitle, findByUnique, findForChange, type Kept } from '../store/write.ts'
import { workedOut } from '../text/worked-out.ts'
import type { Draft, Link } from './draft.ts'
import type { Imagined } from './imagined.ts'

/** More records of one name than this are not told apart. */
export const NAMESAKES_MAX = 20
/** Stands for the id of a record that a row names and that is not here: no record refers to it. */
export const ABSENT = 'absent'

/** Where records are looked for: in the workspace and, in a dry run, among what earlier rows would have made. */
export interface Looking {
  readonly imagined?: Imagined
}

/** What was found; `kept` is absent where an earlier row of a dry run would have made it. */
export interface Same {
  readonly id: string
  readonly kept?: Kept
  /** It was found before the row's keys were asked, so that these may be another's. */
  readonly isBeforeKeys?: boolean
  /** Others have the same name, and nothing else tells which is meant. */
  readonly isOneOfSeveral?: boolean
}

/**
 * The record that a row is: by its id in crmkit, by a unique field, by what it is called where it comes from, or by its
 * name where nothing speaks against it. `linked` has the ids of the records it refers to, and ABSENT for one that it names
 * and that is not here.
 */
export async function findSame(
  ctx: Context,
  looking: Looking,
  draft: Pick<Draft, 'resource' | 'body' | 'keys' | 'own' | 'ids'>,
  linked: ReadonlyMap<string, string>,
): Promise<Same | undefined> {
  const { resource, body, keys, own } = draft
  const byId = own && (await recordOf(ctx, looking, resource, own))
  if (byId) return byId
  const field = uniqueFieldOf(resource)
  const value = field === undefined ? undefined : body[field]
  if (typeof value === 'string') {
    const same = await byUnique(ctx, looking, resource, value)
    if (same) return { ...same, isBeforeKeys: true }
  }
  const byKey = await findByKeys(ctx, looking, resource, keys)
  if (byKey) return byKey
  // Two people of one name with different addresses are two; a company is found by its name and then gets its domain.
  if (typeof value === 'string' && namesPeople(resource)) return undefined
  // In our own export two records of one name are two.
  return own ? undefined : findNamesake(ctx, looking, draft, linked)
}

/** The record that a link names, if there is one. */
export async function findLinked(ctx: Context, looking: Looking, to: Resource, link: Link): Promise<Same | undefined> {
  const byId = link.own && (await recordOf(ctx, looking, to, link.own))
  if (byId) return byId
  const byKey = await findByKeys(ctx, looking, to, link.keys)
  if (byKey) return byKey
  for (const value of link.unique) {
    const same = await byUnique(ctx, looking, to, value)
    if (same) return same
  }
  const [first, second] = link.title === undefined ? [] : await byTitle(ctx, looking, to, link.title, 2)
  if (first && !second && !hasOtherAddress(looking, to, link, first)) return first
  const guessed = link.guessed === undefined ? undefined : await byUnique(ctx, looking, to, link.guessed)
  return guessed ?? (namesPeople(to) || !first ? undefined : { ...first, isOneOfSeveral: true })
}

/** Two people of one name with different addresses are two. */
function hasOtherAddress({ imagined }: Looking, to: Resource, { unique }: Link, { id, kept }: Same): boolean {
  const field = uniqueFieldOf(to)
  if (!field || !namesPeople(to) || unique.length === 0) return false
  return plain(kept?.values[field]) !== '' || Boolean(imagined?.isFilled(id, field))
}

/** Stands for the record of an alias that two have, so that it names none. */
const SEVERAL = 'several'

/** Remembers what other files may name a record by; what names another one already names neither from then on. */
export async function rememberAliases(
  ctx: Context,
  looking: Looking,
  resource: Resource,
  aliases: readonly string[],
  id: string,
): Promise<void> {
  for (const alias of aliases) {
    const known = await idByKeys(ctx, looking, resource, [alias])
    if (known === id) continue
    const isTaken = known === SEVERAL || (await isHere(ctx, looking, resource, known))
    await remember(ctx, looking, resource, [alias], isTaken ? SEVERAL : id)
  }
}

/** Those of the keys that a record is not called by yet, and no other one either. */
export async function freeKeys(
  ctx: Context,
  looking: Looking,
  resource: Resource,
  keys: readonly string[],
  id: string,
): Promise<string[]> {
  const free: string[] = []
  for (const key of keys) {
    const known = await idByKeys(ctx, looking, resource, [key])
    if (known !== id && !(await isHere(ctx, looking, resource, known))) free.push(key)
  }
  return free
}

/** Remembers what a record is known again by. */
export async function remember(
  { db, caller }: Context,
  { imagined }: Looking,
  resource: Resource,
  keys: readonly string[],
  id: string,
): Promise<void> {
  if (imagined) imagined.call(resource, keys, id)
  else await rememberImportKeys(db, caller.workspaceId, resource, keys, id)
}

async function recordOf(
  ctx: Context,
  { imagined }: Looking,
  resource: Resource,
  id: string,
): Promise<Same | undefined> {
  if (imagined?.isMade(id)) return { id }
  const kept = await findForChange(ctx.db, ctx.caller.workspaceId, resource, id)
  return kept && { id, kept }
}

/** Whether there is such a record; in a dry run also one that it would have made. */
export async function isHere(
  ctx: Context,
  looking: Looking,
  resource: Resource,
  id: string | undefined,
): Promise<boolean> {
  return id !== undefined && (await recordOf(ctx, looking, resource, id)) !== undefined
}

async function findByKeys(ctx: Context, looking: Looking, resource: Resource, keys: readonly string[]) {
  const id = await idByKeys(ctx, looking, resource, keys)
  return id === undefined ? undefined : recordOf(ctx, looking, resource, id)
}

async function idByKeys({ db, caller }: Context, { imagined }: Looking, resource: Resource, keys: readonly string[]) {
  return imagined?.byKeys(resource, keys) ?? (await findByImportKeys(db, caller.workspaceId, resource, keys))
}

/** The record that holds a value in its unique field, if its noun has one. */
export async function byUnique(
  ctx: Context,
  looking: Looking,
  resource: Resource,
  value: string,
): Promise<Same | undefined> {
  const field = uniqueFieldOf(resource)
  if (field === undefined) return undefined
  const { imagined } = looking
  // An earlier row of a dry run would have given the record another value.
  const isGone = (id: string) => imagined?.says(resource, id, field, value) === false
  const kept = await findByUnique(ctx.db, ctx.caller.workspaceId, resource, field, value)
  if (kept && !isGone(kept.id)) return { id: kept.id, kept }
  const id = imagined?.byUnique(resource, value)
  return id === undefined || isGone(id) ? undefined : recordOf(ctx, looking, resource, id)
}

/** The first records of exactly this name. */
async function byTitle(
  ctx: Context,
  looking: Looking,
  resource: Resource,
  title: string,
  limit: number,
): Promise<Same[]> {
  const { imagined } = looking
  const found: Same[] = (await findByTitle(ctx.db, ctx.caller.workspaceId, resource, title, limit))
    .filter(({ id }) => imagined?.says(resource, id, resource.title, title) !== false)
    .map((kept) => ({ id: kept.id, kept }))
  for (const id of imagined?.byTitle(resource, title) ?? []) {
    const more = found.some((same) => same.id === id) ? undefined : await recordOf(ctx, looking, resource, id)
    if (more && imagined?.says(resource, id, resource.title, title)) found.push(more)
  }
  return found.slice(0, limit)
}

/** The one record of the same name that says nothing else about the fields by which namesakes are told apart. */
async function findNamesake(
  ctx: Context,
  looking: Looking,
  { resource, body, ids = {} }: Pick<Draft, 'resource' | 'body' | 'ids'>,
  linked: ReadonlyMap<string, string>,
): Promise<Same | undefined> {
  const { imagined } = looking
  const title = body[resource.title]
  const { told, must } = tellApart(resource)
  if (typeof title !== 'string' || told.length === 0) return undefined
  const unique = uniqueFieldOf(resource)
  const sent = (field: string) => plain(linked.get(field) ?? (typeof body[field] === 'string' ? body[field] : ''))
  const isEmpty = ({ id, kept }: Same, field: string) =>
    plain(kept?.values[field]) === '' && !imagined?.isFilled(id, field)
  const has = ({ id, kept }: Same, field: string) =>
    imagined?.says(resource, id, field, sent(field)) ?? plain(kept?.values[field]) === sent(field)
  const found = (await byTitle(ctx, looking, resource, title, NAMESAKES_MAX)).filter((same) => {
    const both = told.filter((field) => sent(field) !== '' && !isEmpty(same, field))
    const differs = both.some((field) => !has(same, field))
    const silent =
      told.every((field) => sent(field) === '' && isEmpty(same, field)) && (!unique || isEmpty(same, unique))
    return !differs && (!must || both.length > 0 || silent) && !isAnotherById(looking, resource, ids, same)
  })
  return found.length === 1 ? found[0] : undefined
}

/** Whether a record has another id where the row comes from. */
function isAnotherById(
  { imagined }: Looking,
  resource: Resource,
  ids: Readonly<Record<string, string>>,
  { id, kept }: Same,
): boolean {
  const custom: Record<string, unknown> = JSON.parse(String(kept?.values.custom ?? '{}'))
  return Object.entries(ids).some(
    ([key, value]) =>
      !(
        imagined?.says(resource, id, `custom.${key}`, value) ??
        (!Object.hasOwn(custom, key) || String(custom[key]) === value)
      ),
  )
}

/** By what records of one name are told apart, and whether one of these must agree. */
function tellApart(resource: Resource): { told: string[]; must: boolean } {
  const references = referencesOf(resource).map(({ field }) => field)
  const unique = uniqueFieldOf(resource)
  if (references.length === 0) return { told: unique ? [unique] : [], must: false }
  const phones = Object.keys(resource.fields).filter((field) => resource.fields[field]!.kind.alsoSearched)
  return { told: resource.fields[resource.title]!.search ? [...phones, ...references] : [], must: true }
}

/** The form in which values are compared that tell records of one name apart. */
export function plain(value: Stored | null | undefined): string {
  const text = String(value ?? '')
  const digits = text.replace(/\D/g, '')
  return /^[\d\s()+./-]+$/.test(text) ? digits : text.toLowerCase()
}

export const uniqueFieldOf = workedOut((resource: Resource): string | undefined =>
  Object.keys(resource.fields).find((field) => resource.fields[field]!.unique),
)

/** People belong to a company, so that several may have one name; companies do not. */
function namesPeople(resource: Resource): boolean {
  return referencesOf(resource).length > 0
}
