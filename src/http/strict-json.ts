// JSON (RFC 8259) without its ambiguities: one scan refuses what parsers read differently, then JSON.parse gives the value.

const DEPTH_MAX = 32
const TOKEN =
  /[{}[\]:,]|"[^"\\\u0000-\u001f]*(?:\\.[^"\\\u0000-\u001f]*)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
const SPACE = /[ \t\r\n]*/y

/** Why a body can't be taken, as a sentence. */
export class JsonFault extends Error {
  readonly code: 'invalid_json' | 'invalid_value'
  readonly problem: string

  constructor(code: JsonFault['code'], problem: string) {
    super(code)
    this.code = code
    this.problem = problem
  }
}

/**
 * Parses a body; an empty one is `{}`. Throws JsonFault: invalid_json for what is no UTF-8 or JSON, for a key that stands
 * twice in an object, nesting deeper than 32, a number outside ±(2^53−1); invalid_value for NUL or half a surrogate pair.
 */
export function parseStrictJson(bytes: Uint8Array): unknown {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new JsonFault('invalid_json', 'The body is not UTF-8.')
  }
  if (/^[ \t\r\n]*$/.test(text)) return {}
  const fault = scan(text)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new JsonFault('invalid_json', fault?.problem ?? 'The body is not JSON.')
  }
  if (fault) throw fault
  return value
}

/** Walks the tokens once. Whether they make up JSON is left to JSON.parse; the first thing that it would let pass is told. */
function scan(text: string): JsonFault | undefined {
  const objects: (Set<string> | undefined)[] = []
  let at = 0
  let previous = ''
  let pendingKey: string | undefined
  while (true) {
    SPACE.lastIndex = at
    at += SPACE.exec(text)![0].length
    if (at >= text.length) return undefined
    TOKEN.lastIndex = at
    const token = TOKEN.exec(text)?.[0]
    if (token === undefined) return new JsonFault('invalid_json', `The body is not JSON at ${place(text, at)}.`)
    if (token === '{' || token === '[') objects.push(token === '{' ? new Set() : undefined)
    else if (token === '}' || token === ']') objects.pop()
    else if (token === ':') {
      const keys = objects.at(-1)
      if (pendingKey !== undefined && keys?.has(pendingKey))
        return new JsonFault('invalid_json', `A key stands twice in one object, at ${place(text, at)}.`)
      if (pendingKey !== undefined) keys?.add(pendingKey)
    } else if (token.startsWith('"')) {
      const string = literal(token)
      if (string === undefined) return new JsonFault('invalid_json', `The body is not JSON at ${place(text, at)}.`)
      if (string.includes('\0'))
        return new JsonFault('invalid_value', `Text can't hold NUL; there is one at ${place(text, at)}.`)
      if (!isWellFormed(string))
        return new JsonFault('invalid_value', `Text holds half of a surrogate pair at ${place(text, at)}.`)
      pendingKey = previous === '{' || previous === ',' ? string : undefined
    } else if (/^[-\d]/.test(token) && Math.abs(Number(token)) > Number.MAX_SAFE_INTEGER)
      return new JsonFault('invalid_json', `A number is outside ±(2^53−1), at ${place(text, at)}; send it as text.`)
    if (objects.length > DEPTH_MAX) return new JsonFault('invalid_json', `The body is nested deeper than ${DEPTH_MAX}.`)
    previous = token[0]!
    at += token.length
  }
}

function literal(token: string): string | undefined {
  try {
    return JSON.parse(token)
  } catch {
    return undefined
  }
}

function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text)
}

function place(text: string, at: number): string {
  const before = text.slice(0, at)
  const line = before.split('\n').length
  return `line ${line}, column ${at - before.lastIndexOf('\n')}`
}
