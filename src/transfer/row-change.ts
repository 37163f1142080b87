// What a row asks of the record that it is: values beside those that are kept there, or in their place.

import type { Context } from '../context.ts'
import type { Kind, Read, Stored } from '../declare/kinds.ts'
import type { Problem } from '../errors.ts'
import { type Change, readChange } from '../records/change.ts'
import { quoted } from '../render/quoted.ts'
import type { Kept } from '../store/write.ts'
import type { Draft } from './draft.ts'
import type { Existing } from './placing.ts'

/** The row as a change of the record that it is: tags are added, and gaps alone are filled where that is asked. */
export function changeOf(
  ctx: Context,
  existing: Existing,
  draft: Draft,
  found: ReadonlyMap<string, string>,
  same: Kept | undefined,
): Change {
  const sent = Object.entries({ ...draft.body, ...Object.fromEntries(found) }).filter(
    ([, value]) => value !== undefined,
  )
  const { zone } = ctx.caller
  const change = readChange(draft.resource, Object.fromEntries(sent), zone)
  const values = new Map<string, Stored | null>()
  const problems = [...change.problems]
  for (const [field, value] of change.values) {
    const { kind } = draft.resource.fields[field]!
    const read = besideKept(kind, same?.values[field] ?? null, value, { existing, zone })
    if (read && 'problem' in read) problems.push({ code: 'invalid_value', field, problem: read.problem })
    else if (read) values.set(field, read.value)
  }
  const restored = same ? undefined : { id: draft.own, server: draft.server }
  return { ...change, values, problems, restored }
}

/** What a field holds once a value comes to the one that is kept; undefined where it stays as it is. */
function besideKept(
  kind: Kind,
  before: Stored | null,
  sent: Stored | null,
  { existing, zone }: { existing: Existing; zone: string },
): Read | undefined {
  // A gap is no value, and nothing to fill with.
  if (sent === null && existing === 'fill') return undefined
  if (before === null || sent === null) return { value: sent }
  if (kind.many) return kind.read(`${before},${sent}`, zone)
  if (kind.keys && existing === 'fill') return { value: gapsOf(String(before), String(sent)) }
  return existing === 'update' ? { value: sent } : undefined
}

function gapsOf(before: string, sent: string): string {
  const kept = JSON.parse(before)
  return JSON.stringify(
    Object.fromEntries(Object.entries(JSON.parse(sent)).filter(([key]) => !Object.hasOwn(kept, key))),
  )
}

/** The value that can't be kept, where it is text, so that it is found in the file. */
export function withValue(problem: Problem, { body }: Draft): Problem {
  const value = body[problem.field]
  return typeof value === 'string' ? { ...problem, problem: `${problem.problem}; ${quoted(value)} is not` } : problem
}
