// A file that is larger than one import may be, in parts that can be sent one after the other.

import { closeSync, openSync, readSync } from 'node:fs'
import { CommandError } from './terminal.ts'

/** Bytes of a file, from the first up to and without the last. */
export interface Part {
  readonly from: number
  readonly to: number
}

/** A line holds at most 1 Mi characters, of up to four bytes each. */
const LINE_BYTES_MAX = 4 << 20
const NEWLINE = 0x0a
/** Blank lines and a byte order mark may stand before the first record. */
const HEAD_BYTES = 4096

/**
 * The file in parts of at most `max` bytes: whole where it fits, else cut behind lines. Only NDJSON can be cut, where each
 * line stands for itself. Throws CommandError for another file that is too large.
 */
export function partsOfFile(file: string, bytes: number, max: number): Part[] {
  if (bytes <= max) return [{ from: 0, to: bytes }]
  const opened = openSync(file, 'r')
  try {
    if (!/^\s*\{/.test(read(opened, 0, HEAD_BYTES).toString())) throw tooLarge(file, bytes, max)
    const parts: Part[] = []
    for (let from = 0; from < bytes; ) {
      const to = bytes - from <= max ? bytes : endOfLine(opened, from + max)
      if (to <= from) throw tooLarge(file, bytes, max)
      parts.push({ from, to })
      from = to
    }
    return parts
  } finally {
    closeSync(opened)
  }
}

/** Behind the last line that ends before `before`; 0 where none does that is no longer than a line may be. */
function endOfLine(opened: number, before: number): number {
  const from = Math.max(0, before - LINE_BYTES_MAX)
  const at = read(opened, from, before - from).lastIndexOf(NEWLINE)
  return at < 0 ? 0 : from + at + 1
}

function read(opened: number, from: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  return bytes.subarray(0, readSync(opened, bytes, 0, length, from))
}

function tooLarge(file: string, bytes: number, max: number): CommandError {
  const [has, takes] = [bytes, max].map((each) => `${Math.ceil(each / (1 << 20))} MiB`)
  return new CommandError(
    `${file} has ${has}, and an import takes ${takes} at most. Cut it in parts; a table needs its header in each of them.`,
  )
}
