// A file of any kind to drafts: what it is, what its columns mean, and its rows one at a time.

import { idOf } from '../declare/handles.ts'
import type { Resource } from '../declare/resources.ts'
import { fail, type Problem } from '../errors.ts'
import { resourceCalled } from '../query/paths.ts'
import { type CsvRow, readCsv } from './csv-read.ts'
import { type DateOrder, orderOf } from './dates.ts'
import { undefused } from './defuse.ts'
import type { Draft } from './draft.ts'
import { decodeText, detectEncoding, peek, refuseBinary } from './encoding.ts'
import { lackOf } from './lacks.ts'
import { type Column, LEFT_OUT, mapColumns, type Wanted } from './mapping.ts'
import { isText, OWN_SOURCE, readNdjson, refuseEmpty } from './ndjson-read.ts'
import { nounOfIds, strayIn } from './own-ids.ts'
import { nounOf, productOf, salesforceIds } from './products.ts'
import { cellsOf } from './row-cells.ts'
import { activityRow } from './rows/activity-row.ts'
import { companyRow } from './rows/company-row.ts'
import { contactRow } from './rows/contact-row.ts'
import { dealRow } from './rows/deal-row.ts'
import type { Reading, RowDraft } from './rows/row.ts'
import { CARD_COLUMNS, CARD_HEADERS, cardCells, isGroup, isOrganisation } from './vcard-columns.ts'
import { readCards } from './vcard-read.ts'

const HEAD_BYTES = 256 * 1024
/** Rows that are looked at before the first is carried out. */
const SAMPLE_ROWS = 200

export interface FileOptions {
  /** A form (`csv`, `vcard`, `ndjson`) or a product, where the file should not be asked. */
  readonly source?: string
  /** The plural of the noun of its rows. */
  readonly type?: string
  readonly wanted: Wanted
  /** A label of the Encoding Standard. */
  readonly encoding?: string
  readonly dateOrder?: DateOrder
}

export interface FileRead {
  readonly source: string
  readonly form: 'csv' | 'vcard' | 'ndjson'
  readonly encoding: string
  readonly delimiter?: string
  readonly columns: readonly ColumnSeen[]
  /** The noun of the rows; absent where each row says it. */
  readonly resource?: Resource
  /** What every new row lacks because no column became it. */
  readonly lack?: string
  readonly drafts: AsyncGenerator<Draft>
}

export interface ColumnSeen extends Column {
  /** Of the first rows, how many have a value, and the first one. */
  readonly filled: number
  readonly example?: string
  /** Where records keep the value, if that is not the target itself. */
  readonly keptAs?: string
}

export interface FileContext {
  readonly resources: readonly Resource[]
  readonly zone: string
  /** Whether what the server would keep by itself is taken from the file: times, versions and authors. */
  readonly restores: boolean
  /** Milliseconds since 1970. */
  readonly now: number
  /** Whether the workspace has one of these records. */
  readonly isAnyHere: (resource: Resource, ids: readonly string[]) => Promise<boolean>
}

/** Throws invalid_value with a sentence where the file is of no form that is read. */
export async function readFile(
  bytes: AsyncIterable<Uint8Array>,
  options: FileOptions,
  context: FileContext,
): Promise<FileRead> {
  const { head, all } = await peek(bytes, HEAD_BYTES, (pieces) => Buffer.concat(pieces))
  refuseBinary(head)
  const encoding = options.encoding ?? detectEncoding(head)
  const start = new TextDecoder(encoding).decode(head.subarray(0, 1000)).trimStart()
  refuseEmpty(start)
  const form = formOf(start, options.source)
  if (form === 'vcard') return readVcard(all, encoding, options, context)
  const text = decodeText(all, encoding)
  if (form === 'ndjson') return { source: OWN_SOURCE, form, encoding, columns: [], drafts: readNdjson(text, context) }
  return readTable(text, encoding, options, context)
}

function formOf(start: string, source: string | undefined): FileRead['form'] {
  if (/^--\S+\s+content-(?:disposition|type):/i.test(start))
    throw fail.badRequest({
      problem: 'This is a form. Send the file itself as the body: curl --data-binary @file, not -F.',
    })
  if (source === 'csv' || source === 'vcard' || source === 'ndjson') return source
  if (/^begin:\s*vcard/i.test(start)) return 'vcard'
  if (start.startsWith('{')) return 'ndjson'
  if (start.startsWith('['))
    throw fail.badRequest({
      problem: 'This is a JSON array. Send one object a line (NDJSON), as GET /export writes it.',
    })
  if (/^<(?:!doctype|html|\?xml)/i.test(start))
    throw fail.badRequest({ problem: 'This is a web page or XML, not an export. Send a CSV, vCards or NDJSON.' })
  return 'csv'
}

async function readTable(
  text: AsyncIterable<string>,
  encoding: string,
  options: FileOptions,
  context: FileContext,
): Promise<FileRead> {
  const { delimiter, headers, rows } = await readCsv(text)
  const forced = options.source === 'csv' ? undefined : options.source
  const byHeaders = forced ?? productOf(headers)
  const plain = byHeaders === OWN_SOURCE ? undefusedRows(rows) : rows
  const sample = await firstOf(plain, SAMPLE_ROWS)
  // `Id,Name,Website` of Salesforce has headers that any table may have.
  const ids = salesforceIds(headers, sample)
  const source = byHeaders === 'plain' && ids.length > 0 ? 'salesforce' : byHeaders
  const resource =
    resourceOf(options.type, context.resources) ??
    (await nounOfIds(source, headers, options.wanted, sample, context)) ??
    nounOf(headers, ids, context.resources)
  const columns = mapColumns(resource, headers, options.wanted)
  const localOrder: DateOrder = delimiter === ';' ? 'dmy' : 'mdy'
  const dateOrder = options.dateOrder ?? orderOf(datesIn(columns, sample), localOrder)
  const reading: Reading = { ...context, source, isSourceStated: forced !== undefined, isTable: true, dateOrder }
  const drafts = draftsOf(chain(sample, plain), resource, columns, reading)
  const seen = columns.map(seenIn(sample, source, resource))
  const lack = lackOf(resource, seen)
  return { source, form: 'csv', encoding, delimiter, resource, drafts, columns: seen, lack }
}

async function readVcard(
  bytes: AsyncIterable<Uint8Array>,
  encoding: string,
  options: FileOptions,
  context: FileContext,
): Promise<FileRead> {
  const [contact, company] = [resourceOf('contacts', context.resources)!, resourceOf('companies', context.resources)!]
  const guessed = mapColumns(contact, CARD_HEADERS, options.wanted)
  const targets = new Map(CARD_COLUMNS)
  const columns = guessed.map(
    (column, rank): Column => ({
      ...column,
      rank,
      target: options.wanted.has(column.header) ? column.target : targets.get(column.header)!,
    }),
  )
  const source = options.source === undefined || options.source === 'vcard' ? 'vcard' : options.source
  const reading: Reading = { ...context, source, isSourceStated: true, isTable: false, dateOrder: 'mdy' }
  const cards = cardRows(readCards(latin1(bytes, encoding)))
  const sample = await firstOf(cards, SAMPLE_ROWS)
  const drafts = async function* (): AsyncGenerator<Draft> {
    for await (const { organisation, problems, ...row } of chain(sample, cards)) {
      const resource = organisation ? company : contact
      const draft = draftOf(row, resource, organisation ? columns.map(ofOrganisation) : columns, reading)
      yield { ...draft, problems: [...problems, ...draft.problems] }
    }
  }
  const seen = columns.map(seenIn(sample, source, contact)).filter(({ filled }) => filled > 0)
  return { source, form: 'vcard', encoding, resource: contact, columns: seen, drafts: drafts() }
}

interface CardRow extends CsvRow {
  readonly organisation: boolean
  readonly problems: readonly Problem[]
}

async function* cardRows(cards: ReturnType<typeof readCards>): AsyncGenerator<CardRow> {
  for await (const card of cards) {
    if (isGroup(card)) continue
    const cut = { code: 'invalid_value', field: 'card', problem: 'has no END:VCARD; the file may have been cut off' }
    yield {
      row: card.row,
      cells: cardCells(card),
      organisation: isOrganisation(card),
      problems: card.isCut ? [cut] : [],
    }
  }
}

/** What the columns of a card mean where it is of a company. */
function ofOrganisation(column: Column): Column {
  const targets: Readonly<Record<string, string>> = { ORG: 'name', FN: 'name', URL: 'domain' }
  const shared = ['notes', 'tags', 'external_id', 'stage', 'owner', 'custom']
  const isKept = shared.includes(column.target) || column.target.startsWith('custom.') || column.target === LEFT_OUT
  return { ...column, target: targets[column.header] ?? (isKept ? column.target : `custom.${column.customKey}`) }
}

/** Cards are read byte by byte; what is not in bytes of ASCII's kind becomes UTF-8 first. */
async function* latin1(bytes: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<string> {
  if (encoding.startsWith('utf-16')) {
    for await (const text of decodeText(bytes, encoding)) yield Buffer.from(text, 'utf8').toString('latin1')
    return
  }
  let first = true
  for await (const piece of bytes) {
    const text = Buffer.from(piece).toString('latin1')
    yield first ? text.replace(/^\u00ef\u00bb\u00bf/, '') : text
    first = false
  }
}

async function* draftsOf(
  rows: AsyncIterable<CsvRow>,
  resource: Resource,
  columns: readonly Column[],
  reading: Reading,
): AsyncGenerator<Draft> {
  for await (const row of rows) yield draftOf(row, resource, columns, reading)
}

const ROWS: Readonly<
  Record<string, (cells: ReturnType<typeof cellsOf>, resource: Resource, reading: Reading) => RowDraft>
> = {
  ...{ contacts: contactRow, companies: companyRow, deals: dealRow, activities: activityRow },
}

function draftOf({ row, cells }: CsvRow, resource: Resource, columns: readonly Column[], reading: Reading): Draft {
  const read = cellsOf(columns, cells, resource, reading)
  const stray = strayIn(read, resource, reading)
  const made = ROWS[resource.plural]!(read, resource, reading)
  const problems: Problem[] = []
  if (cells.slice(columns.length).some((cell) => cell.trim() !== '')) {
    const problem = `are ${cells.length}, but the header has ${columns.length}; put cells that hold the delimiter in quotes`
    problems.push({ code: 'invalid_value', field: 'cells', problem })
  }
  if (!cells.every(isText))
    problems.push({ code: 'invalid_value', field: 'cells', problem: 'must hold no NUL and no unpaired surrogate' })
  return { ...made, row, resource, stray, problems: [...problems, ...made.problems] }
}

/** The resource of a plural or singular; undefined where none was asked for. Throws invalid_value. */
export function resourceOf(type: string | undefined, resources: readonly Resource[]): Resource | undefined {
  if (type === undefined) return undefined
  const found = resourceCalled(resources, type)
  if (found) return found
  const problem = `is one of ${resources.map(({ plural }) => plural).join(', ')}`
  throw fail.invalidValue({ field: 'type', value: type, problem })
}

async function* undefusedRows(rows: AsyncIterable<CsvRow>): AsyncGenerator<CsvRow> {
  for await (const { row, cells } of rows) yield { row, cells: cells.map(undefused) }
}

async function firstOf<T>(items: AsyncIterator<T>, count: number): Promise<T[]> {
  const first: T[] = []
  while (first.length < count) {
    const next = await items.next()
    if (next.done) break
    first.push(next.value)
  }
  return first
}

async function* chain<T>(first: readonly T[], rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield* first
  yield* rest
}

const DATE_TARGETS = ['expected_close_at', 'closed_at', 'follow_up_at', 'occurred_at']

function datesIn(columns: readonly Column[], sample: readonly CsvRow[]): string[] {
  return columns.flatMap(({ target }, index) =>
    DATE_TARGETS.includes(target) ? sample.map(({ cells }) => cells[index] ?? '') : [],
  )
}

function seenIn(sample: readonly CsvRow[], source: string, resource: Resource) {
  return (column: Column, index: number): ColumnSeen => {
    const values = sample.map(({ cells }) => (cells[index] ?? '').trim()).filter((value) => value !== '')
    const isOwn = source === OWN_SOURCE || idOf(resource, values[0] ?? '') !== undefined
    const isId = column.target === 'external_id' && !isOwn
    const seen = { ...column, filled: values.length, example: values[0] }
    return isId ? { ...seen, keptAs: `custom.${column.customKey}` } : seen
  }
}
