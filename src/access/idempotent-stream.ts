// Idempotency-Key for a call whose body is a stream and which is several transactions: the body is hashed as it passes,
// and the key's row is written in a transaction after the last of them. Who dies in between has no row; such a call is
// one that may be sent again.

import { createHash } from 'node:crypto'
import type { Context } from '../context.ts'
import { ApiError, fail } from '../errors.ts'
import type { Answer } from '../render/answer.ts'
import { isUsed, type Keyed, once } from './idempotency.ts'

/** `Transactions` whose jobs act for one caller. */
export interface TransactionsOfCaller {
  readonly read: <T>(job: (ctx: Context) => Promise<T>) => Promise<T>
  readonly write: <T>(job: (ctx: Context) => Promise<T>) => Promise<T>
}

type Bytes = AsyncIterable<Uint8Array>

/** `place` is whose key it is, and which. */
export type OneByOne = <T>(place: string, run: () => Promise<T>) => Promise<T>

/** Requests with one key on this node, one after the other: the next one finds what became of the one before. */
export function oneByOne(): OneByOne {
  const running = new Map<string, Promise<unknown>>()
  return async (place, run) => {
    while (running.has(place)) await running.get(place)
    const result = run()
    const ended = result.then(
      () => running.delete(place),
      () => running.delete(place),
    )
    running.set(place, ended)
    return result
  }
}

/**
 * Has `act` read the body unless the key was used in the last 24 hours: then gives its answer again, once the body has
 * proved to be the same. Throws conflict, and what reading the body throws. Where another node used the key meanwhile, what
 * was done all the same is answered.
 */
export async function onceStreamed<T extends Answer | Error>(
  { read, write }: TransactionsOfCaller,
  keyed: Keyed,
  body: Bytes,
  act: (body: Bytes) => Promise<T>,
): Promise<T | Answer> {
  const hash = createHash('sha256').update(keyed.fingerprint)
  const passing = hashed(body, (piece) => hash.update(piece))
  const used = await read((ctx) => isUsed(ctx, keyed))
  const answer = used ? undefined : await act(passing)
  for await (const _ of passing);
  const whole = { key: keyed.key, fingerprint: hash.digest('hex') }
  const kept = write((ctx) =>
    once<T>(ctx, whole, async () => {
      // The row ran out while the body came.
      if (answer === undefined) throw fail.notReady()
      return answer
    }),
  )
  return kept.catch((error) => {
    if (answer === undefined || !(error instanceof ApiError)) throw error
    return answer
  })
}

async function* hashed(body: Bytes, hash: (piece: Uint8Array) => void): AsyncGenerator<Uint8Array> {
  for await (const piece of body) {
    hash(piece)
    yield piece
  }
}
