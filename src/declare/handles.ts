// Handles: `contact/c_7k2m9qxa`. Short, sparse and stable; what the agent reads and sends back.

import type { Resource } from './resources.ts'

/** Crockford's base32 in lower case: no i, l, o, u, so that an id read aloud survives. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const RECORD_ID_LENGTH = 8
const ID = /^[a-z]+_[0-9a-z]+$/

export type Random = (bytes: number) => Uint8Array

/** A new id such as `c_7k2m9qxa`: 5 random bits a character, 40 in all unless `length` says otherwise. */
export function newId(prefix: string, random: Random, length = RECORD_ID_LENGTH): string {
  let id = `${prefix}_`
  for (const byte of random(length)) id += ALPHABET[byte & 31]
  return id
}

/** An id whose order is the order of making: 48 bits of `milliseconds`, 15 of a counter, 15 random ones. */
export function newOrderedId(prefix: string, milliseconds: number, counter: number, random: Random): string {
  const bytes = random(3)
  const tail = ((bytes[0]! << 16) | (bytes[1]! << 8) | bytes[2]!) & 0x7fff
  return `${prefix}_${base32(milliseconds, 10)}${base32(counter & 0x7fff, 3)}${base32(tail, 3)}`
}

function base32(value: number, length: number): string {
  let text = ''
  for (let rest = value; text.length < length; rest = Math.floor(rest / 32)) text = ALPHABET[rest % 32] + text
  return text
}

/** The bare id in `c_…` or `contact/c_…`; undefined where it is neither or of another kind. */
export function idOf(resource: Pick<Resource, 'name' | 'prefix'>, text: string): string | undefined {
  const bare = text.startsWith(`${resource.name}/`) ? text.slice(resource.name.length + 1) : text
  return ID.test(bare) && bare.startsWith(`${resource.prefix}_`) ? bare : undefined
}

export function handleOf(resource: Pick<Resource, 'name'>, id: string): string {
  return `${resource.name}/${id}`
}
