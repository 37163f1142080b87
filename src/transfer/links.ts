// The records that a row names: looked for, told of where they are not what the row says, made and filled where it may.

import type { Context } from '../context.ts'
import type { Stored } from '../declare/kinds.ts'
import type { Resource } from '../declare/resources.ts'
import type { Problem } from '../errors.ts'
import { resourceNamed } from '../query/paths.ts'
import { readChange } from '../records/change.ts'
import { patchRecord, upsertRecord } from '../records/save.ts'
import type { Draft, Link } from './draft.ts'
import { TITLE_WORDS, wordsIn } from './imagined.ts'
import { ABSENT, byUnique, findLinked, rememberAliases, type Same, uniqueFieldOf } from './match.ts'
import { countDown, fullFor, type Placing } from './placing.ts'

export interface Found {
  readonly link: Link
  readonly to: Resource
  readonly same: Same | undefined
}

/** Of the records that are there. */
export function idsOf(links: readonly Found[]): Map<string, string> {
  return new Map(links.flatMap(({ link, same }) => (same ? [[link.field, same.id] as const] : [])))
}

/** Of all records that the row names, those that are not here included. */
export function namedBy(links: readonly Found[]): Map<string, string> {
  const named = links.filter(({ link, same }) => same || !link.isGuess)
  return new Map(named.map(({ link, same }) => [link.field, same?.id ?? ABSENT]))
}

export async function linksOf(ctx: Context, placing: Placing, draft: Draft): Promise<Found[]> {
  const found: Found[] = []
  for (const link of draft.links) {
    const to = resourceNamed(placing.resources, link.to)
    found.push({ link, to, same: await findLinked(ctx, placing, to, link) })
  }
  return found
}

/** Why a row goes without the record that it names. */
export function notLinked(placing: Placing, { link, to }: Found): Problem {
  const full = link.make ? fullFor(placing, to) : undefined
  const ids =
    link.keys.length > 0 && !link.own
      ? ' of the same product, or with their ids below the same header (map=<header>:external_id),'
      : ''
  const problem = `is left empty: no ${to.name} here is the one that the row names; import the ${to.plural}${ids} first, then send this file again`
  return full ? { ...full, field: link.field } : { code: 'invalid_value', field: link.field, problem }
}

/** Found by its id or domain: the name that the row has for it is kept nowhere then. */
export function isCalledOtherwise({ imagined }: Placing, { link: { own, title }, to, same }: Found): boolean {
  if (!same || own || title === undefined) return false
  const name = same.kept?.values[to.title]
  const isSaid = imagined?.says(to, same.id, TITLE_WORDS, wordsIn(title))
  if (isSaid !== undefined) return !isSaid
  return wordsIn(String(name ?? '')) !== wordsIn(title)
}

export function otherName({ link, to }: Found): Problem {
  const problem = `is the ${to.name} that has the row's id, domain or address; it has another name here, and that of the row is left out`
  return { code: 'invalid_value', field: link.field, problem }
}

/** Makes what the row names and nobody has yet. */
export async function makeLinked(ctx: Context, placing: Placing, toMake: readonly Found[]) {
  const { imagined } = placing
  const ids = new Map<string, Stored>()
  const plurals: string[] = []
  for (const { link, to } of toMake) {
    const change = readChange(to, link.make!, ctx.caller.zone)
    if (change.problems.length > 0) continue
    const saved = imagined
      ? ({ id: ctx.recordId(to.prefix), verdict: 'created' } as const)
      : await upsertRecord(ctx, placing.savingOf(to), change)
    imagined?.write(to, { id: saved.id, isNew: true, values: change.values })
    await rememberAliases(ctx, placing, to, link.calls ?? link.keys, saved.id)
    ids.set(link.field, saved.id)
    if (saved.verdict !== 'created') continue
    countDown(placing, to)
    plurals.push(to.plural)
  }
  return { ids, plurals }
}

/** A company that was known by its name alone gets the domain that the row has for it. */
export async function fillLinked(ctx: Context, placing: Placing, links: readonly Found[]): Promise<void> {
  const { imagined } = placing
  for (const { link, to, same } of links) {
    const field = uniqueFieldOf(to)
    if (!same || !field || !link.fills || link.title === undefined) continue
    const { id, kept } = same
    const isCalled = imagined?.says(to, id, to.title, link.title) ?? kept?.values[to.title] === link.title
    const isFilled = imagined?.isFilled(id, field) || (kept?.values[field] ?? null) !== null
    if (!isCalled || isFilled || (await byUnique(ctx, placing, to, link.fills))) continue
    const change = readChange(to, { [field]: link.fills }, ctx.caller.zone)
    if (imagined) imagined.write(to, { id, isNew: false, values: change.values })
    else await patchRecord(ctx, placing.savingOf(to), id, change)
  }
}
