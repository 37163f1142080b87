// The rows of a delimited file (RFC 4180 and what products make of it), one at a time.

import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { CsvError, parse } from 'csv-parse'
import { fail } from '../errors.ts'
import { isAddress } from '../text/addresses.ts'
import { detectDelimiter } from './delimiter.ts'
import { peek } from './encoding.ts'
import { isKnownHeader } from './vocabulary.ts'

const HEAD_CHARACTERS = 64 * 1024
/** What the cells of a row may hold together; with the limit on their number it bounds the row. */
const RECORD_CHARACTERS_MAX = 1 << 20
/** So many lines may stand before the header. */
const PREAMBLE_MAX = 30
/** Of a wide row so many cells tell whether it is the header. */
const HEADERS_LOOKED_AT = 200
const COLUMNS_MAX = 1_000
/** As many blank rows, of which each takes the parser as long as a full one. */
const PIECE_CHARACTERS = 1_024

export interface CsvRow {
  /** As a spreadsheet counts them: the first line of the file is 1. */
  readonly row: number
  readonly cells: readonly string[]
}

export interface CsvFile {
  readonly delimiter: string
  readonly headers: readonly string[]
  readonly rows: AsyncGenerator<CsvRow>
}

/** Finds delimiter and header. Throws invalid_value where there is no header, or a quote that never ends. */
export async function readCsv(text: AsyncIterable<string>): Promise<CsvFile> {
  const { head, all } = await peek(text, HEAD_CHARACTERS, (pieces) => pieces.join(''))
  const { delimiter, skip } = detectDelimiter(head)
  const records = recordsOf(all, delimiter, skip)
  const first: string[][] = []
  for (let next = await records.next(); !next.done; next = await records.next()) {
    first.push(next.value)
    if (first.length > PREAMBLE_MAX) break
  }
  const at = headerAt(first)
  const headers = first[at]!.map((header) => header.trim())
  const before = at + 1 + (skip > 0 ? 1 : 0)
  return { delimiter, headers, rows: rowsOf(first.slice(at + 1), records, headers.length, before) }
}

async function* recordsOf(text: AsyncIterable<string>, delimiter: string, skip: number): AsyncGenerator<string[]> {
  const parser = parse({
    delimiter,
    ...{ record_delimiter: ['\r\n', '\n', '\r'], relax_quotes: true, relax_column_count: true },
    max_record_size: RECORD_CHARACTERS_MAX,
    // Called with each cell as it ends, so that a row that is too wide is refused before it is whole.
    cast: (cell, { index, lines }) => {
      if (index >= COLUMNS_MAX) throw tooWide(lines)
      return cell
    },
  })
  const source = Readable.from(afterFirst(text, skip))
  // pipe() leaves the parser waiting for ever when its source fails.
  source.once('error', (error) => parser.destroy(error))
  source.pipe(parser)
  try {
    for await (const record of parser) yield record as string[]
  } catch (error) {
    throw error instanceof CsvError ? brokenCsv(error) : error
  } finally {
    source.destroy()
  }
}

/** The text without its first letters, a little at a time: nobody else is answered while the parser reads a piece. */
async function* afterFirst(text: AsyncIterable<string>, skip: number): AsyncGenerator<string> {
  let left = skip
  for await (const piece of text) {
    for (let at = left; at < piece.length; ) {
      const end = at + PIECE_CHARACTERS
      const next = isHighSurrogate(piece.charCodeAt(end - 1)) ? end + 1 : end
      yield piece.slice(at, next)
      at = next
      await nextTurn()
    }
    left = Math.max(0, left - piece.length)
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00
}

/** Where the header stands: the row with most known headers; else the first with two cells that is not yet data. */
function headerAt(records: readonly string[][]): number {
  const known = records.map((cells) => cells.slice(0, HEADERS_LOOKED_AT).filter(isKnownHeader).length)
  const most = Math.max(0, ...known)
  const at =
    most > 0 ? known.indexOf(most) : records.findIndex((cells) => cells.filter((cell) => cell !== '').length > 1)
  if (at < 0)
    throw fail.badRequest({
      problem: 'No header row was found. The first line of a CSV must name its columns, such as name,email,company.',
    })
  if (records[at]!.some((cell) => isAddress(cell)))
    throw fail.badRequest({
      problem:
        'The first row already holds an address, so the columns have no names. Put a header such as name,email before it; if it has one, send the file with curl --data-binary, as -d drops line breaks.',
    })
  return at
}

/** What stands below the header, without blank rows, and without what a report writes under its table. */
async function* rowsOf(
  first: readonly string[][],
  rest: AsyncGenerator<string[]>,
  width: number,
  before: number,
): AsyncGenerator<CsvRow> {
  let row = before
  let wasBlank = false
  let wasFooter = false
  const rowOf = (cells: readonly string[]): CsvRow | undefined => {
    row++
    const filled = cells.filter((cell) => cell.trim() !== '').length
    const single = cells.length === 1 && width > 2
    wasFooter = single && filled === 1 && (wasFooter || wasBlank || FOOTER.test(cells[0]!))
    wasBlank = filled === 0
    return wasBlank || wasFooter ? undefined : { row, cells }
  }
  for (const cells of first) {
    const made = rowOf(cells)
    if (made) yield made
  }
  for await (const cells of rest) {
    const made = rowOf(cells)
    if (made) yield made
  }
}

/** How Salesforce ends a report, also where no blank line stands before. */
const FOOTER = /^(?:Copyright (?:\(c\)|©)|Confidential Information|Generated By:|Grand Totals? \()/i

function tooWide(line: number) {
  return fail.badRequest({
    problem: `Line ${line} has more than ${COLUMNS_MAX} cells, the most that a row may have. Leave columns out, or mend the line, and send the file again; rows that were read before are kept.`,
  })
}

function brokenCsv({ lines }: CsvError) {
  return fail.badRequest({
    problem: `The CSV breaks near line ${lines}: a quote is opened and does not end, or a row is longer than ${RECORD_CHARACTERS_MAX} bytes. Mend it there and send the file again; rows that were read before are kept.`,
  })
}
