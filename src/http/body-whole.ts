// A body that is read whole before anything is done with it.

import type { IncomingMessage } from 'node:http'
import { fail } from '../errors.ts'

/** Whether a body was announced (RFC 9112 §6.3); a request without one is there as soon as its head is. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/**
 * The bytes of a body that was announced. Throws body_too_large, before anything is read where its size is announced, and
 * invalid_value for one that breaks off; what is left of it stays unread.
 */
export async function wholeBody(request: IncomingMessage, bytesMax: number): Promise<Uint8Array> {
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) throw fail.bodyTooLarge({ bytes: bytesMax })
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let bytes = 0
    const end = (settle: () => void) => {
      request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone)
      // What nobody listens to would end the process.
      request.on('error', () => {})
      settle()
    }
    const onData = (piece: Buffer) => {
      bytes += piece.length
      pieces.push(piece)
      if (bytes <= bytesMax) return
      request.pause()
      end(() => reject(fail.bodyTooLarge({ bytes: bytesMax })))
    }
    const onEnd = () => end(() => resolve(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)))
    const onGone = () => end(() => reject(fail.badRequest({ problem: 'The body did not arrive as announced.' })))
    request.on('data', onData).once('end', onEnd).once('error', onGone).once('close', onGone)
  })
}

/** Whether a body says nothing; some programs send `{}` with every request. */
export function isEmptyBody(text: string): boolean {
  return /^(?:\{\s*\})?$/.test(text.trim())
}
