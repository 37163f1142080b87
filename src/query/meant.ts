// Comparisons in the words of other query languages, and what they are in ours: the nearest by letters may be the opposite.

import { quoted } from '../render/quoted.ts'
import { nearest } from '../text/nearest.ts'

const OPERATORS = new Map(
  Object.entries({
    ...{ neq: '"ne"', nin: '"ne", once for each value', notin: '"ne", once for each value', equals: '"eq"' },
    ...{ before: '"lt"', after: '"gt"', since: '"gte"', from: '"gte"', until: '"lte"' },
    ...{ between: '"gte" and "lte", one parameter each', any: '"in"', isnull: '"is"', notnull: '"not"' },
    ...{ contains: '"like"', includes: '"like"', ilike: '"like"', match: '"like"', starts: '"like" with % behind' },
  }),
)

/** The operator of ours, as words in a question; undefined where there is none. */
export function operatorMeant(word: string, known: readonly string[]): string | undefined {
  const near = nearest(word, known)
  return OPERATORS.get(word) ?? (near && `"${near}"`)
}

const COMPARISON = /^([^!<>]+)([!<>])(.*)$/s
const ALSO_EQUAL: Readonly<Record<string, string>> = { '!': 'ne', '<': 'lte', '>': 'gte' }
const ALONE: Readonly<Record<string, string>> = { '!': 'ne', '<': 'lt', '>': 'gt' }

/** `stage!=lead` and `created_at>2026-01-01`, which came as parameters `stage!` and `created_at>2026-01-01`, as filters of ours. */
export function filterMeant(name: string, value: string): string | undefined {
  const [, field, sign, rest] = COMPARISON.exec(name) ?? []
  if (field === undefined) return undefined
  const filter = rest === '' ? `${field}=${ALSO_EQUAL[sign!]}:${value}` : `${field}=${ALONE[sign!]}:${rest}`
  return quoted(filter)
}
