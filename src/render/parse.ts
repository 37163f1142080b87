// Reads crmkit's own text back: what an agent or a test does with an answer.

import { isScalar } from './logfmt.ts'

export interface ParsedValue {
  readonly text: string
  /** As it was printed. */
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

/** Reads one record's line. Throws where it is not of the grammar. */
export function parseRecord(line: string): ParsedRecord {
  if (UNSAFE.test(line)) throw new Error('The line holds an unsafe character.')
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
    const raw = quoted ?? take(BARE)?.[0]
    if (raw === undefined) throw new Error(`No value at ${at}.`)
    const omitted = quoted === undefined ? undefined : take(CLIPPED)?.[1]
    const text = quoted === undefined ? raw : String(JSON.parse(quoted))
    values.set(label, { text, raw, ...(omitted === undefined ? {} : { omitted: Number(omitted) }) })
  }
  return { handle, values }
}

/** The JSON value of a custom key, from what was printed for it. */
export function parseCustom(raw: string): unknown {
  if (isScalar(raw)) return JSON.parse(raw)
  if (!raw.startsWith('"')) return raw
  const text: string = JSON.parse(raw)
  return raw[1] === '{' || raw[1] === '[' ? JSON.parse(text) : text
}

/** Reads a whole answer. Throws where a line is none of the grammar's. */
export function parseAnswer(text: string): ParsedAnswer {
  const records: ParsedRecord[] = []
  const comments: string[] = []
  const labels = new Map<string, string[]>()
  if (text !== '' && !text.endsWith('\n')) throw new Error('The last line does not end.')
  for (const line of text.split('\n').slice(0, -1)) {
    const labelled = LABELLED.exec(line)
    if (line.startsWith('# ')) comments.push(line.slice(2))
    else if (HANDLE.test(line)) records.push(parseRecord(line))
    else if (labelled) labels.set(labelled[1]!, [...(labels.get(labelled[1]!) ?? []), labelled[2]!])
    else throw new Error(`This line is none of the grammar's: ${line.slice(0, 80)}`)
  }
  return { records, comments, labels }
}
