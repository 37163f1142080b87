// Keyset cursors: where a page ended, sealed and bound to the question that it belongs to. What they say is nobody's business:
// a search's place tells how many records the whole server has made. The code that authenticates one is also what it is
// encrypted with, as in SIV (RFC 5297), so that the same place always gives the same text.

import { createCipheriv, createHmac, timingSafeEqual } from 'node:crypto'
import { fail } from '../errors.ts'
import type { Position } from './query.ts'

const MAC_BYTES = 12

/** What a cursor is bound to besides its position. */
export interface CursorBinding {
  readonly secret: string
  readonly workspaceId: string
  /** Resource, filters, search and sort. */
  readonly identity: string
}

/** Writes a position as URL-safe text. */
export function writeCursor(position: Position, binding: CursorBinding): string {
  const payload = Buffer.from(JSON.stringify([position.stretch === 'empty' ? 1 : 0, ...position.values]))
  const code = mac(payload, binding)
  return Buffer.concat([code, encrypted(payload, code, binding)]).toString('base64url')
}

/** Where the page before ended; undefined where none is named. Throws invalid_cursor for one of another question. */
export function readCursor(text: string | undefined, binding: CursorBinding): Position | undefined {
  if (text === undefined) return undefined
  const position = opened(text, binding)
  if (!position) throw fail.invalidCursor()
  return position
}

/** What `writeCursor` wrote for the same binding; undefined for anything else. */
function opened(text: string, binding: CursorBinding): Position | undefined {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.length <= MAC_BYTES || bytes.toString('base64url') !== text) return undefined
  const code = bytes.subarray(0, MAC_BYTES)
  // In counter mode twice is not at all.
  const payload = encrypted(bytes.subarray(MAC_BYTES), code, binding)
  if (!timingSafeEqual(code, mac(payload, binding))) return undefined
  const [empty, ...values] = JSON.parse(payload.toString())
  return { stretch: empty ? 'empty' : 'values', values }
}

function encrypted(bytes: Buffer, code: Buffer, { secret }: CursorBinding): Buffer {
  const key = createHmac('sha256', secret).update('cursor key').digest()
  const counter = Buffer.alloc(16)
  code.copy(counter)
  return createCipheriv('aes-256-ctr', key, counter).update(bytes)
}

function mac(payload: Buffer, { secret, workspaceId, identity }: CursorBinding): Buffer {
  const bound = JSON.stringify(['cursor', workspaceId, identity, payload.toString('base64url')])
  return createHmac('sha256', secret).update(bound).digest().subarray(0, MAC_BYTES)
}
