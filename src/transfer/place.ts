// Puts one row where it belongs: finds what it is and what it names, makes what is missing, and saves.

import type { Context } from '../context.ts'
import type { Stored } from '../declare/kinds.ts'
import type { Resource } from '../declare/resources.ts'
import type { Problem } from '../errors.ts'
import type { Change } from '../records/change.ts'
import { patchRecord, type Saved, type Saving, upsertRecord } from '../records/save.ts'
import type { Kept, Values } from '../store/write.ts'
import type { Draft } from './draft.ts'
import { type Imagined, partsOf } from './imagined.ts'
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
import { findSame, freeKeys, isHere, remember, rememberAliases, type Same } from './match.ts'
import { faultOfStray } from './own-ids.ts'
import { countDown, type Existing, fullFor, type Placing } from './placing.ts'
import { faultsOfNew, refusalsOf } from './refusals.ts'
import { changeOf, withValue } from './row-change.ts'

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
  const { imagined } = placing
  const { stray } = draft
  if (stray && (await isHere(ctx, placing, stray.resource, stray.id)))
    return { ...NOTHING, verdict: 'faulty', problems: [faultOfStray(draft.resource, stray.resource)] }
  const isUnreadable = draft.problems.length > 0 && Object.keys(draft.body).length === 0
  if (isUnreadable) return { ...NOTHING, verdict: 'faulty', problems: draft.problems }
  const links = await linksOf(ctx, placing, draft)
  const same = await findSame(ctx, placing, draft, namedBy(links))
  const repeats = same !== undefined && placing.isTouched(same.id)
  if (same && placing.existing === 'skip' && !repeats) {
    await rememberKeys(ctx, placing, draft, same.id, same)
    return { verdict: 'unchanged', ...NOTHING }
  }
  const plan = planOf(ctx, placing, draft, { links, same, existing: repeats ? 'fill' : placing.existing })
  const { problems, change, isGuessed } = plan
  if (problems.length > 0) return { ...NOTHING, verdict: 'faulty', problems, warnings: plan.warnings }
  const refused = imagined ? await refusalsOf(ctx, placing, imagined, draft.resource, same, change) : []
  if (refused.length > 0) return { ...NOTHING, verdict: 'faulty', problems: refused }
  const { saved, made } = await carryOut(ctx, placing, draft, plan)
  const verdict = saved.verdict === 'created' ? 'created' : saved.changed ? 'updated' : 'unchanged'
  const isDoubtful = verdict === 'created' && draft.own !== undefined && draft.isTyped
  const warnings = isDoubtful ? [madeUnder(draft.resource), ...plan.warnings] : plan.warnings
  return { problems: [], warnings, repeats, isGuessed, verdict, made, id: saved.id }
}

/** What was found of a row, and what becomes of what is there. */
interface Looked {
  readonly links: readonly Found[]
  readonly same: Same | undefined
  readonly existing: Existing
}

/** What a row asks for; nothing of it is done yet. */
interface Plan extends Looked {
  readonly change: Change
  /** Named by the row, and not there. */
  readonly toMake: readonly Found[]
  readonly isGuessed: boolean
  readonly warnings: readonly Problem[]
  readonly problems: readonly Problem[]
}

function planOf(ctx: Context, placing: Placing, draft: Draft, { links, same, existing }: Looked): Plan {
  const { resource } = draft
  // A guess never takes the place of what somebody said.
  const takes = ({ link: { field, isGuess }, same: named }: Found) =>
    (existing === 'update' && !isGuess && !named?.isOneOfSeveral) ||
    ((same?.kept?.values[field] ?? null) === null && !(same && placing.imagined?.isFilled(same.id, field)))
  const change = changeOf(ctx, existing, draft, idsOf(links.filter(takes)), same?.kept)
  const missing = links.filter((each) => !each.same && takes(each))
  const toMake = missing.filter(({ link, to }) => link.make && !fullFor(placing, to))
  const unmade = missing.filter((each) => !toMake.includes(each) && !each.link.isGuess)
  const pending = new Set(toMake.map(({ link }) => link.field))
  return {
    ...{ links, same, existing, change, toMake },
    isGuessed: links.some((each) => each.link.isGuess && takes(each) && !missing.includes(each)),
    warnings: [
      ...unmade.map((each) => notLinked(placing, each)),
      ...links.filter((each) => isCalledOtherwise(placing, each)).map(otherName),
    ],
    problems: [
      ...draft.problems,
      ...change.problems.map((problem) => withValue(problem, draft)),
      ...(same ? [] : faultsOfNew(placing, resource, change, pending).map((fault) => ofNoRecord(fault, draft))),
    ],
  }
}

/** Makes what the row names, and saves the row itself; in a dry run both are remembered alone. */
async function carryOut(ctx: Context, placing: Placing, draft: Draft, plan: Plan) {
  const { resource } = draft
  const { imagined } = placing
  const { same, change } = plan
  const made = await makeLinked(ctx, placing, plan.toMake)
  if (placing.existing !== 'skip') await fillLinked(ctx, placing, plan.links)
  const whole = { ...change, values: new Map([...change.values, ...made.ids]) }
  const saved = imagined
    ? imagine(ctx, imagined, draft, same, whole, plan.existing === 'fill')
    : same
      ? await patchRecord(ctx, withPast(placing.savingOf(resource), draft), same.id, whole)
      : await upsertRecord(ctx, placing.savingOf(resource), whole)
  await rememberKeys(ctx, placing, draft, saved.id, same)
  if (saved.verdict === 'created') countDown(placing, resource)
  return { saved, made: made.plurals }
}

/** What changes a record that is not here lacks nothing that a column could give. */
function ofNoRecord(fault: Problem, { resource, own, isTyped }: Draft): Problem {
  if (fault.code !== 'missing_field' || own === undefined || !isTyped) return fault
  const problem = `is the id of no ${resource.name} here, and a new one needs ${resource.needs.join(' or ')}`
  return { code: 'invalid_value', field: 'id', problem }
}

function madeUnder({ name }: Resource): Problem {
  const problem = `is the id of no ${name} here, and one was made under it: if it was mistyped, this is a second one`
  return { code: 'invalid_value', field: 'id', problem }
}

/** What follows from a change of a record that is here, such as when a deal closed, the file knows better too. */
function withPast(saving: Saving, { server = {} }: Draft): Saving {
  const { settle } = saving
  if (!settle) return saving
  const isNew = (before: Values | undefined, field: string, value: Stored | null) =>
    value !== null && value !== (before?.[field] ?? null)
  return {
    ...saving,
    settle: (before, after, now) =>
      Object.fromEntries(
        Object.entries(settle(before, after, now)).map(([field, value]) => [
          field,
          isNew(before, field, value) ? (server[field] ?? value) : value,
        ]),
      ),
  }
}

/**
 * Its own id too, where a record of our export became another one here, so that what refers to it follows. A key stays with
 * the record that has it, where the row was found by something else, such as its address.
 */
async function rememberKeys(
  ctx: Context,
  placing: Placing,
  draft: Draft,
  id: string,
  same: Same | undefined,
): Promise<void> {
  const { resource, keys, aliases = [], own } = draft
  if (own !== id) {
    const mayBeTaken = same && (same.isBeforeKeys || keys.length > 1)
    const free = mayBeTaken ? await freeKeys(ctx, placing, resource, keys, id) : keys
    await remember(ctx, placing, resource, free, id)
  }
  await rememberAliases(ctx, placing, resource, aliases, id)
}

/** What saving would give, and later rows would find. */
function imagine(
  ctx: Context,
  imagined: Imagined,
  { resource, own, ids = {} }: Draft,
  same: Same | undefined,
  { values }: Change,
  fillsGaps: boolean,
): Omit<Saved, 'values'> {
  const isNews = ([field, value]: readonly [string, Stored | null]) => {
    const sent = partsOf(resource, field, value)
    if (same && fillsGaps && sent.length > 0 && sent.every((part) => imagined.isFilled(same.id, part))) return false
    const isSaid = same && value !== null ? imagined.says(resource, same.id, field, value) : undefined
    return isSaid === undefined ? !isKept(resource, field, same?.kept, value) : !isSaid
  }
  const changed = [...values].some(isNews)
  const id = same?.id ?? own ?? ctx.recordId(resource.prefix)
  const custom: Record<string, unknown> = JSON.parse(String(values.get('custom') ?? '{}'))
  const written = Object.fromEntries(Object.entries(ids).filter(([key]) => Object.hasOwn(custom, key)))
  imagined.write(resource, { id, isNew: !same, values, fillsGaps, ids: written })
  return { id, verdict: same ? 'updated' : 'created', changed }
}

function isKept(resource: Resource, field: string, same: Kept | undefined, value: Stored | null): boolean {
  const before = same?.values[field] ?? null
  const keys = resource.fields[field]!.kind.keys
  if (!keys || value === null) return before === value
  const merged = keys.merge(before === null ? null : String(before), String(value))
  return 'value' in merged && merged.value === before
}
