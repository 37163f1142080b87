// Cards of vCard 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350) as their properties, one card at a time. Lines are read as bytes,
// because a folded line may be cut inside a character, and in 2.1 each property may have a charset of its own.

import { isUtf8 } from './encoding.ts'
import { linesOf } from './lines.ts'

const LINE_CHARACTERS_MAX = 4 << 20
/** In so many characters of a line its head says how the value is written. */
const ENCODING_SAID_WITHIN = 320
/** What is longer before a value is no head. */
const HEAD_CHARACTERS_MAX = 64 * 1024
const PROPERTIES_MAX = 2_000
const VALUE_LENGTH_MAX = 200_000
/** What they hold is no text that we keep. */
const DROPPED = new Set(['PHOTO', 'LOGO', 'SOUND', 'KEY', 'AGENT', 'CALURI', 'CALADRURI', 'FBURL', 'SOURCE', 'VERSION'])

export interface Property {
  /** In capitals, without its group: `EMAIL` of `item1.EMAIL`. */
  readonly name: string
  /** Parameter names in capitals; `TYPE` in lower case. */
  readonly parameters: ReadonlyMap<string, readonly string[]>
  /** Decoded from quoted-printable and its charset; escapes still stand. */
  readonly raw: string
}

export interface Card {
  /** Counted from 1. */
  readonly row: number
  readonly properties: readonly Property[]
  /** It began and did not end. */
  readonly isCut: boolean
}

/** `bytes` as Latin-1 text: a character is a byte. Throws invalid_value for a line past the limit. */
export async function* readCards(bytes: AsyncIterable<string>): AsyncGenerator<Card> {
  let row = 0
  let open: { properties: Property[] } | undefined
  let nested = 0
  for await (const line of unfolded(bytes)) {
    const upper = line.slice(0, 20).toUpperCase().replace(/\s/g, '')
    if (upper === 'BEGIN:VCARD') {
      if (open) nested++
      else {
        row++
        open = { properties: [] }
      }
    } else if (!open) continue
    else if (upper === 'END:VCARD') {
      if (nested > 0) nested--
      else {
        yield { row, ...open, isCut: false }
        open = undefined
      }
    } else if (nested === 0 && open.properties.length < PROPERTIES_MAX) {
      const property = propertyOf(line)
      if (property && !DROPPED.has(property.name)) open.properties.push(property)
    }
  }
  if (open) yield { row, ...open, isCut: true }
}

/** Joins what was folded: lines that begin with white space, and lines of quoted-printable that end with `=`. */
async function* unfolded(bytes: AsyncIterable<string>): AsyncGenerator<string> {
  // Joined once, at the end: to look into a text that has grown by a line copies all of it.
  let held: string[] = []
  let length = 0
  let isQuoted = false
  for await (const line of linesOf(bytes, LINE_CHARACTERS_MAX)) {
    const last = length < LINE_CHARACTERS_MAX ? held.at(-1) : undefined
    if (isQuoted && last?.endsWith('=')) held.splice(-1, 1, last.slice(0, -1), line)
    else if (last !== undefined && /^[ \t]/.test(line)) held.push(line.slice(1))
    else {
      if (held.length > 0) yield held.join('')
      held = [line]
      length = 0
    }
    // The head, which says so, may be folded itself.
    if (length < ENCODING_SAID_WITHIN) isQuoted = isQuotedPrintable(held.join(''))
    length += line.length
  }
  if (held.length > 0) yield held.join('')
}

function isQuotedPrintable(line: string): boolean {
  return /^[^:]{0,300}QUOTED-PRINTABLE/i.test(line)
}

function propertyOf(line: string): Property | undefined {
  const colon = endOfHead(line)
  if (colon < 1 || colon > HEAD_CHARACTERS_MAX) return undefined
  const [full, ...rest] = splitOutside(line.slice(0, colon), ';')
  const dot = full!.lastIndexOf('.')
  const name = full!
    .slice(dot + 1)
    .trim()
    .toUpperCase()
  const parameters = new Map<string, string[]>()
  for (const parameter of rest) {
    const equals = parameter.indexOf('=')
    // In 2.1 the name of a parameter may be missing: TEL;CELL:…, NOTE;QUOTED-PRINTABLE:…
    const key = equals < 0 ? bareName(parameter) : parameter.slice(0, equals).trim().toUpperCase()
    const text = equals < 0 ? parameter : parameter.slice(equals + 1)
    const values = parameters.get(key) ?? []
    parameters.set(key, values)
    for (const part of splitOutside(text, ',')) {
      const value = part.trim().replace(/^"|"$/g, '')
      values.push(key === 'TYPE' ? value.toLowerCase() : value)
    }
  }
  return { name, parameters, raw: decoded(line.slice(colon + 1), parameters).slice(0, VALUE_LENGTH_MAX) }
}

function bareName(value: string): string {
  return /^(?:quoted-printable|base64|b|8bit|7bit)$/i.test(value.trim()) ? 'ENCODING' : 'TYPE'
}

/** Quoted-printable (RFC 2045 §6.7) and the charset of the property undone. */
function decoded(value: string, parameters: ReadonlyMap<string, readonly string[]>): string {
  const isQuoted = parameters.get('ENCODING')?.[0]?.toUpperCase() === 'QUOTED-PRINTABLE'
  const plain = isQuoted
    ? value
        .replace(/=\r?\n/g, '')
        .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : value
  const bytes = Buffer.from(plain, 'latin1')
  const charset = parameters.get('CHARSET')?.[0]
  const label = charset === undefined || /^(?:us-)?ascii$/i.test(charset) ? 'utf-8' : charset
  if (/^utf-?8$/i.test(label))
    return isUtf8(bytes) ? bytes.toString('utf8') : new TextDecoder('windows-1252').decode(bytes)
  try {
    return new TextDecoder(label).decode(bytes)
  } catch {
    return isUtf8(bytes) ? bytes.toString('utf8') : new TextDecoder('windows-1252').decode(bytes)
  }
}

/** The colon before the value: the first that stands in no quotes. */
function endOfHead(line: string): number {
  let quoted = false
  for (let at = 0; at < Math.min(line.length, HEAD_CHARACTERS_MAX); at++) {
    if (line[at] === '"') quoted = !quoted
    else if (line[at] === ':' && !quoted) return at
  }
  return line.indexOf(':')
}

function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = []
  let quoted = false
  let start = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') quoted = !quoted
    else if (text[at] === separator && !quoted) {
      parts.push(text.slice(start, at))
      start = at + 1
    }
  }
  return [...parts, text.slice(start)]
}

/** The components of a value such as N or ORG, at `;`; escapes undone (RFC 6350 §3.4). */
export function componentsOf(raw: string, separator: ';' | ',' = ';'): string[] {
  const parts: string[] = ['']
  for (let at = 0; at < raw.length; at++) {
    const character = raw[at]!
    if (character === '\\' && at + 1 < raw.length) parts[parts.length - 1] += `\\${raw[++at]}`
    else if (character === separator) parts.push('')
    else parts[parts.length - 1] += character
  }
  return parts.map(unescaped)
}

export function unescaped(raw: string): string {
  const plain = raw.replace(/\\([\s\S])/g, (_, character: string) => (/[nN]/.test(character) ? '\n' : character))
  return plain.replaceAll('\r\n', '\n').trim()
}
