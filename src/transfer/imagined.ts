// What a dry run would have made so far, so that a second row of the same person counts as one that it updates.

import { createHash } from 'node:crypto'
import { addressKey, domainKey } from '../text/addresses.ts'
import type { Draft, Link } from './draft.ts'

/** More are not remembered; the counts of a larger file are then too high where it repeats itself. */
const TOKENS_MAX = 3_000_000

export interface Imagined {
  readonly has: (draft: Draft) => boolean
  readonly add: (draft: Draft) => void
  readonly hasLinked: (link: Link) => boolean
  readonly addLinked: (link: Link) => void
}

export function imagination(): Imagined {
  const names = compactSet()
  const hasAny = (texts: readonly string[]) => texts.some(names.has)
  const addAll = (texts: readonly string[]) => texts.forEach(names.add)
  return {
    has: (draft) => hasAny(namesOf(draft)),
    add: (draft) => addAll(namesOf(draft)),
    hasLinked: (link) => hasAny(namesOfLink(link)),
    addLinked: (link) => addAll(namesOfLink(link)),
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

function namesOf({ resource, body, keys, own }: Draft): string[] {
  const names = keys.map((key) => `${resource.name} key ${key}`)
  if (own) names.push(`${resource.name} id ${own.id}`)
  for (const [field, { unique }] of Object.entries(resource.fields))
    if (unique && typeof body[field] === 'string') names.push(`${resource.name} ${uniqueName(body[field])}`)
  // A company is one by its name.
  if (!Object.values(resource.fields).some(({ kind }) => kind.refersTo) && typeof body[resource.title] === 'string')
    names.push(`${resource.name} title ${body[resource.title]}`)
  return names
}

function namesOfLink({ to, own, keys, unique, title }: Link): string[] {
  return [
    ...(own ? [`${to} id ${own}`] : []),
    ...keys.map((key) => `${to} key ${key}`),
    ...unique.map((value) => `${to} ${uniqueName(value)}`),
    ...(title === undefined ? [] : [`${to} title ${title}`]),
  ]
}

function uniqueName(value: string): string {
  return value.includes('@') ? addressKey(value) : (domainKey(value) ?? value)
}
