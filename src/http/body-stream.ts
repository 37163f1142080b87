// A body that is read piece by piece: with back pressure, a limit on its size, and one on how long a piece may take.

import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { fail } from '../errors.ts'

const PIECE_MILLISECONDS_MAX = 30_000
const DRAIN_MILLISECONDS_MAX = 10_000

/** The body's bytes. Reading throws body_too_large, and invalid_value for a compressed, slow or broken-off body. */
export function bodyStream(request: IncomingMessage, bytesMax: number): Readable {
  return Readable.from(pieces(request, bytesMax), { objectMode: false })
}

async function* pieces(request: IncomingMessage, bytesMax: number): AsyncGenerator<Buffer> {
  const coding = request.headers['content-encoding']
  if (coding !== undefined && coding.toLowerCase() !== 'identity')
    throw fail.badRequest({ problem: 'The body is compressed, which this call does not read. Send it as it is.' })
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) throw fail.bodyTooLarge({ bytes: bytesMax })
  let bytes = 0
  const iterator = request.iterator({ destroyOnReturn: false })
  for (;;) {
    const next = await inTime(iterator.next())
    if (next.done) return
    bytes += next.value.length
    if (bytes > bytesMax) throw fail.bodyTooLarge({ bytes: bytesMax })
    yield next.value
  }
}

async function inTime(next: Promise<IteratorResult<Buffer>>): Promise<IteratorResult<Buffer>> {
  let late: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    const problem = `Nothing arrived of the body for ${PIECE_MILLISECONDS_MAX / 1000} seconds.`
    late = setTimeout(() => reject(fail.badRequest({ problem })), PIECE_MILLISECONDS_MAX)
  })
  try {
    return await Promise.race([next, tooLate])
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error
    throw fail.badRequest({ problem: 'The body broke off before its end.' })
  } finally {
    clearTimeout(late)
  }
}

/** Reads away what is left of a body, for a while. */
export async function drained(request: IncomingMessage): Promise<void> {
  if (request.readableEnded || request.destroyed) return
  let late: NodeJS.Timeout | undefined
  await new Promise<void>((resolve) => {
    late = setTimeout(resolve, DRAIN_MILLISECONDS_MAX)
    for (const event of ['end', 'close', 'error']) request.once(event, () => resolve())
    request.resume()
  })
  clearTimeout(late)
}
