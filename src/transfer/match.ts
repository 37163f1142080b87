// Which record a row already is, and which ones it names: what makes an import idempotent.

import type { Context } from '../context.ts'
import type { Stored } from '../declare/kinds.ts'
import { type Resource, referencesOf } from '../declare/resources.ts'
import { findByImportKeys } from '../store/import-keys.ts'
import { findByTitle, findByUnique, findForChange, type Kept } from '../store/write.ts'
import type { Draft, Link } from './draft.ts'

/** More records of one name than this are not told apart. */
const NAMESAKES_MAX = 20
/** Stands for the id of a record that a row names and that is not here: no record refers to it. */
export const ABSENT = 'absent'

/**
 * The record that a row is: by its id in crmkit, by a unique field, by what it is called where it comes from, or by its
 * name where nothing speaks against it. `linked` has the ids of the records it refers to, and ABSENT for one that it names
 * and that is not here; `isOther` says of a record of that name whether an earlier row, which was not written, gave it
 * another id.
 */
export async function findSame(
  ctx: Context,
  draft: Pick<Draft, 'resource' | 'body' | 'keys' | 'own' | 'ids'>,
  linked: ReadonlyMap<string, string>,
  isOther: (id: string) => boolean = () => false,
): Promise<Kept | undefined> {
  const { workspaceId } = ctx.caller
  const { resource, body, keys, own } = draft
  const byId = own && (await findForChange(ctx.db, workspaceId, resource, own))
  if (byId) return byId
  let hasUnique = false
  for (const [field, { unique }] of Object.entries(resource.fields)) {
    if (!unique || typeof body[field] !== 'string') continue
    hasUnique = true
    const kept = await findByUnique(ctx.db, workspaceId, resource, field, body[field])
    if (kept) return kept
  }
  const byKey = await findByKeys(ctx, resource, keys)
  if (byKey) return byKey
  // Two people of one name with different addresses are two; a company is found by its name and then gets its domain.
  if (hasUnique && namesPeople(resource)) return undefined
  // In our own export two records of one name are two.
  return own ? undefined : findNamesake(ctx, draft, linked, isOther)
}

/** The record that a link names, if there is one. */
export async function findLinked(ctx: Context, to: Resource, link: Link): Promise<Kept | undefined> {
  const { workspaceId } = ctx.caller
  const byId = link.own && (await findForChange(ctx.db, workspaceId, to, link.own))
  if (byId) return byId
  const byKey = await findByKeys(ctx, to, link.keys)
  if (byKey) return byKey
  const field = uniqueFieldOf(to)
  for (const value of field ? link.unique : []) {
    const kept = await findByUnique(ctx.db, workspaceId, to, field!, value)
    if (kept) return kept
  }
  if (link.title === undefined) return undefined
  const namesakes = await findByTitle(ctx.db, workspaceId, to, link.title, 2)
  return namesPeople(to) && namesakes.length > 1 ? undefined : namesakes[0]
}

async function findByKeys(ctx: Context, resource: Resource, keys: readonly string[]): Promise<Kept | undefined> {
  const { workspaceId } = ctx.caller
  const id = await findByImportKeys(ctx.db, workspaceId, resource, keys)
  return id === undefined ? undefined : findForChange(ctx.db, workspaceId, resource, id)
}

/** The one record of the same name that says nothing else about the fields by which namesakes are told apart. */
async function findNamesake(
  ctx: Context,
  { resource, body, ids = {} }: Pick<Draft, 'resource' | 'body' | 'ids'>,
  linked: ReadonlyMap<string, string>,
  isOther: (id: string) => boolean,
): Promise<Kept | undefined> {
  const title = body[resource.title]
  const { told, must } = tellApart(resource)
  if (typeof title !== 'string' || told.length === 0) return undefined
  const unique = uniqueFieldOf(resource)
  const sent = (field: string): Stored | undefined =>
    linked.get(field) ?? (typeof body[field] === 'string' ? String(body[field]) : undefined)
  const found = (await findByTitle(ctx.db, ctx.caller.workspaceId, resource, title, NAMESAKES_MAX)).filter(
    ({ id, values }) => {
      const pairs = told.map((field) => [plain(sent(field)), plain(values[field])] as const)
      const differs = pairs.some(([one, other]) => one !== '' && other !== '' && one !== other)
      const agrees = pairs.some(([one, other]) => one !== '' && one === other)
      const silent = pairs.every(([one, other]) => one === '' && other === '') && plain(values[unique ?? '']) === ''
      return !differs && (!must || agrees || silent) && !isAnotherById(ids, values) && !isOther(id)
    },
  )
  return found.length === 1 ? found[0] : undefined
}

/** Whether a record has another id where the row comes from. */
function isAnotherById(ids: Readonly<Record<string, string>>, { custom }: Kept['values']): boolean {
  const kept: Record<string, unknown> = JSON.parse(String(custom ?? '{}'))
  return Object.entries(ids).some(([key, id]) => Object.hasOwn(kept, key) && String(kept[key]) !== id)
}

/** By what records of one name are told apart, and whether one of these must agree. */
function tellApart(resource: Resource): { told: string[]; must: boolean } {
  const references = referencesOf(resource).map(({ field }) => field)
  const unique = uniqueFieldOf(resource)
  if (references.length === 0) return { told: unique ? [unique] : [], must: false }
  const phones = Object.keys(resource.fields).filter((field) => resource.fields[field]!.kind.alsoSearched)
  return { told: resource.fields[resource.title]!.search ? [...phones, ...references] : [], must: true }
}

function plain(value: Stored | null | undefined): string {
  const text = String(value ?? '')
  const digits = text.replace(/\D/g, '')
  return /^[\d\s()+./-]+$/.test(text) ? digits : text.toLowerCase()
}

function uniqueFieldOf(resource: Resource): string | undefined {
  return Object.keys(resource.fields).find((field) => resource.fields[field]!.unique)
}

/** People belong to a company, so that several may have one name; companies do not. */
function namesPeople(resource: Resource): boolean {
  return referencesOf(resource).length > 0
}
