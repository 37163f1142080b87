// Text or JSON: `?format=` decides, else the Accept header (RFC 9110 §12.5.1); text where it leaves the choice.

import { fail } from '../errors.ts'
import type { Format } from '../render/print.ts'

const ACCEPT_LENGTH_MAX = 1_000

/** Throws invalid_format for another value of `format`. */
export function chooseFormat(format: string | undefined, accept: string | undefined): Format {
  if (format === 'text' || format === 'json') return format
  if (format !== undefined) throw fail.invalidFormat()
  if (accept === undefined || accept.length > ACCEPT_LENGTH_MAX) return 'text'
  return weight(accept, 'application', 'json') > weight(accept, 'text', 'plain') ? 'json' : 'text'
}

/** The quality of the most specific range that covers a type; 0 where none does. */
function weight(accept: string, type: string, subtype: string): number {
  let best = { specific: -1, quality: 0 }
  for (const part of accept.split(',')) {
    const [range, ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase())
    const specific = [`*/*`, `${type}/*`, `${type}/${subtype}`].indexOf(range!)
    if (specific <= best.specific) continue
    const given = parameters.find((parameter) => parameter.startsWith('q='))
    const quality = given === undefined ? 1 : Number(given.slice(2))
    best = { specific, quality: quality >= 0 && quality <= 1 ? quality : 0 }
  }
  return best.quality
}
