// Ids of records: short and sparse, and in one second in the order of making.

import type { OpenContext } from '../context.ts'
import { orderedIds, type Random } from '../declare/handles.ts'
import { BASE32, base32 } from '../text/base32.ts'
import { pooled } from '../text/random.ts'
import { secondsOf } from '../text/times.ts'

const DIGITS = 8
const END = 2 ** 40
/** Half of all: as many steps have room behind the last of them as a second has records. */
const FIRST_END = 2 ** 39
const STEP_MAX = 2 ** 23

/**
 * Makes ids such as `c_7k2m9qxa`, 40 bits each. The first of a second is drawn at random, each of those after it is a random
 * step further: lists break the ties of `created_at` by id, and what is made together lies together in an index. The
 * steps are so wide that a mistyped id meets another as rarely as it does among a million drawn at random.
 */
function recordIds(random: Random): (prefix: string, seconds: number) => string {
  const drawn = pooled(random)
  const number = (bytes: number, below: number) => drawn(bytes).reduce((sum, byte) => sum * 256 + byte, 0) % below
  let second: number | undefined
  let last = END
  return (prefix, seconds) => {
    last += 1 + number(3, STEP_MAX)
    if (seconds !== second || last >= END) [second, last] = [seconds, number(5, FIRST_END)]
    return `${prefix}_${base32(last, DIGITS)}`
  }
}

const RECORD_ID = new RegExp(`^[a-z]+_[${BASE32}]{${DIGITS}}$`)

/** Whether an id may be one that was made here: other programs' `c_1` and `c_vip` are not. */
export function isRecordId(id: string): boolean {
  return RECORD_ID.test(id)
}

/** The time of a transaction, and what makes the ids of that time. */
export type Moment = Pick<OpenContext, 'now' | 'orderedId' | 'recordId'>

/**
 * What makes the ids of a time (in milliseconds). Those in order are of the very moment by `clock`, where there is one: a
 * transaction may have waited for others since its time.
 */
export function idsAt(random: Random, clock?: () => number): (now: number) => Omit<Moment, 'now'> {
  const [orderedId, recordId] = [orderedIds(random), recordIds(random)]
  return (now) => ({
    orderedId: (prefix) => orderedId(prefix, clock ? clock() : now),
    recordId: (prefix) => recordId(prefix, secondsOf(now)),
  })
}
