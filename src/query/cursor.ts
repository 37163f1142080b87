// Keyset cursors: where a page ended, signed and bound to the question that it belongs to.

import { createHmac, timingSafeEqual } from 'node:crypto'
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
  return Buffer.concat([mac(payload, binding), payload]).toString('base64url')
}

/** Reads what `writeCursor` wrote for the same binding; undefined for anything else. */
export function readCursor(text: string, binding: CursorBinding): Position | undefined {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.length <= MAC_BYTES || bytes.toString('base64url') !== text) return undefined
  const payload = bytes.subarray(MAC_BYTES)
  if (!timingSafeEqual(bytes.subarray(0, MAC_BYTES), mac(payload, binding))) return undefined
  const [empty, ...values] = JSON.parse(payload.toString())
  return { stretch: empty ? 'empty' : 'values', values }
}

function mac(payload: Buffer, { secret, workspaceId, identity }: CursorBinding): Buffer {
  const bound = JSON.stringify(['cursor', workspaceId, identity, payload.toString('base64url')])
  return createHmac('sha256', secret).update(bound).digest().subarray(0, MAC_BYTES)
}
