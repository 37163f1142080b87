// Reads crmkit's own text back: what an agent or a test does with an answer.

import { isScalar } from './logfmt.ts'

export interface ParsedValue {
  readonly text: string
  /** As it was printed, with the count of what was left out. */
  readonly raw: string
  /** How many code points a list left out. */
  readonly omitted?: number
}

export interface ParsedRecord {
  readonly handle: string
  readonly values: ReadonlyMap<string, ParsedValue>
}

export interface ParsedAnswer {
  readonly records: readonly ParsedRecord[]
  /** What follows `# `. */
  readonly comments: readonly string[]
  /** `label: text` lines. */
  readonly labels: ReadonlyMap<string, readonly string[]>
}

const HANDLE = /^[a-z]+\/[a-z]+_[0-9a-z]+/
const LABEL = / ([A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*)=/y
const QUOTED = /"[^"\\]*(?:\\.[^"\\]*)*"/y
const CLIPPED = /\+(\d+)/y
const BARE = /[^"\\ ]+/y
const UNSAFE = /(?! )[\p{White_Space}\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u
const LABELLED = /^([a-z_]+): (.*)$/
const CUSTOM = /^(?:[^"\\ ]+|"[^"\\]*(?:\\.[^"\\]*)*")$/

/** Reads one record's line. Throws where it is not of the grammar. */
export function parseRecord(line: string): ParsedRecord {
  refuseUnsafe(line)
  const handle = HANDLE.exec(line)?.[0]
  if (!handle) throw new Error('The line does not begin with a handle.')
  const values = new Map<string, ParsedValue>()
  let at = handle.length
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const match = pattern.exec(line)
    if (match) at += match[0].length
    return match
  }
  while (at < line.length) {
    const label = take(LABEL)?.[1]
    if (label === undefined || values.has(label)) throw new Error(`No label, or one for the second time, at ${at}.`)
    const quoted = take(QUOTED)?.[0]
    const printed = quoted ?? take(BARE)?.[0]
    if (printed === undefined) throw new Error(`No value, or one whose quote does not end, at ${at}.`)
    const text = quoted === undefined ? printed : unquote(quoted)
    const clipped = quoted === undefined ? null : take(CLIPPED)
    if (clipped) values.set(label, { text, raw: `${printed}${clipped[0]}`, omitted: Number(clipped[1]) })
    else values.set(label, { text, raw: printed })
  }
  return { handle, values }
}

/** The JSON value of a custom key, from what was printed for it. Throws for what printCustom does not print. */
export function parseCustom(raw: string): unknown {
  refuseUnsafe(raw)
  if (!CUSTOM.test(raw)) throw new Error('This is not the value of a custom key, or a list has clipped it.')
  if (isScalar(raw)) return JSON.parse(raw)
  if (!raw.startsWith('"')) return raw
  const text = unquote(raw)
  return raw[1] === '{' || raw[1] === '[' ? readJson(text) : text
}

/** Reads a whole answer. Throws where a line is none of the grammar's. */
export function parseAnswer(text: string): ParsedAnswer {
  const records: ParsedRecord[] = []
  const comments: string[] = []
  const labels = new Map<string, string[]>()
  if (text !== '' && !text.endsWith('\n')) throw new Error('The last line does not end.')
  for (const line of text.split('\n').slice(0, -1)) {
    refuseUnsafe(line)
    const labelled = LABELLED.exec(line)
    if (line.startsWith('# ')) comments.push(line.slice(2))
    else if (HANDLE.test(line)) records.push(parseRecord(line))
    else if (labelled) labels.set(labelled[1]!, [...(labels.get(labelled[1]!) ?? []), labelled[2]!])
    else throw new Error(`This line is none of the grammar's: ${line.slice(0, 80)}`)
  }
  return { records, comments, labels }
}

function refuseUnsafe(line: string): void {
  if (UNSAFE.test(line)) throw new Error('The line holds an unsafe character.')
}

function unquote(quoted: string): string {
  return String(readJson(quoted))
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`This is not JSON: ${text.slice(0, 80)}`)
  }
}
