// Filters on custom keys, whose values have no declared kind: text, numbers, true and false.

import type { OperatorName, Stored } from '../declare/kinds.ts'
import { fail } from '../errors.ts'
import { likePattern, operatorOf } from './operators.ts'

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d{1,3})?$/
const NUMBER_LENGTH_MAX = 40

/** A value of a custom filter. Throws invalid_value where an ordering is asked of something that is no number. */
export function readCustomFilter(field: string, operator: OperatorName, text: string): Stored {
  if (operator === 'like') return likePattern(text)
  if (!operatorOf(operator).orders) return text
  const number = asNumber(text)
  if (number === undefined)
    throw fail.invalidValue({ field, value: text, problem: `takes a number after ${operator}:` })
  return number
}

/** The number that a text is, as JSON writes numbers; undefined where it is none. */
export function asNumber(text: string): number | undefined {
  return text.length <= NUMBER_LENGTH_MAX && NUMBER.test(text) ? Number(text) : undefined
}
