// The messages that a packet is made of, as bytes (PostgreSQL's frontend protocol 3.0, "Message Formats"): all of them in
// one piece of memory, for the driver makes a piece of each, and to write twenty small ones costs more than their contents.

import type { Value } from './dialect.ts'

/** A statement as it is run once more on a connection, or for the first time. */
export interface Run {
  readonly name: string
  readonly values: readonly Value[]
  /** Its text, where the connection does not know it yet. */
  readonly text?: string
}

const HEAD_BYTES = 5
const BYTES_MIN = 1_024
const NO_FORMATS = 0
const ALL_ROWS = 0

/** Closes what stands under a new name, has it planned and described; binds and executes each; and ends with Sync. */
export function packetOf(runs: readonly Run[]): Buffer {
  const out = writer()
  for (const { name, text, values } of runs) {
    const isNew = text !== undefined
    if (isNew && name !== '') out.message('C', () => out.text(`S${name}`))
    if (isNew)
      out.message('P', () => {
        out.text(name)
        out.text(text)
        out.int16(0)
      })
    out.message('B', () => {
      out.text('')
      out.text(name)
      out.int16(NO_FORMATS)
      out.int16(values.length)
      for (const value of values) out.value(value)
      out.int16(NO_FORMATS)
    })
    if (isNew) out.message('D', () => out.text('P'))
    out.message('E', () => {
      out.text('')
      out.int32(ALL_ROWS)
    })
  }
  out.message('S', () => {})
  return out.bytes()
}

function writer() {
  let buffer = Buffer.allocUnsafe(BYTES_MIN)
  let at = 0
  const room = (bytes: number) => {
    if (at + bytes <= buffer.length) return
    const larger = Buffer.allocUnsafe(2 * buffer.length + bytes)
    buffer.copy(larger, 0, 0, at)
    buffer = larger
  }
  const int16 = (number: number) => {
    room(2)
    at = buffer.writeUInt16BE(number, at)
  }
  const int32 = (number: number) => {
    room(4)
    at = buffer.writeInt32BE(number, at)
  }
  return {
    ...{ int16, int32 },
    /** Ends with a zero byte. */
    text: (text: string) => {
      room(3 * text.length + 1)
      at += buffer.write(text, at)
      buffer[at++] = 0
    },
    /** Led by its length. */
    value: (value: Value) => {
      if (value === null) return int32(-1)
      const text = String(value)
      room(4 + 3 * text.length)
      const bytes = buffer.write(text, at + 4)
      buffer.writeInt32BE(bytes, at)
      at += 4 + bytes
    },
    /** Led by a letter and its length. */
    message: (letter: string, body: () => void) => {
      room(HEAD_BYTES)
      const start = at
      buffer[at] = letter.charCodeAt(0)
      at += HEAD_BYTES
      body()
      buffer.writeInt32BE(at - start - 1, start + 1)
    },
    bytes: () => buffer.subarray(0, at),
  }
}
