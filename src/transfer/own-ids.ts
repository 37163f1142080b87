// Ids of ours in a table, told from those of others by their shape, and what they say of its rows.

import { type HandleKind, idOf } from '../declare/handles.ts'
import type { Resource } from '../declare/resources.ts'
import { fail, type Problem } from '../errors.ts'
import { isRecordId } from '../records/record-ids.ts'
import type { CsvRow } from './csv-read.ts'
import { headerKey } from './header-key.ts'
import { type Wanted, wantedFor } from './mapping.ts'
import { OWN_SOURCE } from './ndjson-read.ts'
import type { RowCells } from './row-cells.ts'

/** The bare id of a record of this noun in `c_…` or `contact/c_…`, if it may be one that was made here. */
export function ownIdOf(resource: HandleKind, text: string): string | undefined {
  const id = idOf(resource, text)
  return id !== undefined && isRecordId(id) ? id : undefined
}

/** Whether what stands below this header may be ids of ours: other headers are those of other programs. */
export function isOwnIdHeader(header: string): boolean {
  return headerKey(header) === 'id'
}

/** Tables of other products have ids of their own. */
function mayHoldOwnIds(source: string): boolean {
  return source === 'plain' || source === OWN_SOURCE
}

/**
 * The noun whose ids stand below `id` in the first rows; undefined where none of ours does. Throws invalid_value where
 * they are of several nouns.
 */
export function nounOfIds(
  source: string,
  headers: readonly string[],
  wanted: Wanted,
  sample: readonly CsvRow[],
  resources: readonly Resource[],
): Resource | undefined {
  if (!mayHoldOwnIds(source)) return undefined
  const columns = [...headers.keys()].filter(
    (index) =>
      isOwnIdHeader(headers[index]!) && (wantedFor(wanted, headers[index]!, index) ?? 'external_id') === 'external_id',
  )
  const ids = sample.flatMap(({ cells }) => columns.map((index) => (cells[index] ?? '').trim()))
  const [noun, ...others] = resources.filter((resource) => ids.some((id) => ownIdOf(resource, id)))
  if (!noun || others.length === 0) return noun
  const plurals = [noun, ...others].map(({ plural }) => plural).join(' and of ')
  throw fail.badRequest({
    problem: `The ids below "id" are of ${plurals}. Send a file for each of them.`,
  })
}

/** What is wrong with a row that has the id of a record of another noun: what it says is not for this one. */
export function faultOfId(
  cells: RowCells,
  resource: Resource,
  { source, resources }: { readonly source: string; readonly resources: readonly Resource[] },
): Problem | undefined {
  if (!mayHoldOwnIds(source)) return undefined
  const ids = cells.all('external_id').filter(({ column }) => isOwnIdHeader(column.header))
  const other = resources.find((each) => each !== resource && ids.some(({ value }) => ownIdOf(each, value)))
  if (!other) return undefined
  const problem = `is the id of one of the ${other.plural}, and the rows are read as ${resource.plural}: send it with type=${other.plural}`
  return { code: 'invalid_value', field: 'id', problem }
}
