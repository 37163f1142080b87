// Puts one row where it belongs: finds what it is and what it names, makes what is missing, and saves.

import type { Context } from '../context.ts'
import type { Stored } from '../declare/kinds.ts'
import type { Resource } from '../declare/resources.ts'
import type { Problem } from '../errors.ts'
import { type Change, missingField, readChange } from '../records/change.ts'
import { patchRecord, type Saving, upsertRecord } from '../records/save.ts'
import { quoted } from '../render/quoted.ts'
import { rememberImportKeys } from '../store/import-keys.ts'
import { findByUnique, type Kept } from '../store/write.ts'
import { wordsOf } from '../text/words.ts'
import type { Draft, Link } from './draft.ts'
import type { Imagined } from './imagined.ts'
import { findLinked, findSame } from './match.ts'

export type Verdict = 'created' | 'updated' | 'unchanged' | 'faulty'
/** What becomes of records that are there already: the file wins, only gaps are filled, or they stay as they are. */
export type Existing = 'update' | 'fill' | 'skip'

export interface Placed {
  readonly verdict: Verdict
  readonly problems: readonly Problem[]
  /** What the row says and could not be kept, though the row itself was. */
  readonly warnings: readonly Problem[]
  /** The plurals of what was made besides, such as the company of a contact. */
  readonly made: readonly string[]
  /** The record that the row became; where nothing is written, a name for it. */
  readonly id?: string
  /** An earlier row of the file became the same record, so that this one only filled its gaps. */
  readonly repeats?: boolean
  /** It is linked to a company because of the domain of its address. */
  readonly isGuessed?: boolean
}

export interface Placing {
  readonly savingOf: (resource: Resource) => Saving
  readonly resources: readonly Resource[]
  readonly existing: Existing
  /** Whether an earlier row of the file became this record; later ones then only fill its gaps, so that a file with
   * duplicates has the same outcome however often it is sent. */
  readonly isTouched: (id: string) => boolean
  /** How many more records of a noun (plural) the plan allows; counted down. */
  readonly room: Map<string, number>
  /** Nothing is written; what would have been is remembered here. */
  readonly imagined?: Imagined
}

const NOTHING = { problems: [], warnings: [], made: [] } as const

/** Throws what saving throws; nothing was written before it refuses. */
export async function placeDraft(ctx: Context, placing: Placing, draft: Draft): Promise<Placed> {
  const { resource } = draft
  const { imagined } = placing
  const isUnreadable = draft.problems.length > 0 && Object.keys(draft.body).length === 0
  if (isUnreadable) return { ...NOTHING, verdict: 'faulty', problems: draft.problems }
  const links = await linksOf(ctx, placing, draft)
  const same = await findSame(ctx, draft, idsOf(links), (id) => imagined?.isOther(id, draft) ?? false)
  if (same && placing.existing === 'skip') return { verdict: 'unchanged', ...NOTHING }
  const record = same?.id ?? imagined?.find(draft)
  const repeats = record !== undefined && placing.isTouched(record)
  const existing = repeats ? 'fill' : placing.existing
  // A guess never takes the place of what somebody said.
  const takes = ({ link: { field, isGuess } }: Found) =>
    (existing === 'update' && !isGuess) ||
    ((same?.values[field] ?? null) === null && !(record !== undefined && imagined?.isFilled(record, field)))
  const change = changeOf(ctx, existing, draft, idsOf(links.filter(takes)), same)
  const absent = links.filter(({ link, kept }) => !kept && !imagined?.hasLinked(link))
  const missing = absent.filter(takes)
  const toMake = missing.filter(({ link, to }) => link.make && !fullFor(placing, to))
  const unmade = missing.filter((each) => !toMake.includes(each) && !each.link.isGuess)
  const warnings = [
    ...unmade.map((each) => notLinked(placing, each)),
    ...links.filter(isCalledOtherwise).map(otherName),
  ]
  const unnamed = new Set(absent.filter(({ link }) => !link.make).map(({ link }) => link.field))
  const pending = new Set(draft.links.flatMap(({ field }) => (unnamed.has(field) ? [] : [field])))
  const problems = [
    ...draft.problems,
    ...change.problems.map((problem) => withValue(problem, draft)),
    ...(record !== undefined ? [] : faultsOfNew(placing, resource, change, pending)),
  ]
  if (problems.length > 0) return { ...NOTHING, verdict: 'faulty', problems, warnings }
  const isGuessed = links.some((each) => each.link.isGuess && takes(each) && !missing.includes(each))
  const about = { problems: [], warnings, repeats, isGuessed }
  if (imagined) {
    const linked = links.filter((each) => !each.kept && !absent.includes(each) && takes(each))
    return { ...about, ...imagine(placing, imagined, draft, { same, record, toMake, linked, change }) }
  }
  const made = await makeLinked(ctx, placing, toMake)
  if (placing.existing !== 'skip') await fillLinked(ctx, placing, links)
  const values = new Map([...change.values, ...made.ids])
  const saved = same
    ? await patchRecord(ctx, placing.savingOf(resource), same.id, { ...change, values })
    : await upsertRecord(ctx, placing.savingOf(resource), { ...change, values })
  await rememberImportKeys(ctx.db, ctx.caller.workspaceId, resource, keysToRemember(draft, saved.id), saved.id)
  if (saved.verdict === 'created') countDown(placing, resource)
  const verdict = saved.verdict === 'created' ? 'created' : saved.changed ? 'updated' : 'unchanged'
  return { ...about, verdict, made: made.plurals, id: saved.id }
}

/** The value that can't be kept, where it is text, so that it is found in the file. */
function withValue(problem: Problem, { body }: Draft): Problem {
  const value = body[problem.field]
  return typeof value === 'string' ? { ...problem, problem: `${problem.problem}; ${quoted(value)} is not` } : problem
}

interface Found {
  readonly link: Link
  readonly to: Resource
  readonly kept: Kept | undefined
}

/** Of the records that are there. */
function idsOf(links: readonly Found[]): Map<string, string> {
  return new Map(links.flatMap(({ link, kept }) => (kept ? [[link.field, kept.id] as const] : [])))
}

async function linksOf(ctx: Context, placing: Placing, draft: Draft): Promise<Found[]> {
  const found: Found[] = []
  for (const link of draft.links) {
    const to = placing.resources.find(({ name }) => name === link.to)!
    found.push({ link, to, kept: await findLinked(ctx, to, link) })
  }
  return found
}

/** Why a row goes without the record that it names. */
function notLinked(placing: Placing, { link, to }: Found): Problem {
  const full = link.make ? fullFor(placing, to) : undefined
  const problem = `is left empty: no ${to.name} here is the one that the row names; import the ${to.plural} first, then send this file again`
  return full ? { ...full, field: link.field } : { code: 'invalid_value', field: link.field, problem }
}

/** Found by its domain alone: the name that the row has for it is kept nowhere then. */
function isCalledOtherwise({ link: { own, keys, title }, to, kept }: Found): boolean {
  if (!kept || own || keys.length > 0 || title === undefined) return false
  const name = kept.values[to.title]
  return typeof name === 'string' && wordsOf(name).join(' ') !== wordsOf(title).join(' ')
}

function otherName({ link, to }: Found): Problem {
  const problem = `is the ${to.name} that has the row's domain or address; it has another name here, and that of the row is left out`
  return { code: 'invalid_value', field: link.field, problem }
}

/** The row as a change of the record that it is: tags are added, and gaps alone are filled where that is asked. */
function changeOf(
  ctx: Context,
  existing: Existing,
  draft: Draft,
  found: ReadonlyMap<string, string>,
  same: Kept | undefined,
): Change {
  const sent = Object.entries({ ...draft.body, ...Object.fromEntries(found) }).filter(
    ([, value]) => value !== undefined,
  )
  const change = readChange(draft.resource, Object.fromEntries(sent), ctx.caller.zone)
  const values = new Map<string, Stored | null>()
  for (const [field, value] of change.values) {
    const { kind } = draft.resource.fields[field]!
    const before = same?.values[field] ?? null
    // A gap is no value, and nothing to fill with.
    if (value === null && existing === 'fill') continue
    if (before === null || value === null) values.set(field, value)
    else if (kind.many) values.set(field, [...new Set(`${before},${value}`.split(','))].join(','))
    else if (kind.keys && existing === 'fill') values.set(field, gapsOf(String(before), String(value)))
    else if (existing === 'update') values.set(field, value)
  }
  const restored = same ? undefined : { id: draft.own, server: draft.server }
  return { ...change, values, restored }
}

function gapsOf(before: string, sent: string): string {
  const kept = JSON.parse(before)
  return JSON.stringify(
    Object.fromEntries(Object.entries(JSON.parse(sent)).filter(([key]) => !Object.hasOwn(kept, key))),
  )
}

/** What a new record would lack, and whether the plan has room for it. */
function faultsOfNew(placing: Placing, resource: Resource, change: Change, pending: ReadonlySet<string>): Problem[] {
  const faulty = new Set(change.problems.map(({ field }) => field))
  const has = (field: string) => (change.values.get(field) ?? null) !== null || faulty.has(field) || pending.has(field)
  const missing = missingField(resource, has)
  const full = fullFor(placing, resource)
  return [...(missing ? [missing] : []), ...(full ? [full] : [])]
}

function fullFor({ room, savingOf }: Placing, resource: Resource): Problem | undefined {
  if ((room.get(resource.plural) ?? 1) > 0) return undefined
  const { cap } = savingOf(resource)
  const problem = `is not made: the plan allows ${cap} ${resource.plural}; ask for another plan and send the file again`
  return { code: 'plan_limit_reached', field: resource.name, problem }
}

function countDown({ room }: Placing, resource: Resource): void {
  const left = room.get(resource.plural)
  if (left !== undefined) room.set(resource.plural, left - 1)
}

/** Makes what the row names and nobody has yet. */
async function makeLinked(ctx: Context, placing: Placing, toMake: readonly Found[]) {
  const ids = new Map<string, Stored>()
  const plurals: string[] = []
  for (const { link, to } of toMake) {
    const change = readChange(to, link.make!, ctx.caller.zone)
    if (change.problems.length > 0) continue
    const saved = await upsertRecord(ctx, placing.savingOf(to), change)
    await rememberImportKeys(ctx.db, ctx.caller.workspaceId, to, link.keys, saved.id)
    ids.set(link.field, saved.id)
    if (saved.verdict !== 'created') continue
    countDown(placing, to)
    plurals.push(to.plural)
  }
  return { ids, plurals }
}

/** A company that was known by its name alone gets the domain that the row has for it. */
async function fillLinked(ctx: Context, placing: Placing, links: readonly Found[]): Promise<void> {
  for (const { link, to, kept } of links) {
    if (!kept || !link.fills || kept.values[to.title] !== link.title) continue
    const field = Object.keys(to.fields).find((name) => to.fields[name]!.unique)!
    if (kept.values[field] !== null) continue
    if (await findByUnique(ctx.db, ctx.caller.workspaceId, to, field, link.fills)) continue
    await patchRecord(ctx, placing.savingOf(to), kept.id, readChange(to, { [field]: link.fills }, ctx.caller.zone))
  }
}

/** Its own id too, where a record of our export became another one here. */
function keysToRemember({ keys, own }: Draft, id: string): readonly string[] {
  return own === id ? [] : keys
}

interface Decided {
  readonly same: Kept | undefined
  /** Which record it is, of the workspace or of this file. */
  readonly record: string | undefined
  readonly toMake: readonly Found[]
  /** Links to what earlier rows would have made. */
  readonly linked: readonly Found[]
  readonly change: Change
}

function imagine(
  placing: Placing,
  imagined: Imagined,
  draft: Draft,
  decided: Decided,
): Pick<Placed, 'verdict' | 'made' | 'id'> {
  const { same, record, toMake, linked, change } = decided
  const { resource } = draft
  for (const { link, to } of toMake) {
    imagined.addLinked(link)
    countDown(placing, to)
  }
  const made = toMake.map(({ to }) => to.plural)
  const parts = [...change.values].flatMap(([field, value]) => partsOf(resource, field, value))
  const linkFields = [...toMake, ...linked].map(({ link }) => link.field)
  const isNews = ([field, value]: readonly [string, Stored | null]) => {
    const sent = partsOf(resource, field, value)
    const isDone = record !== undefined && sent.length > 0 && sent.every((part) => imagined.isFilled(record, part))
    return !isDone && !isKept(resource, field, same, value)
  }
  const differs = linkFields.length > 0 || [...change.values].some(isNews)
  const id = imagined.add(draft, record)
  imagined.fill(id, [...parts, ...linkFields, ...(record === undefined ? defaultsOf(resource) : [])])
  if (record !== undefined) return { verdict: differs ? 'updated' : 'unchanged', made, id }
  countDown(placing, resource)
  return { verdict: 'created', made, id }
}

/** What of a record a value fills: the field, each of its keys, or each of its items. */
function partsOf(resource: Resource, field: string, value: Stored | null): string[] {
  if (value === null) return []
  const { keys, many } = resource.fields[field]!.kind
  if (keys) return keys.entries(String(value)).map(([key]) => `${field}.${key}`)
  return many
    ? String(value)
        .split(',')
        .map((item) => `${field}=${item}`)
    : [field]
}

/** What a new record has although nobody sent it. */
function defaultsOf({ fields }: Resource): string[] {
  return Object.entries(fields).flatMap(([field, { default: fallback, setBy }]) =>
    fallback === undefined || setBy ? [] : [field],
  )
}

function isKept(resource: Resource, field: string, same: Kept | undefined, value: Stored | null): boolean {
  const before = same?.values[field] ?? null
  const keys = resource.fields[field]!.kind.keys
  if (!keys || value === null) return before === value
  const merged = keys.merge(before === null ? null : String(before), String(value))
  return 'value' in merged && merged.value === before
}
