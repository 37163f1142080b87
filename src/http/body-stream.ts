// A body that is read piece by piece: with back pressure, a limit on its size, and one on how long a piece may take.

import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { type ApiError, fail } from '../errors.ts'

const PIECE_MILLISECONDS_MAX = 30_000
const AWAY_MILLISECONDS_MAX = 10_000
/** What a client may have under way while the answer that refuses its body already comes. */
const AWAY_BYTES_MAX = 32 << 20

/**
 * The body's bytes; nothing is read before somebody asks. Reading throws body_too_large, invalid_value for a compressed,
 * slow or broken-off body, and the reason of `stop`, which ends it at once.
 */
export function bodyStream(request: IncomingMessage, bytesMax: number, stop: AbortSignal): Readable {
  let bytes = 0
  let late: NodeJS.Timeout | undefined
  const refuse = (error: ApiError) => void body.destroy(error)
  const tooLate = () => {
    const problem = `Nothing arrived of the body for ${PIECE_MILLISECONDS_MAX / 1000} seconds.`
    refuse(fail.badRequest({ problem }))
  }
  const onData = (piece: Buffer) => {
    bytes += piece.length
    if (bytes > bytesMax) return refuse(fail.bodyTooLarge({ bytes: bytesMax }))
    if (body.push(piece)) late?.refresh()
    else {
      clearTimeout(late)
      request.pause()
    }
  }
  const onEnd = () => void body.push(null)
  const onGone = () => refuse(fail.badRequest({ problem: 'The body broke off before its end.' }))
  const onStop = () => void body.destroy(stop.reason)
  let reading = false
  const listen = () => {
    reading = true
    request.on('data', onData).once('end', onEnd).once('error', onGone)
    stop.addEventListener('abort', onStop)
  }
  const body = new Readable({
    read: () => {
      const refused = refusalOf(request, bytesMax)
      if (refused) return refuse(refused)
      if (stop.aborted) return onStop()
      if (request.destroyed) return onGone()
      if (!reading) listen()
      clearTimeout(late)
      late = setTimeout(tooLate, PIECE_MILLISECONDS_MAX)
      request.resume()
    },
    destroy: (error, done) => {
      clearTimeout(late)
      request.off('data', onData).off('end', onEnd).off('error', onGone)
      // What nobody listens to would end the process.
      request.on('error', () => {})
      stop.removeEventListener('abort', onStop)
      done(error)
    },
  })
  return body
}

/** What can be said before anything is read. */
function refusalOf({ headers }: IncomingMessage, bytesMax: number): ApiError | undefined {
  const coding = headers['content-encoding']
  if (coding !== undefined && coding.toLowerCase() !== 'identity')
    return fail.badRequest({ problem: 'The body is compressed, which this call does not read. Send it as it is.' })
  return Number(headers['content-length'] ?? 0) > bytesMax ? fail.bodyTooLarge({ bytes: bytesMax }) : undefined
}

/**
 * What is left of a body after its answer: who still sends would lose the answer if the connection closed at once. Past
 * a limit the connection ends.
 */
export function readAway(request: IncomingMessage): void {
  if (request.complete) return
  const { socket } = request
  let bytes = 0
  request.on('data', (piece: Buffer) => {
    bytes += piece.length
    if (bytes > AWAY_BYTES_MAX) socket.destroySoon()
  })
  request.resume()
  const late = setTimeout(() => socket.destroySoon(), AWAY_MILLISECONDS_MAX)
  request.once('close', () => clearTimeout(late))
}
