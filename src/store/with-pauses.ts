// Many changes of one transaction, on an engine in this very process: others who read are answered in between.

import { setImmediate as nextTurn } from 'node:timers/promises'

/** Some ten milliseconds. */
const CHANGED_AT_ONCE = 100

/** Does `act` for each, in order, and lets others have their turn after some. */
export async function withPauses<T>(all: readonly T[], act: (each: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < all.length; at++) {
    if (at > 0 && at % CHANGED_AT_ONCE === 0) await nextTurn()
    await act(all[at]!)
  }
}

/** Does `act` for what `find` finds, some at a time, until there is nothing left, and lets others have their turn after each. */
export async function untilNoneIsLeft<T>(
  find: (limit: number) => Promise<readonly T[]>,
  act: (some: readonly T[]) => Promise<void>,
): Promise<void> {
  for (;;) {
    const some = await find(CHANGED_AT_ONCE)
    if (some.length === 0) return
    await act(some)
    await nextTurn()
  }
}
