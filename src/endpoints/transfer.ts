// Import and export: files in, files out.

import { once } from 'node:events'
import type { Context } from '../context.ts'
import type { Resource } from '../declare/resources.ts'
import { fail } from '../errors.ts'
import type { Parameters } from '../query/grammar.ts'
import { resourceCalled } from '../query/paths.ts'
import type { Answer } from '../render/answer.ts'
import { type Asked, forMembers, type Route } from '../route.ts'
import type { Database } from '../store/dialect.ts'
import type { DateOrder } from '../transfer/dates.ts'
import { EXPORT_FORMATS, type ExportForm, exportStream } from '../transfer/export.ts'
import { type Importing, type ImportOptions, importStream } from '../transfer/import.ts'
import { IMPORT_BYTES_MAX } from '../transfer/limits.ts'
import { readWanted } from '../transfer/mapping.ts'
import { PRODUCTS } from '../transfer/products.ts'
import { reportAnswer } from '../transfer/report.ts'
import { readParameters } from './parameters.ts'

export interface Transfer {
  readonly database: Database
  readonly resources: readonly Resource[]
  readonly savingOf: Importing['savingOf']
  readonly thisMoment: Importing['thisMoment']
}

export function transferEndpoints(transfer: Transfer): Route[] {
  return [importRoute(transfer), exportRoute(transfer)]
}

const IMPORT_PARAMETERS = ['dry_run', 'type', 'source', 'map', 'existing', 'dates', 'encoding', 'from_row']
const FORMS = ['csv', 'vcard', 'ndjson']

function importRoute(transfer: Transfer): Route {
  const run = async (ctx: Context, { query, stream, stop }: Asked) =>
    reportAnswer(await importStream(ctx, transfer, readImportOptions(query), stream!, stop))
  return { ...forMembers('POST', '/import', IMPORT_PARAMETERS, run), streamBytesMax: IMPORT_BYTES_MAX }
}

function readImportOptions(query: Parameters): ImportOptions {
  const { dry_run, type, source, map, existing, dates, encoding, from_row } = readParameters(query)
  const sources = [...FORMS, ...PRODUCTS.map(({ name }) => name), 'plain']
  return {
    dryRun: (oneOf('dry_run', dry_run, ['true', 'false']) ?? 'false') === 'true',
    existing: (oneOf('existing', existing, ['update', 'fill', 'skip']) ?? 'update') as ImportOptions['existing'],
    dateOrder: oneOf('dates', dates, ['dmy', 'mdy']) as DateOrder | undefined,
    source: oneOf('source', source, sources),
    encoding: encoding === undefined ? undefined : readEncoding(encoding),
    fromRow: from_row === undefined ? 1 : readRow(from_row),
    wanted: map === undefined ? new Map() : readWanted(map),
    type,
  }
}

function oneOf(field: string, value: string | undefined, known: readonly string[]): string | undefined {
  if (value === undefined || known.includes(value)) return value
  throw fail.invalidValue({ field, value, problem: `is one of ${known.join(', ')}` })
}

function readEncoding(label: string): string {
  try {
    return new TextDecoder(label).encoding
  } catch {
    const problem = 'is the name of an encoding such as utf-8, windows-1252, utf-16le or shift_jis'
    throw fail.invalidValue({ field: 'encoding', value: label, problem })
  }
}

function readRow(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw fail.invalidValue({ field: 'from_row', value: text, problem: 'is a row number such as 501' })
}

/** The name of a file is the workspace's nouns and the day. */
function exportRoute({ database, resources }: Transfer): Route {
  const run = async (ctx: Context, { query }: { query: Parameters }): Promise<Answer> => {
    const { format = 'ndjson', types } = readParameters(query)
    const known = Object.keys(EXPORT_FORMATS)
    if (!known.includes(format)) throw fail.invalidExportFormat({ known })
    const form = format as ExportForm
    const asked = readTypes(form, types, resources)
    const body = exportStream({ database, resources, workspaceId: ctx.caller.workspaceId }, asked, form)
    // A database that does not answer is an error of its own, not a file that breaks off.
    await once(body, 'readable')
    const day = new Date(ctx.now).toISOString().slice(0, 10)
    const named = asked.length === resources.length ? 'all' : asked.map(({ plural }) => plural).join('-')
    const { type, extension } = EXPORT_FORMATS[form]
    const headers = {
      'content-type': `${type}; charset=utf-8`,
      'content-disposition': `attachment; filename="crmkit-${named}-${day}.${extension}"`,
    }
    return { form: 'raw', body, headers }
  }
  return { ...forMembers('GET', '/export', ['types', 'format'], run), ownFormat: true }
}

/** All nouns where the form takes several; vCards are of contacts alone. Throws invalid_value. */
function readTypes(form: ExportForm, types: string | undefined, resources: readonly Resource[]): Resource[] {
  const { mixes, only } = EXPORT_FORMATS[form]
  const all = only === undefined ? resources : resources.filter(({ plural }) => plural === only)
  const problem = (text: string) => fail.invalidValue({ field: 'types', value: types ?? '', problem: text })
  const plurals = all.map(({ plural }) => plural).join(', ')
  const asked = types === undefined ? all : types.split(',').map((type) => resourceCalled(all, type))
  if (asked.some((each) => each === undefined)) throw problem(`takes ${plurals} with format=${form}`)
  const distinct = [...new Set(asked as Resource[])]
  if (!mixes && distinct.length > 1)
    throw problem(
      `takes one of ${plurals} with format=${form}, as such a file has one kind of rows; format=ndjson takes several`,
    )
  return distinct
}
