// What a row can't become, in the words in which saving refuses it, so that a dry run says what the import then says.

import type { Context } from '../context.ts'
import type { Resource } from '../declare/resources.ts'
import type { ApiError, Problem } from '../errors.ts'
import { type Change, missingField } from '../records/change.ts'
import { mergeChange, takenBy } from '../records/save.ts'
import { secondsOf } from '../text/times.ts'
import type { Imagined } from './imagined.ts'
import { byUnique, type Same, uniqueFieldOf } from './match.ts'
import { fullFor, type Placing } from './placing.ts'

/** What a new record would lack, and whether the plan has room for it. */
export function faultsOfNew(
  placing: Placing,
  resource: Resource,
  change: Change,
  pending: ReadonlySet<string>,
): Problem[] {
  const faulty = new Set(change.problems.map(({ field }) => field))
  const has = (field: string) => (change.values.get(field) ?? null) !== null || faulty.has(field) || pending.has(field)
  const missing = missingField(resource, has)
  const full = fullFor(placing, resource)
  return [...(missing ? [missing] : []), ...(full ? [full] : [])]
}

/** What saving would refuse of a row that is well in itself: for a dry run, which saves nothing. */
export async function refusalsOf(
  ctx: Context,
  placing: Placing,
  imagined: Imagined,
  resource: Resource,
  same: Same | undefined,
  change: Change,
): Promise<Problem[]> {
  const { after, problems } = mergeChange(resource, same?.kept?.values, change, secondsOf(ctx.now))
  const has = (field: string) =>
    (after[field] ?? null) !== null || (!change.values.has(field) && imagined.isFilled(same!.id, field))
  const missing = same && missingField(resource, has)
  const faults = missing ? [...problems, missing] : problems
  if (faults.length > 0 || !same) return [...faults]
  const taken = await takenFrom(ctx, placing, resource, same, change)
  return taken ? problemsOf(taken) : []
}

/** The refusal of a value that another record has already. */
async function takenFrom(
  ctx: Context,
  placing: Placing,
  resource: Resource,
  { id, kept }: Same,
  { values }: Change,
): Promise<ApiError | undefined> {
  const field = uniqueFieldOf(resource)
  const value = field === undefined ? undefined : (values.get(field) ?? undefined)
  if (field === undefined || value === undefined || value === kept?.values[field]) return undefined
  const holder = await byUnique(ctx, placing, resource, String(value))
  return holder && holder.id !== id ? takenBy(resource, field, holder.id) : undefined
}

/** What a refusal is as faults of its row. */
export function problemsOf(refusal: ApiError): Problem[] {
  if (refusal.problems.length > 0) return [...refusal.problems]
  return [{ code: refusal.code, field: String(refusal.details.field ?? 'row'), problem: `is refused: ${refusal.hint}` }]
}
