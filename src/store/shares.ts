// Few places for work that takes long, shared by those who want them: nobody has all of them, and of those who wait the one
// is next who had a place longest ago.

import { fail } from '../errors.ts'

/** Runs `job` when `whose` (such as a workspace) has its turn. Throws not_ready where too much of theirs waits already. */
export type InShares = <T>(whose: string, job: () => Promise<T>) => Promise<T>

/** One of many who wait has so much of its own waiting. */
const WAITING_MAX = 100

/** What one of them has: jobs that run and wait, and the turn of the last that began. */
interface Share {
  running: number
  readonly waiting: (() => void)[]
  latest: number
}

/** `max` jobs at once, of which `ofOneMax` may be of the same. */
export function inShares(max: number, ofOneMax: number): InShares {
  const shares = new Map<string, Share>()
  let running = 0
  let turn = 0
  const begin = (share: Share) => {
    running++
    share.running++
    share.latest = ++turn
  }
  const next = () => {
    let longest: Share | undefined
    for (const share of shares.values())
      if (share.waiting.length > 0 && share.running < ofOneMax && share.latest < (longest?.latest ?? turn + 1))
        longest = share
    if (!longest || running >= max) return
    begin(longest)
    longest.waiting.shift()!()
  }
  return async (whose, job) => {
    const share = shares.get(whose) ?? { running: 0, waiting: [], latest: 0 }
    shares.set(whose, share)
    if (share.waiting.length >= WAITING_MAX) throw fail.notReady()
    if (share.waiting.length === 0 && share.running < ofOneMax && running < max) begin(share)
    else await new Promise<void>((go) => share.waiting.push(go))
    try {
      return await job()
    } finally {
      running--
      share.running--
      if (share.running === 0 && share.waiting.length === 0) shares.delete(whose)
      next()
    }
  }
}
