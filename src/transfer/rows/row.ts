// What the rows of all nouns have in common when they become drafts.

import { idOf } from '../../declare/handles.ts'
import type { Resource } from '../../declare/resources.ts'
import type { Problem } from '../../errors.ts'
import { quoted } from '../../render/quoted.ts'
import { type DateOrder, readDate } from '../dates.ts'
import type { Draft, Link } from '../draft.ts'
import { headerKey } from '../header-key.ts'
import { columnKey, contentKey, sourceKey } from '../keys.ts'
import { OWN_SOURCE } from '../ndjson-read.ts'
import { isOwnIdHeader, ownIdOf } from '../own-ids.ts'
import { fullName, ownTagsIn, tagsIn } from '../people-values.ts'
import { isProductId } from '../products.ts'
import type { Cell, RowCells } from '../row-cells.ts'

/** What a row must be read with. */
export interface Reading {
  /** The product that wrote the file, whose ids the rows have. */
  readonly source: string
  /** Whether the caller named it, so that its ids are those of one place. */
  readonly isSourceStated: boolean
  /** A table, whose cells are what somebody typed; else cards. */
  readonly isTable: boolean
  readonly resources: readonly Resource[]
  readonly dateOrder: DateOrder
  /** The workspace's IANA zone. */
  readonly zone: string
  /** Whether the file says when deals closed, instead of the clock, which is `now` (milliseconds since 1970). */
  readonly restores: boolean
  readonly now: number
}

export type RowDraft = Omit<Draft, 'row' | 'resource'>

/** Fields that are text as it stands. */
export function textsOf(cells: RowCells, fields: readonly string[]): Record<string, string> {
  return Object.fromEntries(fields.flatMap((field) => (cells.first(field) ? [[field, cells.first(field)!]] : [])))
}

/** Whether the row is of our own export, in which a cell holds one value as it is kept. */
export function isOurs(cells: RowCells, resource: Resource, { source }: Reading): boolean {
  const hasOurId = () => cells.all('external_id').some(({ value }) => idOf(resource, value) !== undefined)
  return source === OWN_SOURCE || (source === 'vcard' && hasOurId())
}

/** Tags of several columns. */
export function tagsOf(cells: RowCells, resource: Resource, reading: Reading): { tags?: string[] } {
  const texts = cells.all('tags').map(({ value }) => value)
  const tags = isOurs(cells, resource, reading) ? ownTagsIn(texts) : tagsIn(texts)
  return tags.length > 0 ? { tags } : {}
}

/** Notes of several columns, one below the other. */
export function notesOf(cells: RowCells): { notes?: string } {
  const notes = cells.all('notes').map(({ value }) => value)
  return notes.length > 0 ? { notes: notes.join('\n\n') } : {}
}

/** Fields that are dates; a problem for each that can't be read. */
export function datesOf(cells: RowCells, fields: readonly string[], { dateOrder, zone }: Reading) {
  const dates: Record<string, string> = {}
  const problems: Problem[] = []
  for (const field of fields) {
    const value = cells.first(field)
    if (value === undefined) continue
    const date = readDate(value, dateOrder, zone, cells.first('time_of_day'))
    if (date) dates[field] = date
    else
      problems.push({
        code: 'invalid_value',
        field,
        problem: `must be a date such as 2026-06-10; ${quoted(value)} is not`,
      })
  }
  return { dates, problems }
}

/** `custom` of a row; a column named custom holds an object, as our own export writes it. */
export function customOf(cells: RowCells, more: Readonly<Record<string, unknown>> = {}) {
  const problems: Problem[] = []
  let whole: Record<string, unknown> = {}
  const text = cells.first('custom')
  if (text !== undefined) {
    try {
      whole = Object(JSON.parse(text))
    } catch {
      problems.push({ code: 'invalid_value', field: 'custom', problem: 'must be an object in JSON' })
    }
  }
  const custom = { ...whole, ...cells.custom, ...more }
  return { custom: Object.keys(custom).length > 0 ? { custom } : {}, problems }
}

/** An id of ours: in our exports and cards, and below `id` in a table made of our lists, where others' may look alike. */
function ownIdIn(header: string, value: string, resource: Resource, source: string): string | undefined {
  if (source === OWN_SOURCE || source === 'vcard') return idOf(resource, value)
  return source === 'plain' && isOwnIdHeader(header) ? ownIdOf(resource, value) : undefined
}

/** How a row is known again: by our own id, the product's id, or by what it says. */
export function identityOf(
  cells: RowCells,
  resource: Resource,
  reading: Reading,
  content: readonly (string | undefined)[] | undefined,
): Required<Pick<Draft, 'ids' | 'aliases' | 'isTyped'>> & {
  keys: string[]
  own?: string
  kept: Record<string, string>
} {
  const { source } = reading
  const aliases: string[] = []
  const ids: Record<string, string> = {}
  const kept: Record<string, string> = {}
  const keys: string[] = []
  let own: string | undefined
  for (const { column, value } of cells.all('external_id')) {
    const id = ownIdIn(column.header, value, resource, source)
    if (id) {
      own = id
      keys.push(sourceKey(source === 'plain' ? OWN_SOURCE : source, id))
      continue
    }
    kept[column.customKey] = value
    if (/^https?:/i.test(value) && !/\blinkedin\.com\/(?:in|pub)\//i.test(value)) continue
    ids[column.customKey] = value
    const isOfOnePlace = isIdOfOnePlace(column.header, value, reading)
    if (!isOfOnePlace) aliases.push(aliasOf(column.header, value, resource, source))
    keys.push(isOfOnePlace ? sourceKey(source, value) : contentKey([value, ...besideOf(cells, resource, content)]))
  }
  if (keys.length === 0 && content) keys.push(contentKey(content))
  return { keys, aliases, own, isTyped: source === 'plain', ids, kept }
}

/** Whether no other file means another record by the same id. */
function isIdOfOnePlace(header: string, value: string, { source, isTable, isSourceStated }: Reading): boolean {
  return !isTable || (source !== 'plain' && (isSourceStated || isProductId(header, value)))
}

/** What makes one record of an id that begins at 1 in every file: the name beside it, or all of a row without one. */
function besideOf(cells: RowCells, { title, fields }: Resource, content: readonly (string | undefined)[] = []) {
  const name = fields[title]!.search ? (fullName(cells) ?? cells.first(title) ?? cells.first('email')) : undefined
  return name === undefined ? content : [name]
}

/** Headers of ids that do not say whose they are; in other tables that of a company is named `company_id`. */
const BARE_IDS = new Set(['id', 'uid'])

/** What an id that may begin at 1 in every file is to other files: one of the product, or in plain tables of a column. */
function aliasOf(header: string, id: string, { name }: Resource, source: string): string {
  const key = headerKey(header)
  return columnKey(source === 'plain' ? (BARE_IDS.has(key) ? `${name}id` : key) : source, id)
}

/** Of more ids in a cell the first ones are looked up, each by statements of its own. */
const LINK_IDS_MAX = 100

/** The ids in a cell, such as `9001;9002`. */
function idsIn({ value }: Cell): string[] {
  const named = value.split(/[;,]/, LINK_IDS_MAX).map((id) => id.trim())
  return [...new Set(named)].filter((id) => id !== '')
}

/** A link by the ids in the cells, the best column first: ours, or the product's. */
export function linkIds(cells: RowCells, to: Resource, { source }: Reading): Pick<Link, 'own' | 'keys' | 'calls'> {
  const named = cells.all(`${to.name}.id`).map((cell) => ({ header: cell.column.header, ids: idsIn(cell) }))
  const own = named.flatMap(({ ids }) => ids.map((id) => idOf(to, id))).find((id) => id !== undefined)
  const keysOf = (header: string, id: string) => [
    ...(source === 'plain' ? [] : [sourceKey(source, id)]),
    aliasOf(header, id, to, source),
  ]
  const keys = named.flatMap(({ header, ids }) => ids.map((id) => keysOf(header, id)))
  return { own, keys: [...new Set(keys.flat())], calls: keys[0] ?? [] }
}

/** The name beside the id that is linked first, where cells have several of each: `Acme;Bolt` beside `8001;8002`. */
export function nameLinked(cells: RowCells, to: string): string | undefined {
  const text = cells.first(`${to}.name`)
  const named = cells.all(`${to}.id`).map(idsIn)
  const [first] = named[0] ?? []
  const ids = named.find((each) => each.length > 1 && first !== undefined && each.includes(first))
  const names = text?.split(';').map((name) => name.trim())
  return ids && names?.length === ids.length ? names[ids.indexOf(first!)] || undefined : text
}

/** Cells that name more records than the one that a link holds are kept as they are, so that none of them vanishes. */
export function severalOf(cells: RowCells, nouns: readonly string[]): Record<string, string> {
  const kept = nouns.flatMap((noun) => {
    const [first, ...others] = cells.all(`${noun}.id`)
    const more = others.filter(({ value }) => value !== first!.value)
    const names = nameLinked(cells, noun) === cells.first(`${noun}.name`) ? [] : cells.all(`${noun}.name`)
    return [...(first && idsIn(first).length > 1 ? [first] : []), ...more, ...names]
  })
  return Object.fromEntries(kept.map(({ column, value }) => [column.customKey, value]))
}

/** Whether a link names anything at all. */
export function namesSomething({ own, keys, unique, guessed, title, make }: Link): boolean {
  return [own, guessed, title, make, keys[0], unique[0]].some((each) => each !== undefined)
}
