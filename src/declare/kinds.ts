// Kinds of values. A kind answers for itself: what it takes in, how it is kept, compared, printed and searched.
// Shared code asks the kind; it never asks which kind it is.

import { ADDRESS_LENGTH_MAX, addressAsked, addressKey, domainKey, isAddress } from '../text/addresses.ts'
import { nearest } from '../text/nearest.ts'
import { askPhone, digitsOf } from '../text/phones.ts'
import { printTime, readTime } from '../text/times.ts'
import { likeText } from '../text/words.ts'
import { type HandleKind, idOf } from './handles.ts'

export type Stored = string | number
export type Read = { readonly value: Stored | null } | { readonly problem: string }
export type OperatorName = 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte' | 'like' | 'in' | 'is' | 'not'

export interface Kind {
  readonly name: string
  /** What a value looks like, in the manual and in hints. */
  readonly form: string
  readonly example: string
  /** JSON Schema (2020-12) of a value in bodies and in JSON answers, where it is not empty. */
  readonly schema: Readonly<Record<string, unknown>>
  readonly storage: 'text' | 'integer'
  readonly operators: readonly OperatorName[]
  /** A body's value to what is stored; null where it is empty. `zone` is the workspace's IANA time zone. */
  readonly read: (input: unknown, zone: string) => Read
  /** The text of a filter to what is compared. */
  readonly ask: (text: string, zone: string) => Read
  /** What is stored to the text of an answer, before quoting. */
  readonly print: (stored: Stored, zone: string) => string
  readonly json: (stored: Stored) => unknown
  /** A column kept beside the value so that both engines compare alike: folded for `like`, or a normal form. */
  readonly shadow?: { readonly suffix: 'folded' | 'key'; readonly of: (stored: string) => string }
  /** `eq` looks for one of several comma-separated items. */
  readonly many?: true
  /** The name of the resource whose ids these are. */
  readonly refersTo?: string
  /** What search finds beside the printed text. */
  readonly alsoSearched?: (stored: string) => string
  /** Holds keys of the user's own: they are merged on update, and print one by one. */
  readonly keys?: {
    readonly merge: (before: string | null, sent: string) => Read
    readonly entries: (stored: string) => readonly (readonly [key: string, value: unknown])[]
  }
}

const TEXT_LENGTH_MAX = 500
const LONG_TEXT_LENGTH_MAX = 20_000
const TAGS_MAX = 100
export const TAG_LENGTH_MAX = 64
const EXACT: readonly OperatorName[] = ['eq', 'ne', 'in', 'is', 'not']
const MATCHED: readonly OperatorName[] = ['eq', 'ne', 'like', 'in', 'is', 'not']
const ORDERED: readonly OperatorName[] = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'is', 'not']

const same = (stored: Stored) => stored
const folded = { suffix: 'folded', of: likeText } as const

export const text = textKind('text', 'text', TEXT_LENGTH_MAX)
export const longText = textKind('long text', 'text', LONG_TEXT_LENGTH_MAX)

function textKind(name: string, form: string, max: number): Kind {
  const read = (input: unknown): Read => {
    if (typeof input !== 'string') return { problem: 'must be text, in quotes' }
    if (input.length > max && [...input].length > max) return { problem: `must have at most ${max} characters` }
    return { value: input === '' ? null : input }
  }
  const kind = { name, form, example: 'Ada', storage: 'text', operators: MATCHED, shadow: folded } as const
  const schema = { type: 'string', maxLength: max }
  return { ...kind, schema, read, ask: (sent) => ({ value: sent }), print: String, json: same }
}

/** Telephone numbers stay as they were typed; search also finds them by their digits alone. */
export const phone: Kind = { ...text, name: 'phone', ask: askPhone, alsoSearched: digitsOf }

export const email: Kind = {
  ...text,
  name: 'email',
  form: 'an e-mail address',
  example: 'ada@acme.com',
  schema: { type: 'string', maxLength: ADDRESS_LENGTH_MAX },
  shadow: { suffix: 'key', of: addressKey },
  read: (input) => {
    const read = text.read(input, '')
    if ('problem' in read || read.value === null) return read
    const address = String(read.value).trim()
    return isAddress(address) ? { value: address } : { problem: 'must be one e-mail address, such as ada@acme.com' }
  },
  ask: (sent) => ({ value: addressAsked(sent) }),
}

export const domain: Kind = {
  ...text,
  name: 'domain',
  form: 'a domain',
  example: 'acme.com',
  shadow: { suffix: 'key', of: (stored) => domainKey(stored) ?? stored },
  read: (input) => {
    const read = text.read(input, '')
    if ('problem' in read || read.value === null) return read
    const domain = String(read.value).trim()
    return domainKey(domain) ? { value: domain } : { problem: 'must be a domain such as acme.com' }
  },
  ask: (sent) => ({ value: domainKey(sent) ?? sent.trim().toLowerCase() }),
}

export const tags: Kind = {
  ...text,
  name: 'tags',
  form: '["a","b"], no comma or space in one',
  example: 'vip',
  schema: {
    ...{ type: 'array', maxItems: TAGS_MAX },
    items: { type: 'string', pattern: '^[^,\\s]+$', maxLength: TAG_LENGTH_MAX },
  },
  many: true,
  read: (input) => {
    const items: unknown = typeof input === 'string' ? input.split(',').filter((item) => item !== '') : input
    if (!Array.isArray(items)) return { problem: 'must be a list of texts, such as ["vip","partner"]' }
    const unique = [...new Set(items)]
    if (unique.length > TAGS_MAX) return { problem: `must hold at most ${TAGS_MAX} tags` }
    const bad = unique.some((tag) => typeof tag !== 'string' || !/^[^,\p{White_Space}]+$/u.test(tag))
    if (bad) return { problem: 'must be a list of texts; a tag can hold no comma and no white space' }
    if (unique.some((tag) => [...tag].length > TAG_LENGTH_MAX))
      return { problem: `must hold tags of at most ${TAG_LENGTH_MAX} characters` }
    return { value: unique.length === 0 ? null : unique.join(',') }
  },
  ask: (sent) =>
    /[,\p{White_Space}]/u.test(sent)
      ? { problem: 'is one tag, such as vip; for any of several write in:vip,partner' }
      : { value: sent },
  json: (stored) => String(stored).split(','),
}

export const integer: Kind = {
  name: 'integer',
  form: 'a whole number',
  example: '3',
  schema: { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
  storage: 'integer',
  operators: ORDERED,
  read: (input) => (Number.isSafeInteger(input) ? { value: Number(input) } : { problem: 'must be a whole number' }),
  ask: (sent) =>
    /^-?\d{1,16}$/.test(sent) && Number.isSafeInteger(Number(sent))
      ? { value: Number(sent) }
      : { problem: 'must be a whole number' },
  print: String,
  json: same,
}

const TIME_PROBLEM =
  'must be a time such as 2026-06-10T09:00:00Z (RFC 3339 with an offset) or a date such as 2026-06-10'

export const time: Kind = {
  name: 'time',
  form: 'RFC 3339 with an offset, or a date',
  example: '2026-06-10T09:00:00Z',
  schema: { type: 'string', format: 'date-time' },
  storage: 'integer',
  operators: ORDERED,
  read: (input, zone) => (typeof input === 'string' ? time.ask(input, zone) : { problem: TIME_PROBLEM }),
  ask: (sent, zone) => {
    const seconds = readTime(sent, zone)
    return seconds === undefined ? { problem: TIME_PROBLEM } : { value: seconds }
  },
  print: (stored, zone) => printTime(Number(stored), zone),
  json: (stored) => printTime(Number(stored), 'UTC'),
}

/** One of a fixed list of words; `called` says what they are where the list is too long to print. */
export function choice(name: string, values: readonly string[], called?: string): Kind {
  const list = called ?? values.join(', ')
  const ask = (sent: string): Read => {
    if (values.includes(sent)) return { value: sent }
    const near = /^\w/.test(sent) ? nearest(sent, values) : undefined
    return { problem: `must be ${called ? list : `one of ${list}`}${near ? ` - did you mean ${near}?` : ''}` }
  }
  const read = (input: unknown) => ask(typeof input === 'string' ? input : '')
  const form = called ?? values.join('|')
  return {
    ...{ name, form, example: values[0]!, storage: 'text', operators: EXACT },
    schema: { type: 'string', enum: values },
    ...{ read, ask, print: String, json: same },
  }
}

/** The id of another record; both `co_…` and `company/co_…` are taken. */
export function reference(to: HandleKind): Kind {
  const problem = `must be the id of a ${to.name}, such as ${to.prefix}_7k2m9qxa; GET /search?q=<words> finds it`
  const ask = (sent: string): Read => {
    const id = idOf(to, sent)
    return id ? { value: id } : { problem }
  }
  return {
    ...{ name: 'id', form: `the id of a ${to.name}`, example: `${to.prefix}_7k2m9qxa`, storage: 'text' },
    schema: { type: 'string', pattern: `^(${to.name}/)?${to.prefix}_[0-9a-z]+$` },
    ...{ operators: EXACT, refersTo: to.name, ask, print: String, json: same },
    read: (input) => (typeof input === 'string' ? ask(input) : { problem }),
  }
}
