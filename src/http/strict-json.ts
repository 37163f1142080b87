// JSON (RFC 8259) without its ambiguities: one scan refuses what parsers read differently, then JSON.parse gives the value.

import { printClipped } from '../render/logfmt.ts'

const DEPTH_MAX = 32
const KEY_CODE_POINTS_SHOWN = 80
/** A number without an exponent and no longer than this can't be outside ±(2^53−1). */
const SURE_NUMBER_LENGTH = 15

const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const DOT = 0x2e
const ZERO = 0x30
const COLON = 0x3a
const BACKSLASH = 0x5c

/** Why a body can't be taken, as a sentence. */
export class JsonFault extends Error {
  readonly code: 'invalid_json' | 'invalid_value'
  readonly problem: string
  /** The key of the outermost object that the fault is in. */
  readonly field?: string

  constructor(code: JsonFault['code'], problem: string, field?: string) {
    super(code)
    this.code = code
    this.problem = problem
    this.field = field
  }
}

/** The text under the scan, and the key of the outermost object that the scan is in. */
interface Scan {
  readonly text: string
  readonly depthMax: number
  field?: string
}

/**
 * Parses a body; an empty one is `{}`. `envelope` is how much deeper than a body of the API it may be, being around one.
 * Throws JsonFault: invalid_json for what is no UTF-8 or JSON, for a key that stands twice in an object, too deep nesting, a
 * number outside ±(2^53−1); invalid_value for NUL or half a surrogate pair.
 */
export function parseStrictJson(bytes: Uint8Array, envelope = 0): unknown {
  const text = decode(bytes)
  const start = skipSpace(text, 0)
  if (start === text.length) return {}
  const scan: Scan = { text, depthMax: DEPTH_MAX + envelope }
  const end = skipSpace(text, scanValue(scan, start, 1))
  if (end < text.length) throw notJson(scan, end, 'nothing may follow the value')
  return JSON.parse(text)
}

const strict = new TextDecoder('utf-8', { fatal: true })

function decode(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes)
  } catch {
    // What the lenient decoder replaced encodes to other bytes, so the first difference is the first fault.
    const replaced = new TextEncoder().encode(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes))
    const good = bytes.findIndex((byte, at) => byte !== replaced[at])
    throw new JsonFault('invalid_json', `The body is not UTF-8 after its first ${good} bytes.`)
  }
}

/** These take where a token begins and give where it ends. The stack is safe: they go no deeper than `depthMax`. */
function scanValue(scan: Scan, at: number, depth: number): number {
  const { text } = scan
  const first = text.charCodeAt(at)
  if (first === QUOTE) return scanString(scan, at)
  if (first === MINUS || isDigit(first)) return scanNumber(scan, at)
  if (text[at] === '{' || text[at] === '[') {
    if (depth > scan.depthMax) throw fault(scan, 'invalid_json', at, `The body is nested deeper than ${scan.depthMax}`)
    return text[at] === '{' ? scanObject(scan, at, depth) : scanArray(scan, at, depth)
  }
  if (text.startsWith('true', at) || text.startsWith('null', at)) return at + 4
  if (text.startsWith('false', at)) return at + 5
  throw notJson(scan, at, 'a value belongs there')
}

function scanObject(scan: Scan, start: number, depth: number): number {
  const { text } = scan
  let firstKey: string | undefined
  let laterKeys: Set<string> | undefined
  let at = skipSpace(text, start + 1)
  if (text[at] === '}') return at + 1
  while (true) {
    if (text.charCodeAt(at) !== QUOTE) throw notJson(scan, at, 'a key in double quotes belongs there')
    const keyEnd = scanString(scan, at)
    const key = unquote(text.slice(at, keyEnd))
    if (depth === 1) scan.field = key
    if (key === firstKey || laterKeys?.has(key))
      throw fault(
        scan,
        'invalid_json',
        at,
        `The key ${printClipped(key, KEY_CODE_POINTS_SHOWN)} stands twice in one object,`,
      )
    // Most objects of a hostile body are small and many; a set for each would be the dearest part of the scan.
    if (firstKey === undefined) firstKey = key
    else if (laterKeys) laterKeys.add(key)
    else laterKeys = new Set([key])
    at = skipSpace(text, keyEnd)
    if (text.charCodeAt(at) !== COLON) throw notJson(scan, at, 'a colon belongs there')
    at = skipSpace(text, scanValue(scan, skipSpace(text, at + 1), depth + 1))
    if (depth === 1) scan.field = undefined
    if (text[at] === '}') return at + 1
    if (text.charCodeAt(at) !== COMMA) throw notJson(scan, at, 'a comma or } belongs there')
    at = skipSpace(text, at + 1)
  }
}

function scanArray(scan: Scan, start: number, depth: number): number {
  const { text } = scan
  let at = skipSpace(text, start + 1)
  if (text[at] === ']') return at + 1
  while (true) {
    at = skipSpace(text, scanValue(scan, at, depth + 1))
    if (text[at] === ']') return at + 1
    if (text.charCodeAt(at) !== COMMA) throw notJson(scan, at, 'a comma or ] belongs there')
    at = skipSpace(text, at + 1)
  }
}

function scanString(scan: Scan, start: number): number {
  const { text } = scan
  let at = start + 1
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) return at + 1
    if (code === BACKSLASH) at = scanEscape(scan, at)
    else if (code >= 0x20) at++
    else if (code === 0) throw fault(scan, 'invalid_value', at, "Text can't hold NUL; there is one")
    else throw notJson(scan, at, 'a control character in text is written as an escape, such as \\n')
  }
  throw notJson(scan, start, 'the text that begins there has no end')
}

function scanEscape(scan: Scan, at: number): number {
  const { text } = scan
  if (text[at + 1] !== 'u') {
    if (at + 1 < text.length && '"\\/bfnrt'.includes(text[at + 1]!)) return at + 2
    throw notJson(scan, at, 'a backslash goes before one of " \\ / b f n r t u')
  }
  const unit = escapedUnit(text, at)
  if (unit === undefined) throw notJson(scan, at, '\\u goes before four hexadecimal digits')
  if (unit === 0) throw fault(scan, 'invalid_value', at, "Text can't hold NUL; there is one")
  if (unit < 0xd800 || unit > 0xdfff) return at + 6
  const low = unit < 0xdc00 ? (escapedUnit(text, at + 6) ?? 0) : 0
  if (low >= 0xdc00 && low <= 0xdfff) return at + 12
  throw fault(scan, 'invalid_value', at, 'Text holds half of a surrogate pair')
}

function escapedUnit(text: string, at: number): number | undefined {
  const escaped = text.slice(at, at + 6)
  return /^\\u[0-9a-fA-F]{4}$/.test(escaped) ? Number.parseInt(escaped.slice(2), 16) : undefined
}

function scanNumber(scan: Scan, start: number): number {
  const { text } = scan
  const whole = text.charCodeAt(start) === MINUS ? start + 1 : start
  let at = text.charCodeAt(whole) === ZERO ? whole + 1 : scanDigits(scan, whole)
  if (text.charCodeAt(at) === DOT) at = scanDigits(scan, at + 1)
  const mantissaEnd = at
  if (text[at] === 'e' || text[at] === 'E') {
    const signed = text[at + 1] === '+' || text[at + 1] === '-'
    at = scanDigits(scan, signed ? at + 2 : at + 1)
  }
  if (at === mantissaEnd && at - start <= SURE_NUMBER_LENGTH) return at
  if (Math.abs(Number(text.slice(start, at))) <= Number.MAX_SAFE_INTEGER) return at
  throw fault(
    scan,
    'invalid_json',
    start,
    'A number lies within ±(2^53−1), and under custom a larger one can be sent as text; there is one outside',
  )
}

function scanDigits(scan: Scan, start: number): number {
  let at = start
  while (isDigit(scan.text.charCodeAt(at))) at++
  if (at === start) throw notJson(scan, at, 'a digit belongs there')
  return at
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= 0x39
}

/** Where what follows the blanks of JSON begins. */
export function skipSpace(text: string, start: number): number {
  let at = start
  while (true) {
    const code = text.charCodeAt(at)
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at
    at++
  }
}

function unquote(literal: string): string {
  return literal.includes('\\') ? JSON.parse(literal) : literal.slice(1, -1)
}

function notJson(scan: Scan, at: number, because: string): JsonFault {
  const where = `${place(scan.text, at)}${at < scan.text.length ? '' : ', where it ends'}`
  return new JsonFault('invalid_json', `The body is not JSON at ${where}: ${because}.`, scan.field)
}

function fault(scan: Scan, code: JsonFault['code'], at: number, words: string): JsonFault {
  return new JsonFault(code, `${words} at ${place(scan.text, at)}.`, scan.field)
}

function place(text: string, at: number): string {
  let line = 1
  let lineStart = 0
  for (let end = text.indexOf('\n'); end !== -1 && end < at; end = text.indexOf('\n', lineStart)) {
    line++
    lineStart = end + 1
  }
  return `line ${line}, column ${at - lineStart + 1}`
}
