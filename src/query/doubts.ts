// What an empty answer may owe to how it was asked: questions that are understood, and seldom meant so.

import type { Stored } from '../declare/kinds.ts'
import type { Filter, Query } from './query.ts'

/** `LIKE:`, `not_in:`, `$gt:`, `!lead`, `*ada*`, `(a,b)`: what other programs read something into. */
const OTHER_NOTATION = /^(?:[$!=~<>(*]|\w+:)|\*$/
const CONNECTIVES = new Set(['or', 'and', 'not'])

/** A sentence for whoever asked, where `total` records answered; undefined where nothing is odd. */
export function doubtOf({ filters, words }: Pick<Query, 'filters' | 'words'>, total: number): string | undefined {
  const texts = filters.filter(isAboutWholeText)
  if (texts.some(({ values }) => values.some(isNullWord)))
    return 'null was compared as a word; is:null finds empty fields, not:null the others.'
  if (total > 0) return undefined
  if (texts.some(({ values }) => values.some((value) => OTHER_NOTATION.test(String(value)))))
    return 'the value was compared as it stands, signs and all; operators are written like lower-case words with a colon: ne:lead, in:a,b, like:ada.'
  if (texts.length > 0)
    return 'text is compared whole, and case by case; like: finds parts in any case, in:a,b any of several.'
  if (filters.some(({ path, operator }) => path.kind.schema.format === 'date-time' && operator === 'eq'))
    return 'a time is compared to the second, and a date is its midnight; gte: and lt: find a whole day.'
  if (words.some((word) => CONNECTIVES.has(word)))
    return 'every word of search must match, "or", "and" and "not" too; search once for each alternative.'
  return undefined
}

/** Not of addresses and domains, which are looked for whole and in any case, and are often not there. */
function isAboutWholeText({ path, operator }: Filter): boolean {
  const isText = path.kind.shadow?.suffix === 'folded' || path.customKey !== undefined
  return isText && ['eq', 'ne', 'in'].includes(operator)
}

function isNullWord(value: Stored): boolean {
  return String(value).toLowerCase() === 'null'
}
