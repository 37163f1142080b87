// What a dry run would have made so far, so that a second row of the same person counts as one that it updates.

import { createHash } from 'node:crypto'
import { addressKey, domainKey } from '../text/addresses.ts'
import type { Draft, Link } from './draft.ts'

/** More are not remembered; the counts of a larger file are then too high where it repeats itself. */
const TOKENS_MAX = 3_000_000

export interface Imagined {
  /** The record that an earlier row, or a link of one, would have made and this row is. */
  readonly find: (draft: Draft) => string | undefined
  /** This row would become `record`; without one, a new record, whose name is given. */
  readonly add: (draft: Draft, record?: string) => string
  /** Whether an earlier row gave a record another id than this one has. */
  readonly isOther: (record: string, draft: Draft) => boolean
  readonly hasLinked: (link: Link) => boolean
  readonly addLinked: (link: Link) => void
  /** Whether an earlier row would have filled this part of a record, such as a field or a key of custom. */
  readonly isFilled: (record: string, part: string) => boolean
  readonly fill: (record: string, parts: readonly string[]) => void
}

export function imagination(): Imagined {
  const names = new Map<number, number>()
  const filled = compactSet()
  const ids = new Map<number, number>()
  let made = 0
  const find = (texts: readonly string[]) => {
    const known = texts.map((text) => names.get(tokenOf(text))).find((record) => record !== undefined)
    return known === undefined ? undefined : `new ${known}`
  }
  const add = (texts: readonly string[]) => {
    made++
    for (const text of texts) {
      const token = tokenOf(text)
      if (names.size < TOKENS_MAX && !names.has(token)) names.set(token, made)
    }
    return `new ${made}`
  }
  const fill = (record: string, parts: readonly string[]) => {
    for (const part of parts) filled.add(`${record} ${part}`)
  }
  return {
    find: (draft) => find(soughtNames(draft)),
    add: (draft, record = add(namesOf(draft))) => {
      for (const [key, id] of Object.entries(draft.ids ?? {}))
        if (ids.size < TOKENS_MAX) ids.set(tokenOf(`${record} ${key}`), tokenOf(id))
      return record
    },
    isOther: (record, draft) =>
      Object.entries(draft.ids ?? {}).some(([key, id]) => {
        const known = ids.get(tokenOf(`${record} ${key}`))
        return known !== undefined && known !== tokenOf(id)
      }),
    hasLinked: (link) => find(namesOfLink(link)) !== undefined,
    addLinked: (link) => fill(add(namesOfLink(link)), Object.keys(link.make ?? {})),
    isFilled: (record, part) => filled.has(`${record} ${part}`),
    fill,
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

/** 48 bits of a hash: enough for counting, small in memory. */
function tokenOf(text: string): number {
  return createHash('sha1').update(text).digest().readUIntBE(0, 6)
}

/**
 * A row without a domain is a company of its name; one with another domain is that only of one that has none yet, and one
 * with an id of one that has none.
 */
function soughtNames(draft: Draft): string[] {
  const { resource, body, own } = draft
  const names = ownNames(draft)
  if (!isKnownByTitle(draft) || own) return names
  const kind = uniqueValues(draft).length > 0 ? 'bare' : 'title'
  return [...names, titled(resource.name, hasIds(draft) ? `${kind} without id` : kind, String(body[resource.title]))]
}

function namesOf(draft: Draft): string[] {
  const { resource, body } = draft
  if (!isKnownByTitle(draft)) return ownNames(draft)
  const title = String(body[resource.title])
  return [...ownNames(draft), ...titles(resource.name, title, uniqueValues(draft).length === 0, hasIds(draft))]
}

function titles(name: string, title: string, isBare: boolean, hasId: boolean): string[] {
  const kinds = isBare ? ['title', 'bare'] : ['title']
  const all = hasId ? kinds : kinds.flatMap((kind) => [kind, `${kind} without id`])
  return all.map((kind) => titled(name, kind, title))
}

function titled(name: string, kind: string, title: string): string {
  return `${name} ${kind}: ${title}`
}

function hasIds({ own, ids = {} }: Draft): boolean {
  return own !== undefined || Object.keys(ids).length > 0
}

function ownNames(draft: Draft): string[] {
  const { resource, keys, own } = draft
  return [
    ...(own ? [`${resource.name} id ${own}`] : []),
    ...uniqueValues(draft).map((value) => `${resource.name} ${uniqueName(value)}`),
    ...keys.map((key) => `${resource.name} key ${key}`),
  ]
}

function uniqueValues({ resource, body }: Draft): string[] {
  return Object.entries(resource.fields).flatMap(([field, { unique }]) =>
    unique && typeof body[field] === 'string' ? [body[field]] : [],
  )
}

/** A company is one by its name; people are not. */
function isKnownByTitle({ resource, body }: Draft): boolean {
  return !Object.values(resource.fields).some(({ kind }) => kind.refersTo) && typeof body[resource.title] === 'string'
}

function namesOfLink({ to, own, keys, unique, title }: Link): string[] {
  return [
    ...(own ? [`${to} id ${own}`] : []),
    ...keys.map((key) => `${to} key ${key}`),
    ...unique.map((value) => `${to} ${uniqueName(value)}`),
    ...(title === undefined ? [] : titles(to, title, unique.length === 0, false)),
  ]
}

function uniqueName(value: string): string {
  return value.includes('@') ? addressKey(value) : (domainKey(value) ?? value)
}
