// Where a reminder is kept: in fields of the record that it is about, which those look for elsewhere who know tasks with a date.

import type { Resource } from '../declare/resources.ts'
import type { Problem } from '../errors.ts'
import type { Resources } from '../query/paths.ts'

/** The field that holds when to follow up. */
export const DUE = 'follow_up_at'

/** What is sent for it to records that keep no reminder. */
const MEANS_DUE = /^(?:follow_?up|due(?:_|date|on|at|$)|remind)/i

/** The nouns whose records keep one. */
export function followedOf(resources: Resources): Resource[] {
  return resources.filter(({ fields }) => Object.hasOwn(fields, DUE))
}

/** The call that sets one, as a hint names it; on the record at `path`, where that is known. */
export function settingReminder(resources: Resources, path?: string): string {
  const paths = path ? [path] : followedOf(resources).map(({ plural }) => `/${plural}/{id}`)
  return `PATCH ${paths.join(' or ')} {"${DUE}","follow_up_note"}`
}

/** The faults of a body, with the call that sets a reminder where it asks for one of records that keep none. */
export function pointToReminder(
  problems: readonly Problem[],
  resource: Resource,
  setting: () => string,
): readonly Problem[] {
  if (Object.hasOwn(resource.fields, DUE)) return problems
  const first = problems.find(({ code, field }) => code === 'unknown_field' && MEANS_DUE.test(field))
  return problems.map((each) => {
    if (each !== first) return each
    const end = /[?.]$/.test(each.problem) ? '' : '.'
    return { ...each, problem: `${each.problem}${end} To be reminded: ${setting()}` }
  })
}
