// "Did you mean …": the known name closest to what somebody typed.

import { alignmentDistance } from './typos.ts'

const BEGINNING_LENGTH_MIN = 3
/** How other programs end the names of times; ours end in `_at`. */
const TIME = /_(?:date|time|on)$/

/**
 * The time that `typed` names in other words (`close_date` for `expected_close_at`), else the name nearest by edits (optimal
 * string alignment), else one that begins with it (`amount` for `amount_cents`); undefined where there is none.
 */
export function nearest(typed: string, known: Iterable<string>): string | undefined {
  const names = [...known]
  const wanted = typed.slice(0, 64).toLowerCase()
  const time = `_${wanted.replace(TIME, '_at')}`
  const meant = TIME.test(wanted) ? names.find((name) => `_${name}`.endsWith(time)) : undefined
  if (meant) return meant
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1
  for (const name of names) {
    const distance = alignmentDistance([...wanted], [...name.toLowerCase()])
    if (distance < bestDistance) [best, bestDistance] = [name, distance]
  }
  return best ?? names.find((name) => wanted.length >= BEGINNING_LENGTH_MIN && name.startsWith(`${wanted}_`))
}
