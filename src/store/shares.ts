// Few places for work that takes long, shared by those who want them: nobody has all of them, and of those who wait the one
// is next who had a place, or came, longest ago.

import { fail } from '../errors.ts'

/** Runs `job` when `whose` (such as a workspace) has its turn. Throws not_ready where as much of theirs waits as may. */
export type InShares = <T>(whose: string, job: () => Promise<T>) => Promise<T>

/** How many jobs run at once in all and of one of those who share, and how many of one may wait; what is left out has no limit. */
export interface Limits {
  readonly max?: number
  readonly ofOneMax: number
  readonly ofOneWaitingMax?: number
}

/** What one of them has: jobs that run and wait, and the turn of the last that began. */
interface Share {
  running: number
  readonly waiting: (() => void)[]
  latest: number
}

export function inShares({
  max = Number.POSITIVE_INFINITY,
  ofOneMax,
  ofOneWaitingMax = Number.POSITIVE_INFINITY,
}: Limits): InShares {
  if (max === Number.POSITIVE_INFINITY && ofOneMax === Number.POSITIVE_INFINITY) return (_, job) => job()
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
    // Who comes anew goes behind those who wait already, also where that is somebody who asks again and again.
    const share = shares.get(whose) ?? { running: 0, waiting: [], latest: turn }
    shares.set(whose, share)
    if (share.waiting.length >= ofOneWaitingMax) throw fail.notReady()
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
