// The operators of a filter: one row each, read by the grammar, the SQL, the manual and the hints.

import type { OperatorName } from '../declare/kinds.ts'
import { likeText } from '../text/words.ts'
import type { Path } from './query.ts'

export interface Operator {
  readonly name: OperatorName
  /** As the manual tells it. */
  readonly about: string
  /** What follows the colon: one value, a CSV list, the word null, or a pattern. */
  readonly takes: 'value' | 'list' | 'null' | 'pattern'
  /** It asks which is more: of a custom key, whose values have no declared kind, it is asked of numbers alone. */
  readonly orders?: true
  /** SQL that is true for the rows wanted; one `?`, or what stands for it, for each of the `count` values. */
  readonly sql: (column: string, count: number, value?: string) => string
}

export const operators: readonly Operator[] = [
  { name: 'eq', about: 'equal; the default', takes: 'value', sql: (column, _, value = '?') => `${column} = ${value}` },
  {
    name: 'ne',
    about: 'not equal, or empty',
    takes: 'value',
    sql: (column, _, value = '?') => `(${column} IS NULL OR ${column} <> ${value})`,
  },
  {
    name: 'gt',
    about: 'more, later',
    takes: 'value',
    orders: true,
    sql: (column, _, value = '?') => `${column} > ${value}`,
  },
  {
    name: 'gte',
    about: 'at least',
    takes: 'value',
    orders: true,
    sql: (column, _, value = '?') => `${column} >= ${value}`,
  },
  {
    name: 'lt',
    about: 'less, earlier',
    takes: 'value',
    orders: true,
    sql: (column, _, value = '?') => `${column} < ${value}`,
  },
  {
    name: 'lte',
    about: 'at most',
    takes: 'value',
    orders: true,
    sql: (column, _, value = '?') => `${column} <= ${value}`,
  },
  {
    name: 'like',
    about: 'contains, any case; or a pattern with % (%25 in a URL)',
    takes: 'pattern',
    sql: (column, _, value = '?') => `${column} LIKE ${value} ESCAPE '\\'`,
  },
  {
    name: 'in',
    about: 'any of a,b,"c, d"',
    takes: 'list',
    sql: (column, count, value = '?') => `${column} IN (${Array(count).fill(value).join(', ')})`,
  },
  { name: 'is', about: 'is:null finds empty ones', takes: 'null', sql: (column) => `${column} IS NULL` },
  { name: 'not', about: 'not:null finds the others', takes: 'null', sql: (column) => `${column} IS NOT NULL` },
]

export const operatorNames: readonly OperatorName[] = operators.map(({ name }) => name)

export function operatorOf(name: OperatorName): Operator {
  return operators.find((operator) => operator.name === name)!
}

/** What a filter on the path takes; none where its keys are filtered one by one. */
export function operatorsOf({ kind, customKey }: Path): readonly OperatorName[] {
  if (customKey !== undefined) return operatorNames
  return kind.keys ? [] : kind.operators
}

/** A pattern of `like` as SQL knows it: folded, `%` the only wild card, and around it where there is none. */
export function likePattern(sent: string): string {
  const pattern = likeText(sent).replace(/[\\_]/g, '\\$&')
  return pattern.includes('%') ? pattern : `%${pattern}%`
}

/** The same for one item of a comma-separated list, where no wild card stands within, which could reach into the next. */
export function itemPattern(pattern: string): string | undefined {
  if (/[^%]%+[^%]/.test(pattern)) return undefined
  return `${pattern.startsWith('%') ? '' : '%,'}${pattern}${pattern.endsWith('%') ? '' : ',%'}`
}

/** Reads `a,b,"c, ""d"""`, as RFC 4180 quotes; undefined where a quote is not closed or text follows one. */
export function readList(text: string): string[] | undefined {
  const items: string[] = []
  let at = 0
  do {
    if (text[at] === '"') {
      let item = ''
      let end = at + 1
      for (;;) {
        const quote = text.indexOf('"', end)
        if (quote < 0) return undefined
        item += text.slice(end, quote)
        end = quote + 1
        if (text[end] !== '"') break
        item += '"'
        end++
      }
      if (end < text.length && text[end] !== ',') return undefined
      items.push(item)
      at = end + 1
    } else {
      const comma = text.indexOf(',', at)
      const end = comma < 0 ? text.length : comma
      items.push(text.slice(at, end))
      at = end + 1
    }
  } while (at <= text.length)
  return items
}
