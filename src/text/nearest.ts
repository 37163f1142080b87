// "Did you mean …": the known name closest to what somebody typed.

import { alignmentDistance } from './typos.ts'

const BEGINNING_LENGTH_MIN = 3

/** The name nearest to `typed` by edits (optimal string alignment), else one that begins with it (`amount` for `amount_cents`); undefined where there is none. */
export function nearest(typed: string, known: Iterable<string>): string | undefined {
  const names = [...known]
  const wanted = typed.slice(0, 64).toLowerCase()
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1
  for (const name of names) {
    const distance = alignmentDistance([...wanted], [...name.toLowerCase()])
    if (distance < bestDistance) [best, bestDistance] = [name, distance]
  }
  return best ?? names.find((name) => wanted.length >= BEGINNING_LENGTH_MIN && name.startsWith(`${wanted}_`))
}
