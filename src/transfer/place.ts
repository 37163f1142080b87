// Puts one row where it belongs: finds what it is and what it names, makes what is missing, and saves.

import type { Context } from '../context.ts'
import type { Stored } from '../declare/kinds.ts'
import type { Resource } from '../declare/resources.ts'
import type { Problem } from '../errors.ts'
import { type Change, missingField, readChange } from '../records/change.ts'
import { patchRecord, upsertRecord } from '../records/save.ts'
import { quoted } from '../render/quoted.ts'
import { rememberImportKeys } from '../store/import-keys.ts'
import type { Kept } from '../store/write.ts'
import type { Draft } from './draft.ts'
import type { Imagined } from './imagined.ts'
import {
  type Found,
  fillLinked,
  idsOf,
  isCalledOtherwise,
  linksOf,
  makeLinked,
  namedBy,
  notLinked,
  otherName,
} from './links.ts'
import { findSame } from './match.ts'
import { countDown, type Existing, fullFor, type Placing } from './placing.ts'

export type Verdict = 'created' | 'updated' | 'unchanged' | 'faulty'
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

const NOTHING = { problems: [], warnings: [], made: [] } as const

/** Throws what saving throws; nothing was written before it refuses. */
export async function placeDraft(ctx: Context, placing: Placing, draft: Draft): Promise<Placed> {
  const { resource } = draft
  const { imagined } = placing
  const isUnreadable = draft.problems.length > 0 && Object.keys(draft.body).length === 0
  if (isUnreadable) return { ...NOTHING, verdict: 'faulty', problems: draft.problems }
  const links = await linksOf(ctx, placing, draft)
  const same = await findSame(ctx, draft, namedBy(links), (id) => imagined?.isOther(id, draft) ?? false)
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
