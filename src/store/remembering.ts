// What a node of several remembers: what it read, as long as the version of what that was read from is the same.

import { createHash } from 'node:crypto'
import type { Connection } from './dialect.ts'

const REMEMBERED_MAX = 10_000

/**
 * Remembers what was read at a version that had been found before: what is remembered may be newer than its version, and is
 * then never given again, but it is never older. Those who ask for the same at once share one reading.
 */
export function rememberingVersions(): Connection['unchanged'] {
  const remembered = new Map<string, { readonly version: string; readonly value: Promise<unknown> }>()
  return <T>(key: string, read: () => Promise<T>, version?: string): Promise<T> => {
    if (version === undefined) return read()
    // Keys hold what was sent, which may be long.
    const short = createHash('sha256').update(key).digest('base64url')
    const known = remembered.get(short)
    if (known?.version === version) return known.value as Promise<T>
    const value = read()
    const entry = { version, value }
    remembered.delete(short)
    if (remembered.size >= REMEMBERED_MAX) remembered.delete(remembered.keys().next().value!)
    remembered.set(short, entry)
    value.catch(() => {
      if (remembered.get(short) === entry) remembered.delete(short)
    })
    return value
  }
}
