// The cells of a row, by what they mean: the values of each target in order, and what goes to `custom`.

import type { Resource } from '../declare/resources.ts'
import { type Column, LEFT_OUT } from './mapping.ts'
import { OWN_SOURCE } from './ndjson-read.ts'
import type { Reading } from './rows/row.ts'

export interface Cell {
  readonly column: Column
  readonly value: string
}

export interface RowCells {
  /** The cells that mean this, the best column first; none of them is empty. */
  readonly all: (target: string) => readonly Cell[]
  /** The value of the best column. */
  readonly first: (target: string) => string | undefined
  /** The values under keys of the user's own. */
  readonly custom: Record<string, unknown>
  /** Every cell that is not left out, for a key of the content. */
  readonly values: readonly string[]
}

/** In a table, cells under keys of the user's own that are plain numbers become numbers, so that they compare as such. */
export function cellsOf(
  columns: readonly Column[],
  cells: readonly string[],
  resource: Resource,
  { isTable, source }: Pick<Reading, 'isTable' | 'source'>,
): RowCells {
  const byTarget = new Map<string, Cell[]>()
  const custom: Record<string, unknown> = {}
  const values: string[] = []
  for (const [index, column] of columns.entries()) {
    const cell = cells[index] ?? ''
    const value = source === OWN_SOURCE ? asKept(cell, resource, column.target) : clean(cell.trim())
    if (value === '' || column.target === LEFT_OUT) continue
    values.push(value)
    if (column.target.startsWith('custom.'))
      custom[column.target.slice('custom.'.length)] = isTable && isNumber(value) ? Number(value) : value
    else byTarget.set(column.target, [...(byTarget.get(column.target) ?? []), { column, value }])
  }
  for (const list of byTarget.values()) list.sort((a, b) => a.column.rank - b.column.rank)
  const all = (target: string) => byTarget.get(target) ?? []
  return { all, first: (target) => all(target)[0]?.value, custom, values }
}

/** Our own export holds values as they are kept; blanks around what is no free text are those of somebody who edited it. */
function asKept(cell: string, { fields }: Resource, target: string): string {
  const kind = fields[target]?.kind
  const isFree = kind?.shadow?.suffix === 'folded' && !kind.many && cell.trim() !== ''
  return isFree ? cell : cell.trim()
}

const DIGITS_MAX = 15
const PLAIN_NUMBER = /^(?:0|-?[1-9]\d*|-?(?:0|[1-9]\d*)\.\d+)$/

/** So that nothing of it is lost as a number: no leading zero or plus, and no more digits than a double keeps. */
function isNumber(text: string): boolean {
  return PLAIN_NUMBER.test(text) && text.replace(/\D/g, '').length <= DIGITS_MAX
}

/** How Outlook writes that there is no date. */
const NO_DATE = /^0+([-./])0+\1(?:00){1,2}$/

/** Without the ="…" by which spreadsheets keep leading zeros. */
function clean(cell: string): string {
  if (NO_DATE.test(cell)) return ''
  return /^="[^"]*"$/.test(cell) ? cell.slice(2, -1).trim() : cell
}
