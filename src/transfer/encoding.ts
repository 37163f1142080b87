// What the bytes of a file mean as text: UTF-8, UTF-16 or Windows-1252, found out from the bytes themselves.

import { fail } from '../errors.ts'

const UTF16_LOOKED_AT = 2_000

/** The beginning of a file, and the whole of it. */
export interface Peeked<T> {
  readonly head: T
  readonly all: AsyncIterable<T>
}

/** Reads at least `size` of a stream ahead, where it has so much. */
export async function peek<T extends { readonly length: number }>(
  source: AsyncIterable<T>,
  size: number,
  join: (pieces: readonly T[]) => T,
): Promise<Peeked<T>> {
  const iterator = source[Symbol.asyncIterator]()
  const pieces: T[] = []
  let length = 0
  while (length < size) {
    const next = await iterator.next()
    if (next.done) break
    pieces.push(next.value)
    length += next.value.length
  }
  const head = join(pieces)
  const all = async function* () {
    try {
      yield head
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value
    } finally {
      await iterator.return?.()
    }
  }
  return { head, all: all() }
}

/** A label of the Encoding Standard: by the byte order mark, by the zeros of UTF-16, else UTF-8, until it proves wrong. */
export function detectEncoding(head: Uint8Array): string {
  const [first, second, third] = head
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8'
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  if (first === 0xfe && second === 0xff) return 'utf-16be'
  const looked = head.subarray(0, UTF16_LOOKED_AT)
  const zeros = [0, 0]
  for (const [index, byte] of looked.entries()) if (byte === 0) zeros[index % 2]!++
  if (zeros[1]! > looked.length / 4 && zeros[0]! < zeros[1]! / 4) return 'utf-16le'
  if (zeros[0]! > looked.length / 4 && zeros[1]! < zeros[0]! / 4) return 'utf-16be'
  if (isUtf8(completePart(head))) return 'utf-8'
  return 'windows-1252'
}

/** Throws where a file is none of text at all: compressed, or a workbook. */
export function refuseBinary(head: Uint8Array): void {
  const starts = (...bytes: number[]) => bytes.every((byte, index) => head[index] === byte)
  if (starts(0x50, 0x4b, 3, 4))
    throw fail.badRequest({
      problem: 'This is a zip archive or an Excel workbook. Save the sheet as CSV (UTF-8) and send that.',
    })
  if (starts(0x1f, 0x8b)) throw fail.badRequest({ problem: 'This file is compressed with gzip. Send it unpacked.' })
  if (starts(0xd0, 0xcf, 0x11, 0xe0))
    throw fail.badRequest({ problem: 'This is an old Excel workbook. Save the sheet as CSV (UTF-8) and send that.' })
  const looked = head.subarray(0, UTF16_LOOKED_AT)
  const controls = looked.filter((byte) => byte < 9 || (byte > 13 && byte < 32)).length
  const encoding = detectEncoding(head)
  // Our own export of what holds such characters is UTF-8 without NUL, which hardly anything else is that is no text.
  const mayBeText = encoding.startsWith('utf-16') || (encoding === 'utf-8' && !looked.includes(0))
  if (!mayBeText && controls > looked.length / 50)
    throw fail.badRequest({ problem: 'This file is not text. Send a CSV, vCards or NDJSON.' })
}

/**
 * The text of the bytes, without a byte order mark. What began as ASCII and turns out not to be UTF-8 is read on as
 * Windows-1252, in which ASCII is the same. Throws invalid_value where UTF-8 breaks later on.
 */
export async function* decodeText(bytes: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<string> {
  if (encoding.startsWith('utf-16')) return yield* decodeUtf16(bytes, encoding)
  if (encoding !== 'utf-8') return yield* decodeAs(bytes, encoding)
  let held: Uint8Array = new Uint8Array()
  let isAscii = true
  let decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let first = true
  for await (const piece of bytes) {
    const joined = held.length > 0 ? Buffer.concat([held, piece]) : piece
    const complete = decoder.encoding === 'utf-8' ? completePart(joined) : joined
    held = joined.subarray(complete.length)
    let text: string
    try {
      text = decoder.decode(complete)
    } catch {
      if (!isAscii) throw brokenUtf8()
      decoder = new TextDecoder('windows-1252')
      text = decoder.decode(joined)
      held = new Uint8Array()
    }
    isAscii &&= /^[\x00-\x7f]*$/.test(text)
    yield first && text.startsWith('\ufeff') ? text.slice(1) : text
    first &&= complete.length === 0
  }
  if (held.length === 0) return
  if (!isAscii) throw brokenUtf8()
  yield new TextDecoder('windows-1252').decode(held)
}

async function* decodeAs(bytes: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding)
  for await (const piece of bytes) yield decoder.decode(piece, { stream: true })
  yield decoder.decode()
}

/**
 * A half of a pair that stands alone, and a last odd byte, become NUL, which no row may hold: so it is the row that is
 * refused, not the file, and nobody keeps a sign that nobody wrote.
 */
async function* decodeUtf16(bytes: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<string> {
  let held: Uint8Array = new Uint8Array()
  let first = true
  for await (const piece of bytes) {
    const joined = Buffer.concat([held, piece])
    const complete = joined.subarray(0, joined.length - (joined.length % 2))
    const text = (encoding === 'utf-16be' ? Buffer.from(complete).swap16() : complete).toString('utf16le')
    const cut = /[\ud800-\udbff]$/.test(text) ? 1 : 0
    held = joined.subarray(complete.length - 2 * cut)
    if (text.length === cut) continue
    const whole = text.slice(first && text.startsWith('\ufeff') ? 1 : 0, text.length - cut)
    yield whole.replace(/\p{Surrogate}/gu, '\0')
    first = false
  }
  if (held.length > 0) yield '\0'
}

function brokenUtf8() {
  return fail.badRequest({
    problem: 'The file begins as UTF-8 and then breaks. Save it again as UTF-8, or say encoding=windows-1252.',
  })
}

/** All but a last character that is cut in the middle. */
function completePart(bytes: Uint8Array): Uint8Array {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!
    if (byte < 0x80) break
    if (byte < 0xc0) continue
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
    return length > back ? bytes.subarray(0, bytes.length - back) : bytes
  }
  return bytes
}

export function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}
