// Values as other query languages write them, and the filters of ours that say the same. Where it is not sure what was
// meant nothing is said: a hint that gives the opposite is worse than none.

import type { OperatorName } from '../declare/kinds.ts'
import { quoted } from '../render/quoted.ts'
import { nearest } from '../text/nearest.ts'
import { readList } from './operators.ts'

interface Meant {
  readonly operators: readonly OperatorName[]
  readonly words: string
}

const OPERATORS = new Map<string, Meant>([
  ...called('ne', 'neq noteq'),
  ...called('ne', 'nin notin', '"ne", once for each value'),
  ...called('eq', 'equals'),
  ...called('lt', 'before under'),
  ...called('lte', 'le max until'),
  ...called('gt', 'after over'),
  ...called('gte', 'ge min since from'),
  ...called('in', 'any'),
  ...called('like', 'contains includes ilike match'),
  ...called('like', 'starts startswith', '"like" with % behind'),
  ...called('like', 'endswith', '"like" with % before'),
  ['between', { operators: ['gte', 'lte'], words: '"gte" and "lte", one parameter each' }],
])
/** There is no such operator, and the nearest is the opposite. */
const NONE = new Set(['unlike', 'nlike', 'notlike', 'notcontains', 'ngt', 'ngte', 'nlt', 'nlte', 'nis'])
const ASKS_FOR_EMPTY = new Set(['isnull', 'isempty', 'null'])
const ASKS_FOR_FILLED = new Set(['notnull', 'isnotnull', 'notempty', 'exists'])
const NO = /^(?:f(?:alse)?|no?|off|0)$/i
const NULL = /^(?:null|)$/i
const EMPTY = /^(?:empty|none|nil|undefined|blank)$/i
const NOT_NULL = /^(?:not|!)[\s_:-]*null$/i
const PREFIXED = /^([a-z]+):(.*)$/s
/** Longer ones would be cut in the hint. */
const CALL_LENGTH_MAX = 80

/** The operator of ours for `word`, which `rest` followed, as words in a question; undefined where `known` has none. */
export function operatorMeant(word: string, rest: string, known: readonly OperatorName[]): string | undefined {
  if (NONE.has(word)) return undefined
  const test = nullTest(word, rest)
  if (test) return known.includes('is') ? `"${test}"` : undefined
  const meant = OPERATORS.get(word)
  if (meant) return meant.operators.every((operator) => known.includes(operator)) ? meant.words : undefined
  const near = nearest(word, known)
  return near && `"${near}"`
}

/** `isnull` and `true` as a value of ours. */
export function nullTest(word: string, value: string): 'is:null' | 'not:null' | undefined {
  if (!ASKS_FOR_EMPTY.has(word) && !ASKS_FOR_FILLED.has(word)) return undefined
  return ASKS_FOR_EMPTY.has(word) !== NO.test(value) ? 'is:null' : 'not:null'
}

/** The filters that leave out what was sent behind a `!=` or a `not:`; undefined where ours can't, or nobody knows. */
export function leavingOut(field: string, sent: string): string | undefined {
  const [, operator, rest] = PREFIXED.exec(sent) ?? ['', undefined, sent]
  if (operator !== undefined && !['eq', 'ne', 'in', 'is'].includes(operator)) return undefined
  if (NULL.test(rest!)) return operator === 'in' ? undefined : quoted(`${field}=not:null`)
  if (operator === 'is' || NOT_NULL.test(rest!)) return undefined
  const values = operator === 'eq' ? [rest!] : (readList(rest!) ?? [rest!])
  if (values.some((value) => NULL.test(value))) return undefined
  const call = values.map((value) => `${field}=ne:${inAddress(value)}`).join('&')
  const isOneText = operator === undefined && values.some((value) => /^\s/.test(value))
  if (isOneText || (values.length > 1 && call.length > CALL_LENGTH_MAX))
    return `${quoted(`${field}=ne:<value>`)}, once for each value`
  return quoted(call)
}

/** What to write where `is:` and `not:`, which take null alone, were sent with something else; empty where that is null too. */
export function besideNull(
  field: string,
  operator: OperatorName,
  sent: string,
  known: readonly OperatorName[],
): string {
  if (NULL.test(sent)) return ''
  if (EMPTY.test(sent)) return `; did you mean ${quoted(`${field}=${operator}:null`)}?`
  const isFilled = operator === 'is' && NOT_NULL.test(sent)
  if (isFilled) return `; did you mean ${quoted(`${field}=not:null`)}?`
  const negated = operator === 'is' ? /^(?:not[\s_:-]|!)(.*)$/is.exec(sent)?.[1]?.trim() : undefined
  const left = operator === 'not' ? sent : negated
  const instead = left === undefined ? equalTo(field, sent, known) : leavingOut(field, left)
  return instead ? `; for values write ${instead}` : ''
}

/** `is:lead`, `is:a,b` and `is:gt:5` without the `is:`. */
function equalTo(field: string, sent: string, known: readonly OperatorName[]): string | undefined {
  const operator = PREFIXED.exec(sent)?.[1]
  if (operator === undefined) return quoted(`${field}=${sent.includes(',') ? 'in:' : ''}${inAddress(sent)}`)
  return known.some((name) => name === operator && name !== 'is' && name !== 'not')
    ? quoted(`${field}=${inAddress(sent)}`)
    : undefined
}

/** What an unknown parameter without a value may have been, which others stood before: `T` in `search=AT&T`. */
export function lostAmpersand(name: string, value: string, before: number): string | undefined {
  const isWords = !/[!<>=_[]/.test(name)
  return isWords && value === '' && before > 0 ? 'an & in the value before it, which is %26 in a URL' : undefined
}

/** With what would end a value in an address, or mean something else there, encoded. */
export function inAddress(value: string): string {
  return value.replace(/[%&+#]/g, encodeURIComponent)
}

/** `amount_cents:desc` and its like, with the sign that turns the order; `-amount_cent` keeps its own. */
export function sortMeant(sent: string, known: readonly string[]): string | undefined {
  const [first] = sent.split(/,(?!\s*(?:asc|desc))/i)
  const way = WAY.exec(first!)
  // `{"created_at":-1}`, `created_at:-1`.
  const sign = /^-|-$|[:= ]-1\b/.test(first!) ? '-' : ''
  if (way && sign && /^asc/i.test(way[1]!)) return undefined
  const name = first!
    .replace(WAY, '')
    .split(/[^\w.]/)
    .find((part) => part !== '')
  const field = name && nearest(name, known)
  return field ? quoted(`${way && /^desc/i.test(way[1]!) ? '-' : sign}${field}`) : undefined
}

const WAY = /[^a-z0-9]?(?<![a-z])(asc|desc)(?:ending)?(?![a-z])/i

function called(operator: OperatorName, words: string, how = `"${operator}"`): [string, Meant][] {
  return words.split(' ').map((word) => [word, { operators: [operator], words: how }])
}
