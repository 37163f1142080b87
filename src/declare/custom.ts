// The kind of `custom`: an object of the user's own keys, merged key by key, kept as JSON text.

import { likeText } from '../text/words.ts'
import type { Kind, Read } from './kinds.ts'

const KEYS_MAX = 100
const BYTES_MAX = 16 * 1024
const KEY = /^[A-Za-z0-9_]{1,64}$/
const FORBIDDEN_KEYS = new Set(['__proto__', 'prototype', 'constructor'])

/** Whether `key` may stand in `custom` and in `custom.<key>`. */
export function isCustomKey(key: string): boolean {
  return KEY.test(key) && !FORBIDDEN_KEYS.has(key)
}

export const KEYS_ARE = 'keys are 1 to 64 of A-Z a-z 0-9 _ and not __proto__, prototype or constructor'

export const customKind: Kind = {
  name: 'custom',
  form: 'an object of your own keys',
  example: '{"tier":"gold"}',
  schema: { type: 'object', maxProperties: KEYS_MAX, additionalProperties: true },
  storage: 'text',
  operators: [],
  shadow: { suffix: 'folded', of: foldedValues },
  read: (input) => {
    if (typeof input !== 'object' || input === null || Array.isArray(input))
      return { problem: 'must be an object, such as {"tier":"gold"}' }
    if (!Object.keys(input).every(isCustomKey)) return { problem: KEYS_ARE }
    return { value: JSON.stringify(input) }
  },
  ask: () => ({ problem: 'is filtered key by key, as custom.<key>=…' }),
  print: String,
  json: (stored) => JSON.parse(String(stored)),
  keys: { merge, entries: (stored) => Object.entries(JSON.parse(stored)) },
}

/** Sent keys replace kept ones, null removes; null as a whole where nothing is left. */
function merge(before: string | null, sent: string): Read {
  const merged = new Map<string, unknown>(Object.entries(before === null ? {} : JSON.parse(before)))
  for (const [key, value] of Object.entries(JSON.parse(sent))) {
    if (value === null) merged.delete(key)
    else merged.set(key, value)
  }
  if (merged.size === 0) return { value: null }
  if (merged.size > KEYS_MAX) return { problem: `must hold at most ${KEYS_MAX} keys` }
  const json = JSON.stringify(Object.fromEntries(merged))
  if (Buffer.byteLength(json) > BYTES_MAX) return { problem: `must take at most ${BYTES_MAX} bytes as JSON` }
  return { value: json }
}

/** The same keys with the text values folded, for `like`. */
function foldedValues(stored: string): string {
  const entries = Object.entries(JSON.parse(stored))
  return JSON.stringify(
    Object.fromEntries(entries.map(([key, value]) => [key, typeof value === 'string' ? likeText(value) : null])),
  )
}
