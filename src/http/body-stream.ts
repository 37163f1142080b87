// A body that is read piece by piece: with back pressure, a limit on its size, and one on how long a piece may take.

import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { fail } from '../errors.ts'

const PIECE_MILLISECONDS_MAX = 30_000
const AWAY_MILLISECONDS_MAX = 10_000

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

/** What is left of a body after its answer: who still sends would lose the answer if the connection closed at once. */
export function readAway(request: IncomingMessage): void {
  if (request.complete) return
  request.resume()
  const late = setTimeout(() => request.socket.destroy(), AWAY_MILLISECONDS_MAX)
  request.once('close', () => clearTimeout(late))
}
