// From the header of a column to what it means, for each noun: a table, in the words of the products.

import type { Resource } from '../declare/resources.ts'
import { headerKey } from './header-key.ts'
import { activityWords } from './words/activity.ts'
import { companyWords } from './words/company.ts'
import { contactWords } from './words/contact.ts'
import { dealWords } from './words/deal.ts'

/** Target to header keys, or patterns of them, the best first. */
export type Vocabulary = Readonly<Record<string, readonly (string | RegExp)[]>>

/** By the plural of the noun. */
const vocabularies: Readonly<Record<string, Vocabulary>> = {
  contacts: contactWords,
  companies: companyWords,
  deals: dealWords,
  activities: activityWords,
}

/** A vocabulary turned round, as a file may have many headers. */
interface Lookup {
  readonly keys: ReadonlyMap<string, Meant>
  readonly patterns: readonly (Meant & { readonly pattern: RegExp })[]
}

/** `place` is that of the target in the table: the first target that knows a key has it. */
type Meant = Meaning & { readonly place: number }

const lookups = new Map(Object.entries(vocabularies).map(([plural, words]) => [plural, lookupOf(words)]))

function lookupOf(words: Vocabulary): Lookup {
  const keys = new Map<string, Meant>()
  const patterns: (Meant & { pattern: RegExp })[] = []
  for (const [place, [target, known]] of Object.entries(words).entries())
    for (const [rank, key] of known.entries())
      if (typeof key !== 'string') patterns.push({ pattern: key, target, rank, place })
      else if (!keys.has(key)) keys.set(key, { target, rank, place })
  return { keys, patterns }
}

/** Columns that only say what the column beside them is, or hold what we don't keep. */
const NOISE =
  /^(?:(?:e?mail|phone|address|website|event|relation|im|calendarlink|externalid|jot|hobby|language|location|occupation|project|sip|userdefinedfield)\d*(?:label|type|typ|displayname|angezeigtername|nomcomplet|nombreparamostrar)|photo|emailtype|emailtyp|emaildisplayname|phonetic(?:first|middle|last)name|yominame|givennameyomi|familynameyomi|additionalnameyomi)$/

/** `Person - Email - Work`: the noun before the first dash is the type of the export, or another's. */
const NOUN_PREFIX = /^(person|organization|organisation|deal|activity|contact|company|lead|account)\s+-\s+(\S.*)$/is
const PREFIX_NOUNS: Readonly<Record<string, string>> = {
  ...{
    person: 'contacts',
    contact: 'contacts',
    lead: 'contacts',
    organization: 'companies',
    organisation: 'companies',
  },
  ...{ company: 'companies', account: 'companies', deal: 'deals', activity: 'activities' },
}

export interface Meaning {
  readonly target: string
  /** The less, the better the header fits. */
  readonly rank: number
}

/** What a column of an export of this noun means; undefined where we don't know the header. */
export function meaningOf({ plural }: Pick<Resource, 'plural'>, header: string): Meaning | undefined {
  const custom = /^custom\.([A-Za-z0-9_]{1,64})$/.exec(header.trim())
  if (custom) return { target: header.trim(), rank: 0 }
  const prefixed = NOUN_PREFIX.exec(header.trim())
  const own = prefixed && PREFIX_NOUNS[prefixed[1]!.toLowerCase()] === plural
  const words = lookups.get(plural)!
  return (own ? look(words, headerKey(prefixed[2]!)) : undefined) ?? look(words, headerKey(header))
}

function look({ keys, patterns }: Lookup, key: string): Meaning | undefined {
  if (key === '') return undefined
  const exact = keys.get(key)
  const fits = patterns.find(({ pattern, place }) => place <= (exact?.place ?? place) && pattern.test(key))
  const best = exact && fits && fits.place === exact.place && fits.rank > exact.rank ? exact : (fits ?? exact)
  return best && { target: best.target, rank: best.rank }
}

export function isNoise(header: string): boolean {
  return NOISE.test(headerKey(header))
}

/** Whether any noun knows the header, which is how a header row is told from others. */
export function isKnownHeader(header: string): boolean {
  const nouns = Object.keys(vocabularies)
  return header.length < 200 && (isNoise(header) || nouns.some((plural) => meaningOf({ plural }, header) !== undefined))
}

/** The plural of the noun that most of the prefixes name; undefined where the headers have none. */
export function prefixedNoun(headers: readonly string[]): string | undefined {
  const counts = new Map<string, number>()
  for (const header of headers) {
    const noun = PREFIX_NOUNS[NOUN_PREFIX.exec(header)?.[1]?.toLowerCase() ?? '']
    if (noun) counts.set(noun, (counts.get(noun) ?? 0) + 1)
  }
  const [most] = [...counts].sort((a, b) => b[1] - a[1])
  return most?.[0]
}

/** The targets that a column of this noun may be mapped to, for hints. */
export function targetsOf({ plural }: Pick<Resource, 'plural'>): string[] {
  return [...Object.keys(vocabularies[plural]!).filter((target) => target !== 'custom'), 'custom.<key>', '-']
}
