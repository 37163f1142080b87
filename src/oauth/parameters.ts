// The parameters of an OAuth request (OAuth 2.1 §3.2.2): a form or a JSON object, told apart by how the body begins,
// as `curl -d` and many a client name the wrong type.

import type { Body } from '../records/change.ts'

const PARAMETERS_MAX = 50
const BRACE = 0x7b
const SPACES = [0x20, 0x09, 0x0a, 0x0d]

/** Each parameter by name. */
export type Sent = Readonly<Record<string, string | undefined>>

/** What came twice can mean two things, so that it is named and refused (OAuth 2.1 §3.1). */
export interface ReadParameters {
  readonly sent: Sent
  readonly repeated: readonly string[]
}

/** Parameters by name; those without a value count as left out (OAuth 2.1 §3.1). */
export function readPairs(pairs: Iterable<readonly [string, string]>): ReadParameters {
  const sent = new Map<string, string>()
  const repeated = new Set<string>()
  for (const [name, value] of pairs) {
    if (sent.has(name)) repeated.add(name)
    if (value !== '') sent.set(name, value)
  }
  return { sent: Object.fromEntries(sent), repeated: [...repeated] }
}

/** Reads a body. Throws the 400s of JSON, where it is meant to be that. */
export function readSent(bytes: Uint8Array, json: () => Body): ReadParameters {
  if (bytes.find((byte) => !SPACES.includes(byte)) === BRACE) {
    const texts = Object.entries(json()).filter((pair): pair is [string, string] => typeof pair[1] === 'string')
    return readPairs(texts)
  }
  const pairs = [...new URLSearchParams(new TextDecoder().decode(bytes))]
  return readPairs(pairs.slice(0, PARAMETERS_MAX).map(([name, value]) => [name, value.replaceAll('\0', '')] as const))
}
