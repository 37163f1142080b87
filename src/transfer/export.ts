// The records of a workspace as a file: one unchanging view of all of them, read page by page as fast as it is taken.

import { once } from 'node:events'
import { PassThrough, type Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Resource, referencesOf } from '../declare/resources.ts'
import { fail } from '../errors.ts'
import { pathOf } from '../query/paths.ts'
import type { Path, Position } from '../query/query.ts'
import type { Connection, Database } from '../store/dialect.ts'
import { selectPage } from '../store/select.ts'
import { assertNotGone } from '../store/workspace-rows.ts'
import { csvWriter } from './csv-write.ts'
import { ndjsonWriter } from './ndjson-write.ts'
import { vcardWriter } from './vcard-write.ts'

const PAGE_ROWS = 200
/** A reader that takes nothing for so long is gone; it would keep the view open for ever. */
const STALL_MILLISECONDS_MAX = 60_000

/** A record on its way out: the stored value of each path of its writer, null where there is none. */
export interface Outgoing {
  readonly id: string
  readonly values: readonly (string | number | null)[]
}

/** A form of file, for one noun. */
export interface Writer {
  readonly paths: readonly Path[]
  readonly head: string
  readonly record: (record: Outgoing) => string
}

export type ExportForm = 'ndjson' | 'csv' | 'vcard'

export interface ExportFormat {
  readonly type: string
  readonly extension: string
  /** Several nouns fit into one file. */
  readonly mixes: boolean
  /** The plural of the one noun that it can hold. */
  readonly only?: string
  readonly writer: (resource: Resource, resources: readonly Resource[]) => Writer
}

export const EXPORT_FORMATS: Readonly<Record<ExportForm, ExportFormat>> = {
  ndjson: { type: 'application/x-ndjson', extension: 'ndjson', mixes: true, writer: ndjsonWriter },
  csv: { type: 'text/csv', extension: 'csv', mixes: false, writer: csvWriter },
  vcard: { type: 'text/vcard', extension: 'vcf', mixes: false, only: 'contacts', writer: vcardWriter },
}

export interface Exporting {
  readonly database: Pick<Database, 'snapshot'>
  readonly resources: readonly Resource[]
  readonly workspaceId: string
}

/**
 * The file as a stream of UTF-8, oldest records first, those that others refer to before them. It fails where the
 * database does, or where nobody reads it for a minute; a file that ends properly is whole.
 */
export function exportStream(exporting: Exporting, types: readonly Resource[], form: ExportForm): Readable {
  const out = new PassThrough()
  const gone = new AbortController()
  out.once('close', () => gone.abort())
  exporting.database
    .snapshot(exporting.workspaceId, async (db) => {
      await assertNotGone(db, exporting.workspaceId)
      await writeAll(db, exporting, inOrder(types), EXPORT_FORMATS[form], out, gone.signal)
    })
    .then(() => out.end())
    .catch((error) => out.destroy(error))
  return out
}

async function writeAll(
  db: Connection,
  { resources, workspaceId }: Exporting,
  types: readonly Resource[],
  { writer }: ExportFormat,
  out: PassThrough,
  gone: AbortSignal,
): Promise<void> {
  for (const resource of types) {
    const { paths, head, record } = writer(resource, resources)
    const sort = { path: pathOf(resource, resource.newest.field, resources) as Path, descending: false }
    const asked = { resource, filters: [], words: [], sort, limit: PAGE_ROWS, identity: '' }
    await write(out, head, gone)
    for (let after: Position | undefined, more = true; more; more = after !== undefined) {
      const page = await selectPage(db, workspaceId, { ...asked, after }, paths)
      await write(out, page.records.map(record).join(''), gone)
      after = page.end
    }
  }
}

async function write(out: PassThrough, text: string, gone: AbortSignal): Promise<void> {
  if (gone.aborted) throw new Error('Nobody reads the export any more.')
  if (text !== '' && !out.write(text)) {
    // Somebody else's line, and no fault of ours.
    const stalled = setTimeout(() => out.destroy(fail.tookTooLong()), STALL_MILLISECONDS_MAX)
    await once(out, 'drain', { signal: gone }).finally(() => clearTimeout(stalled))
  }
  // Reading may never leave this turn of the loop; others wait for it.
  await nextTurn()
}

/** A record comes after those that it refers to, so that reading the file can follow at once. */
function inOrder(types: readonly Resource[]): Resource[] {
  const depth = (resource: Resource): number => referencesOf(resource).length
  return [...types].sort((a, b) => depth(a) - depth(b))
}
