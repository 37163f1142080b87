// The lines of a text that comes in pieces, without their ends.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { fail } from '../errors.ts'

/** After so many others are answered in between. */
const LINES_AT_ONCE = 1_000

/** Throws invalid_value for a line of more than `max` characters, so that memory stays bounded. */
export async function* linesOf(text: AsyncIterable<string>, max: number): AsyncGenerator<string> {
  let held = ''
  let row = 0
  let endsInReturn = false
  for await (const piece of text) {
    held += piece
    const mayEnd = endsInReturn || /[\r\n]/.test(piece)
    endsInReturn = piece === '' ? endsInReturn : piece.endsWith('\r')
    if (!mayEnd && held.length <= max) continue
    const lines = held.split(/\r\n|\n|\r(?!$)/)
    held = lines.pop()!
    for (const line of lines) {
      if (++row % LINES_AT_ONCE === 0) await nextTurn()
      yield line
    }
    if (held.length > max)
      throw fail.badRequest({
        problem: `Line ${row + 1} has more than ${max} characters. Shorten it and send the file again.`,
      })
  }
  if (held !== '') yield held.endsWith('\r') ? held.slice(0, -1) : held
}
