// Which character separates the cells of a file, found out from its beginning.

import { isKnownHeader } from './vocabulary.ts'

const DELIMITERS = [',', ';', '\t', '|'] as const
const RECORDS_LOOKED_AT = 40
const HEADER_WEIGHT = 1000
/** Of a wide row so many cells tell enough. */
const CELLS_LOOKED_AT = 200

/** What Excel writes into the first line of a file to say it: `sep=;`. */
const SEP_LINE = /^"?sep=(.)"?[^\r\n]*(?:\r\n|\n|\r)/i

export interface Separated {
  readonly delimiter: string
  /** How much of the text is the line that only says so. */
  readonly skip: number
}

export function detectDelimiter(head: string): Separated {
  const said = SEP_LINE.exec(head)
  if (said) return { delimiter: said[1]!, skip: said[0].length }
  const scores = DELIMITERS.map((delimiter) => scoreOf(sampleRecords(head, delimiter)))
  return { delimiter: DELIMITERS[scores.indexOf(Math.max(...scores))]!, skip: 0 }
}

/** The more cells of some row are known headers, and the more rows agree in their width, the better. */
function scoreOf(records: readonly string[][]): number {
  const headers = records.map((cells) =>
    cells.length > 1 ? cells.slice(0, CELLS_LOOKED_AT).filter(isKnownHeader).length : 0,
  )
  const widths = new Map<number, number>()
  for (const { length } of records) if (length > 1) widths.set(length, (widths.get(length) ?? 0) + 1)
  const regular = [...widths].map(([width, count]) => count * Math.min(width, 10))
  return HEADER_WEIGHT * Math.max(0, ...headers) + Math.max(0, ...regular)
}

/** The first records of a text, roughly: enough to compare delimiters by. */
function sampleRecords(text: string, delimiter: string): string[][] {
  const records: string[][] = []
  let cells: string[] = []
  let start = 0
  let quoted = false
  const take = (end: number) => cells.push(text.slice(start, end).replace(/^"|"$/g, ''))
  for (let at = 0; at <= text.length && records.length < RECORDS_LOOKED_AT; at++) {
    const character = text[at]
    if (character === '"') quoted = !quoted
    else if (quoted && character !== undefined) continue
    else if (character === delimiter) {
      take(at)
      start = at + 1
    } else if (character === '\n' || character === '\r' || character === undefined) {
      take(at)
      if (cells.length > 1 || cells[0] !== '') records.push(cells)
      cells = []
      start = at + 1
    }
  }
  return records
}
