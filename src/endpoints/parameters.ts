// Query parameters and bodies of the calls that are not derived from a noun.

import { fail, type Problem } from '../errors.ts'
import type { Parameters } from '../query/grammar.ts'
import { lostAmpersand } from '../query/meant-values.ts'
import type { Body } from '../records/change.ts'
import { nearest } from '../text/nearest.ts'

const TEXT_LENGTH_MAX = 500

const NONE: Readonly<Record<string, undefined>> = Object.freeze({})

/** Each parameter once, by name. Throws for one that was sent twice. */
export function readParameters(query: Parameters): Readonly<Record<string, string | undefined>> {
  if (query.length === 0) return NONE
  const read = new Map<string, string>()
  for (const [name, value] of query) {
    if (read.has(name)) throw fail.repeatedParameter({ name })
    read.set(name, value)
  }
  return Object.fromEntries(read)
}

/** Throws unknown_parameter where a name is not among `known`. */
export function refuseUnknownParameters(query: Parameters, known: readonly string[]): void {
  for (const [place, [name, value]] of query.entries())
    if (!known.includes(name)) {
      const all = [...new Set([...known, 'format'])]
      throw fail.unknownParameter({ name, known: all, meant: lostAmpersand(name, value, place) })
    }
}

/** What is wrong with a text; undefined where nothing is. */
export type Check = (text: string) => string | undefined

/** Text fields of a body, each as its check wants it. Throws every fault at once: unknown_field, missing_field, invalid_value. */
export function readTexts<Needed extends string, Allowed extends string>(
  body: Body,
  needed: readonly Needed[],
  allowed: readonly Allowed[],
  checks: { readonly [field in Needed | Allowed]?: Check } = {},
): Record<Needed, string> & Partial<Record<Allowed, string>> {
  const known: readonly string[] = [...needed, ...allowed]
  const problems: Problem[] = []
  for (const [field, value] of Object.entries(body)) {
    const near = nearest(field, known)
    if (!known.includes(field))
      problems.push({
        code: 'unknown_field',
        field,
        problem: `is not a field of this call${near ? ` - did you mean "${near}"?` : '.'} Send: ${known.join(', ')}`,
      })
    else if (typeof value !== 'string' || value === '')
      problems.push({ code: 'invalid_value', field, problem: 'must be text in quotes, and not empty' })
    else if (value.length > TEXT_LENGTH_MAX)
      problems.push({ code: 'invalid_value', field, problem: `has at most ${TEXT_LENGTH_MAX} characters` })
    else {
      const problem = checks[field as Needed | Allowed]?.(value)
      if (problem !== undefined) problems.push({ code: 'invalid_value', field, problem })
    }
  }
  for (const field of needed)
    if (!Object.hasOwn(body, field)) problems.push({ code: 'missing_field', field, problem: 'is missing' })
  if (problems.length > 0) throw fail.invalidBody(problems)
  return body as Record<Needed, string> & Partial<Record<Allowed, string>>
}
