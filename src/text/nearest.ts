// "Did you mean …": the known name closest to what somebody typed.

import { alignmentDistance } from './typos.ts'

/** The name nearest to `typed` by edits (optimal string alignment), or undefined where none is near. */
export function nearest(typed: string, names: Iterable<string>): string | undefined {
  const wanted = typed.slice(0, 64).toLowerCase()
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1
  for (const name of names) {
    const distance = alignmentDistance([...wanted], [...name.toLowerCase()])
    if (distance < bestDistance) [best, bestDistance] = [name, distance]
  }
  return best
}
