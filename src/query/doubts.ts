// What an answer may owe to how it was asked: questions that are understood, and seldom meant so. Whoever asked well is told
// nothing, or no more than what holds for the answer all the same.

import type { Stored } from '../declare/kinds.ts'
import type { Resource } from '../declare/resources.ts'
import { quoted } from '../render/quoted.ts'
import { operatorsOf } from './operators.ts'
import type { Filter, Path, Query } from './query.ts'

/** `LIKE:`, `not_in:`, `$gt:`, `!lead`, `*ada*`, `(a,b)`: what other programs read something into. */
const OTHER_NOTATION = /^(?:[$!=~<>(*%]|[A-Za-z_]+:(?!\s))|\*$/
/** `lead,trial`; `Doe, Jane` is a name. */
const LIST = /^[^\s,]+(?:,[^\s,]+)+$/
/** Whoever asks, to other programs. */
const WHO_ASKS = /^(?:@?me|myself|self|current_user)$/i
const CONNECTIVES = new Set(['or', 'and', 'not'])

/** What was answered: how many there are, and of some the values of these paths. */
export interface Answered {
  readonly total: number
  readonly paths: readonly Path[]
  readonly records: readonly { readonly values: readonly (Stored | null)[] }[]
  /** A custom key that was asked for, and that no record has. */
  readonly missing?: string | undefined
}

type Asked = Pick<Query, 'resource' | 'filters' | 'words'>

/** A sentence for whoever asked; undefined where nothing is odd. */
export function doubtOf(query: Asked, answered: Answered): string | undefined {
  const texts = query.filters.filter(isAboutWholeText)
  const written = query.filters.filter(isOfWrittenValue)
  if (written.some(({ operator, values }) => values.some((value) => isNullWord(value, operator, answered.total))))
    return 'null was compared as a word; is:null finds empty fields, not:null the others.'
  if (answered.total === 0) return doubtOfNothing(query, { texts, written }, answered)
  return doubtOfLeavingOut(query.filters, answered) ?? doubtOfNever(query)
}

function doubtOfNothing(
  { resource, filters, words }: Asked,
  { texts, written }: Readonly<Record<'texts' | 'written', readonly Filter[]>>,
  { missing }: Answered,
): string | undefined {
  if (missing) return `no record has ${missing}.`
  const full = filters.find(({ path, operator }) => operator === 'is' && path.always && !path.through)
  if (full)
    return `${full.path.label} is never empty${full.path.kind.schema.type === 'integer' ? `; for none ask ${full.path.label}=0` : ''}.`
  if (written.some(({ values }) => values.some((value) => OTHER_NOTATION.test(String(value)))))
    return 'the value was compared as it stands, signs and all; operators are written like lower-case words with a colon: ne:lead, in:a,b, like:ada.'
  if (filters.some(({ path, operator }) => path.kind.schema.format === 'date-time' && operator === 'eq'))
    return 'a time is compared to the second, and a date is its midnight; gte: and lt: find a whole day.'
  if (words.some((word) => CONNECTIVES.has(word)))
    return 'every word of search must match, "or", "and" and "not" too; search once for each alternative.'
  if (written.some(({ values }) => values.some((value) => WHO_ASKS.test(String(value)))))
    return 'who asks was compared as a word; GET /whoami tells the address.'
  const part = written.map(partSought).find((doubt) => doubt !== undefined)
  if (part) return part
  const never = doubtOfNever({ resource, filters })
  if (never) return never
  if (texts.some(({ operator }) => operator !== 'ne'))
    return 'text is compared whole, and case by case; like: finds parts in any case, in:a,b any of several.'
  return undefined
}

function doubtOfNever({ resource, filters }: Pick<Asked, 'resource' | 'filters'>): string | undefined {
  const range = filters.find((filter) => passesOverNever(filter, filters, resource))
  return range && `empty fields are neither more nor less; ${range.path.label}=is:null finds those.`
}

function doubtOfLeavingOut(filters: readonly Filter[], { paths, records }: Answered): string | undefined {
  for (const filter of filters.filter(({ operator }) => operator === 'ne')) {
    const { path, values } = filter
    const [sought] = values.map(String)
    if (LIST.test(sought!))
      return 'ne: compares with the whole text, commas too; to leave out several, send the parameter once for each.'
    if (!isAboutWholeText(filter) || path.customKey !== undefined) continue
    const place = paths.findIndex(({ label }) => label === path.label)
    const shown = records.flatMap(({ values }) => itemsOf(path, values[place]))
    const other = shown.find((item) => item.toLowerCase() === sought!.toLowerCase())
    if (other) return `text is compared case by case, so that ${quoted(other)} is not left out.`
  }
  return undefined
}

function itemsOf({ kind }: Path, value: Stored | null | undefined): string[] {
  if (value === null || value === undefined) return []
  return kind.many ? String(value).split(',') : [String(value)]
}

/** Before a time that the server keeps, and that is empty where it never was; who wrote not:null or when it began beside it knows. */
function passesOverNever({ path, operator }: Filter, filters: readonly Filter[], { fields }: Resource): boolean {
  const field = (path.through?.to.fields ?? fields)[path.field]
  if (!['lt', 'lte'].includes(operator) || field?.setBy !== 'server') return false
  if (!path.through && path.always) return false
  const known: readonly Filter['operator'][] = ['is', 'not', 'gt', 'gte']
  return !filters.some((other) => known.includes(other.operator) && other.path.label === path.label)
}

/** Not of addresses and domains, which are looked for whole and in any case, and are often not there. */
function isAboutWholeText(filter: Filter): boolean {
  const { kind, customKey } = filter.path
  return (kind.shadow?.suffix === 'folded' || customKey !== undefined) && isOfWrittenValue(filter)
}

/** Of text of any kind, as it stands. */
function isOfWrittenValue({ path, operator }: Filter): boolean {
  return ['eq', 'ne', 'in'].includes(operator) && operatorsOf(path).includes('like')
}

/** `email=@acme.com`: no record can hold what is no address. Undefined where one could. */
function partSought(filter: Filter): string | undefined {
  const { label, kind } = filter.path
  if (isAboutWholeText(filter) || filter.operator === 'ne') return undefined
  const read = filter.values.map((value) => kind.read(value, 'UTC')).find((each) => 'problem' in each)
  return read && 'problem' in read ? `${label} ${read.problem}; like: finds parts of one.` : undefined
}

/** Somebody may be called Null. Where `null` itself was asked for and found, it is a word that records hold. */
function isNullWord(value: Stored, operator: Filter['operator'], total: number): boolean {
  if (total > 0) return operator !== 'eq' && /^(?:null|NULL)$/.test(String(value))
  return String(value).toLowerCase() === 'null'
}
