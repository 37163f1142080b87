// Handles: `contact/c_7k2m9qxa`. Short, sparse and stable; what the agent reads and sends back.

import { BASE32, base32 } from '../text/base32.ts'
import { pooled } from '../text/random.ts'

/** What a handle needs to know of a resource, or of a token, user, workspace or event. */
export interface HandleKind {
  /** Singular, as in `contact/c_…`. */
  readonly name: string
  /** What the ids begin with, without the underscore. */
  readonly prefix: string
}

/** Also those that an import brings: an entry of an index has room for so many beside what else it holds. */
const ID = /^[a-z]+_[0-9a-z]{1,64}$/

export type Random = (bytes: number) => Uint8Array

/** A new id of so many characters, 5 random bits each. */
export function newId(prefix: string, random: Random, length: number): string {
  let id = `${prefix}_`
  for (const byte of random(length)) id += BASE32[byte & 31]
  return id
}

/**
 * Makes ids whose order is the order of making: 50 bits of milliseconds, 20 of a counter, 20 random ones. The counter
 * tells those of one process apart; nodes share nothing but their clocks.
 */
export function orderedIds(random: Random): (prefix: string, milliseconds: number) => string {
  const drawn = pooled(random)
  let latest = 0
  let count = 0
  return (prefix, milliseconds) => {
    if (milliseconds > latest) [latest, count] = [milliseconds, 0]
    const tail = [...drawn(4)].map((byte) => BASE32[byte & 31]).join('')
    return `${prefix}_${base32(latest, 10)}${base32(count++, 4)}${tail}`
  }
}

/** The bare id in `c_…` or `contact/c_…`; undefined where it is neither or of another kind. */
export function idOf(resource: HandleKind, text: string): string | undefined {
  const bare = text.startsWith(`${resource.name}/`) ? text.slice(resource.name.length + 1) : text
  return ID.test(bare) && bare.startsWith(`${resource.prefix}_`) ? bare : undefined
}

export function handleOf(resource: Pick<HandleKind, 'name'>, id: string): string {
  return `${resource.name}/${id}`
}
