// What was read is given again while nothing that it was read from has changed. Where one process alone writes, one version
// stands for everything; where several do, each reader finds the version of what it reads.

import { createHash } from 'node:crypto'
import type { Connection } from './dialect.ts'

/** So many answers, and so many letters in all of them. */
const [REMEMBERED_MAX, LETTERS_MAX] = [10_000, 16 << 20]

/** For one process: remembers what was read while the version of the whole database is the same, and forgets all with it. */
export function rememberingAll(version: () => number): Connection['unchanged'] {
  const remembered = new Map<string, unknown>()
  let letters = 0
  let rememberedAt = version()
  const forget = () => {
    remembered.clear()
    letters = 0
  }
  return <T>(key: string, read: () => Promise<T>): T | Promise<T> => {
    const now = version()
    if (now !== rememberedAt || remembered.size >= REMEMBERED_MAX || letters >= LETTERS_MAX) forget()
    rememberedAt = now
    if (remembered.has(key)) return remembered.get(key) as T
    return read().then((value) => {
      if (rememberedAt !== now || version() !== now) return value
      remembered.set(key, value)
      letters += key.length + (typeof value === 'string' ? value.length : 0)
      return value
    })
  }
}

/**
 * For a node of several: remembers what was read at a version that had been found before. What is remembered may be newer than
 * its version, and is then never given again, but it is never older. Those who ask for the same at once share one reading.
 */
export function rememberingEach(): Connection['unchanged'] {
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
