// What a dry run would have written so far. It is laid over what is kept, so that a later row finds what it would find in
// the import. Hashes stand for texts, so that a large file takes little memory.

import { createHash } from 'node:crypto'
import type { Stored } from '../declare/kinds.ts'
import type { Resource } from '../declare/resources.ts'
import { addressKey, domainKey } from '../text/addresses.ts'
import { wordsOf } from '../text/words.ts'
import { NAMESAKES_MAX, plain } from './match.ts'

/** More are not remembered; the counts of a larger file are then too high where it repeats itself. */
const TOKENS_MAX = 3_000_000

/** Stands for a field that holds a record's name as `wordsIn` gives it. */
export const TITLE_WORDS = 'words of the title'

/** A record that a row would have made or changed, by its id or by one that was made up for it. */
export interface Written {
  readonly id: string
  readonly isNew: boolean
  readonly values: ReadonlyMap<string, Stored | null>
  /** Only what no row filled before is taken. */
  readonly fillsGaps?: boolean
  /** Its ids there, by the key of `custom`. */
  readonly ids?: Readonly<Record<string, string>>
}

export interface Imagined {
  readonly write: (resource: Resource, written: Written) => void
  /** What rows call a record. */
  readonly call: (resource: Resource, keys: readonly string[], id: string) => void
  /** Whether a row would have made the record of this id. */
  readonly isMade: (id: string) => boolean
  readonly byKeys: (resource: Resource, keys: readonly string[]) => string | undefined
  readonly byUnique: (resource: Resource, value: string) => string | undefined
  /** The first records that rows would have given this name. */
  readonly byTitle: (resource: Resource, title: string) => string[]
  /** Whether a row would have filled this part of a record, such as a field or a key of custom. */
  readonly isFilled: (id: string, part: string) => boolean
  /** Whether a row would have made the record say this in a field; undefined where none touched the field. */
  readonly says: (resource: Resource, id: string, field: string, value: Stored) => boolean | undefined
}

export function imagination(): Imagined {
  const made = compactSet()
  const filled = compactSet()
  const names = compactMap<string>()
  const said = compactMap<number>()
  const byTitle = (resource: Resource, title: string): string[] => {
    const ids: string[] = []
    for (let place = 0; place < NAMESAKES_MAX; place++) {
      const id = names.get(`${resource.name} title ${place}: ${title}`)
      if (id === undefined) break
      ids.push(id)
    }
    return ids
  }
  const nameIt = (resource: Resource, id: string, field: string, value: Stored) => {
    const namesakes = field === resource.title ? byTitle(resource, String(value)) : undefined
    if (namesakes && !namesakes.includes(id)) names.set(`${resource.name} title ${namesakes.length}: ${value}`, id)
    if (resource.fields[field]!.unique) names.set(`${resource.name} unique ${uniqueForm(value)}`, id)
  }
  return {
    write: (resource, { id, isNew, values, fillsGaps, ids = {} }) => {
      if (isNew) made.add(id)
      for (const [key, value] of Object.entries(ids))
        if (!(fillsGaps && filled.has(`${id} custom.${key}`))) said.set(`${id} custom.${key}`, tokenOf(value))
      for (const [field, value] of values) {
        const parts = partsOf(resource, field, value).map((part) => `${id} ${part}`)
        if (value === null || (fillsGaps && parts.every(filled.has))) continue
        parts.forEach(filled.add)
        nameIt(resource, id, field, value)
        if (field === resource.title) said.set(`${id} ${TITLE_WORDS}`, tokenOf(wordsIn(String(value))))
        if (isTelling(resource, field)) said.set(`${id} ${field}`, tokenOf(comparable(resource, field, value)))
      }
      for (const field of isNew ? defaultsOf(resource) : []) filled.add(`${id} ${field}`)
    },
    call: (resource, keys, id) => {
      for (const key of keys) names.set(`${resource.name} key ${key}`, id)
    },
    isMade: made.has,
    byKeys: (resource, keys) =>
      keys.map((key) => names.get(`${resource.name} key ${key}`)).find((id) => id !== undefined),
    byUnique: (resource, value) => names.get(`${resource.name} unique ${uniqueForm(value)}`),
    byTitle,
    isFilled: (id, part) => filled.has(`${id} ${part}`),
    says: (resource, id, field, value) => {
      const known = said.get(`${id} ${field}`)
      return known === undefined ? undefined : known === tokenOf(comparable(resource, field, value))
    },
  }
}

/** A set of texts that may grow with the file, kept small. */
export function compactSet(): { has: (text: string) => boolean; add: (text: string) => void } {
  const tokens = new Set<number>()
  return {
    has: (text) => tokens.has(tokenOf(text)),
    add: (text) => {
      if (tokens.size < TOKENS_MAX) tokens.add(tokenOf(text))
    },
  }
}

function compactMap<T>(): { get: (text: string) => T | undefined; set: (text: string, value: T) => void } {
  const tokens = new Map<number, T>()
  return {
    get: (text) => tokens.get(tokenOf(text)),
    set: (text, value) => {
      if (tokens.size < TOKENS_MAX) tokens.set(tokenOf(text), value)
    },
  }
}

/** 48 bits of a hash: enough for counting, small in memory. */
function tokenOf(text: string): number {
  return createHash('sha1').update(text).digest().readUIntBE(0, 6)
}

/** Whether a field tells records apart, so that its value matters and not only that it has one. */
function isTelling({ fields, title }: Resource, field: string): boolean {
  const { unique, kind } = fields[field]!
  return Boolean(unique || field === title || kind.refersTo || kind.alsoSearched)
}

/** The form in which values of a field are compared. */
function comparable({ fields, title }: Resource, field: string, value: Stored): string {
  if (field === title || !fields[field]) return String(value)
  return fields[field].unique ? uniqueForm(value) : plain(value)
}

/** A name in any case and with any signs. */
export function wordsIn(name: string): string {
  return wordsOf(name).join(' ')
}

function uniqueForm(value: Stored): string {
  const text = String(value)
  return text.includes('@') ? addressKey(text) : (domainKey(text) ?? text)
}

/** What of a record a value fills: the field, each of its keys, or each of its items. */
export function partsOf(resource: Resource, field: string, value: Stored | null): string[] {
  if (value === null) return []
  const { keys, many } = resource.fields[field]!.kind
  if (keys) return keys.entries(String(value)).map(([key]) => `${field}.${key}`)
  const items = String(value).split(',')
  return many ? items.map((item) => `${field}=${item}`) : [field]
}

/** What a new record has although nobody sent it. */
function defaultsOf({ fields }: Resource): string[] {
  return Object.entries(fields).flatMap(([field, { default: fallback, setBy }]) =>
    fallback === undefined || setBy ? [] : [field],
  )
}
