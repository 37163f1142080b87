// Ids of ours in a table, told from those of others by their shape, and what they say of its rows.

import { type HandleKind, idOf } from '../declare/handles.ts'
import type { Resource } from '../declare/resources.ts'
import { fail, type Problem } from '../errors.ts'
import { isRecordId } from '../records/record-ids.ts'
import type { CsvRow } from './csv-read.ts'
import type { Draft } from './draft.ts'
import { headerKey } from './header-key.ts'
import { type Wanted, wantedFor } from './mapping.ts'
import { OWN_SOURCE } from './ndjson-read.ts'
import type { FileContext } from './read-file.ts'
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
 * The noun of the records whose ids stand below `id` in the first rows: ids of other programs may look like ours, but name
 * no record that is here. Undefined where none is. Throws invalid_value where they are of several nouns.
 */
export async function nounOfIds(
  source: string,
  headers: readonly string[],
  wanted: Wanted,
  sample: readonly CsvRow[],
  { resources, isAnyHere }: Pick<FileContext, 'resources' | 'isAnyHere'>,
): Promise<Resource | undefined> {
  if (!mayHoldOwnIds(source)) return undefined
  const columns = [...headers.keys()].filter(
    (index) =>
      isOwnIdHeader(headers[index]!) && (wantedFor(wanted, headers[index]!, index) ?? 'external_id') === 'external_id',
  )
  const sent = sample.flatMap(({ cells }) => columns.map((index) => (cells[index] ?? '').trim()))
  const found: Resource[] = []
  for (const resource of resources) {
    const ids = sent.flatMap((id) => ownIdOf(resource, id) ?? [])
    if (ids.length > 0 && (await isAnyHere(resource, ids))) found.push(resource)
  }
  if (found.length < 2) return found[0]
  throw fail.badRequest({
    problem: `The ids below "id" are of ${found.map(({ plural }) => plural).join(' and of ')}. Send a file for each of them.`,
  })
}

/** A record of another noun that the row may have the id of. */
export function strayIn(
  cells: RowCells,
  resource: Resource,
  { source, resources }: { readonly source: string; readonly resources: readonly Resource[] },
): Draft['stray'] {
  if (!mayHoldOwnIds(source)) return undefined
  const sent = cells.all('external_id').filter(({ column }) => isOwnIdHeader(column.header))
  for (const other of resources) {
    const id = other === resource ? undefined : sent.map(({ value }) => ownIdOf(other, value)).find(Boolean)
    if (id !== undefined) return { resource: other, id }
  }
  return undefined
}

/** What is wrong with a row that has the id of a record of another noun: what it says is not for this one. */
export function faultOfStray(read: Resource, other: Resource): Problem {
  const problem = `is the id of one of the ${other.plural}, and the rows are read as ${read.plural}: send it with type=${other.plural}`
  return { code: 'invalid_value', field: 'id', problem }
}
