// The messages of a request, read strictly. What stands in the arguments of a tool is the model's own: a fault there is
// told as the API tells it, to the call that has it, where one of what is around them ends the whole request.

import { readBody } from '../http/door.ts'
import { JsonFault, parseStrictJson, skipSpace } from '../http/strict-json.ts'

/** The envelope around a body of the API: batch, message, params, arguments. */
const ENVELOPE_DEPTH = 4
/** The arguments around it. */
const ARGUMENTS_DEPTH = 1
/** Messages in one JSON-RPC batch (revision 2025-03-26). */
export const BATCH_MAX = 50

/** A message, or the list of them, with arguments as `readArguments` gives them. Throws JsonFault for all that is around them. */
export function readMessages(bytes: Uint8Array): unknown {
  try {
    return parseStrictJson(bytes, ENVELOPE_DEPTH)
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error
    const text = jsonIn(bytes)
    if (text === undefined) throw error
    const calls = callsIn(text)
    const messages = strictly(without(text, calls))
    if (messages === undefined) throw error
    if (Array.isArray(messages) && messages.length > BATCH_MAX) return messages
    for (const { at, from, to } of calls) {
      const message = (at === undefined ? messages : (messages as unknown[])[at]) as { params: { arguments: unknown } }
      message.params.arguments = readArguments(text.slice(from, to))
    }
    return messages
  }
}

/**
 * The arguments of a call. A body that the API does not take stands there as the text that it came in, so that the call
 * says of it what it says over HTTP; where something else is not taken, the ApiError that says so is the one argument.
 * Throws SyntaxError.
 */
export function readArguments(source: string): unknown {
  try {
    return parseStrictJson(Buffer.from(source), ARGUMENTS_DEPTH)
  } catch {
    // What is no JSON at all has no parts.
    JSON.parse(source)
  }
  const body = member(source, skipSpace(source, 0), 'body')
  try {
    const others = readBody(Buffer.from(without(source, body ? [body] : [])))
    return body ? { ...others, body: source.slice(body.from, body.to) } : others
  } catch (unread) {
    return { unread }
  }
}

/** The text, where it is what any parser takes for JSON: the functions below take nothing else. */
function jsonIn(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    JSON.parse(text)
    return text
  } catch {
    return undefined
  }
}

function strictly(text: string): unknown {
  try {
    return parseStrictJson(Buffer.from(text), ENVELOPE_DEPTH)
  } catch {
    return undefined
  }
}

/** Where a value stands in its text. */
interface Place {
  readonly from: number
  readonly to: number
}

/** The arguments of each call, and which message it is where there is a list of them. */
function callsIn(text: string): (Place & { at?: number })[] {
  const start = skipSpace(text, 0)
  if (text[start] !== '[') return argumentsIn(text, start)
  return partsOf(text, start).flatMap(({ from }, at) => argumentsIn(text, from).map((place) => ({ ...place, at })))
}

function argumentsIn(text: string, message: number): Place[] {
  const method = member(text, message, 'method')
  const params = member(text, message, 'params')
  if (!method || !params || JSON.parse(text.slice(method.from, method.to)) !== 'tools/call') return []
  const found = member(text, params.from, 'arguments')
  return found ? [found] : []
}

/** Of two with one name the last, as parsers have it; the strict one refuses both. */
function member(text: string, object: number, name: string): Place | undefined {
  return text[object] === '{' ? partsOf(text, object).findLast(({ key }) => key === name) : undefined
}

interface Part extends Place {
  readonly key?: string
}

/** The members of an object, or the items of a list. */
function partsOf(text: string, start: number): Part[] {
  const isObject = text[start] === '{'
  const parts: Part[] = []
  let at = skipSpace(text, start + 1)
  while (text[at] !== '}' && text[at] !== ']') {
    const keyEnd = isObject ? endOf(text, at) : at
    const key = isObject ? { key: JSON.parse(text.slice(at, keyEnd)) as string } : {}
    const from = isObject ? skipSpace(text, skipSpace(text, keyEnd) + 1) : at
    const to = endOf(text, from)
    parts.push({ ...key, from, to })
    at = skipSpace(text, to)
    if (text[at] === ',') at = skipSpace(text, at + 1)
  }
  return parts
}

const SCALAR = /[\w.+-]+/y

/** Where the value that begins at `start` ends. */
function endOf(text: string, start: number): number {
  if (text[start] === '"') return endOfString(text, start)
  if (text[start] !== '{' && text[start] !== '[') {
    SCALAR.lastIndex = start
    return start + SCALAR.exec(text)![0].length
  }
  let depth = 0
  let at = start
  do {
    const letter = text[at]
    if (letter === '{' || letter === '[') depth++
    else if (letter === '}' || letter === ']') depth--
    at = letter === '"' ? endOfString(text, at) : at + 1
  } while (depth > 0)
  return at
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

/** The text with null in these places, which are in their order. */
function without(text: string, places: readonly Place[]): string {
  const ends = [0, ...places.map(({ to }) => to)]
  return ends.map((end, n) => text.slice(end, places[n]?.from)).join('null')
}
