// What every new row of a table lacks because no column became it: it is told once, with what to do about it.

import { type Resource, referencesOf } from '../declare/resources.ts'
import type { ColumnSeen } from './read-file.ts'
import { targetsOf } from './vocabulary.ts'

/** Headers that need no quotes in `map=`; a URL may need them encoded. */
const EASY_HEADER = /^[\p{L}\p{N}_.-][\p{L}\p{N} _.-]*$/u
/** Cells that are no name of anything: numbers, dates, amounts. */
const NO_WORDS = /^[^\p{L}]*$/u

/** The end of a sentence that says what is missing; undefined where a column is there for it. */
export function lackOf(resource: Resource, columns: readonly ColumnSeen[]): string | undefined {
  if (columns.some(({ target }) => gives(resource, target))) return undefined
  const target = targetsOf(resource).find((each) => gives(resource, each))
  const unknown = columns.filter((each) => each.target.startsWith('custom.') && EASY_HEADER.test(each.header))
  const meant = unknown.find(({ example = '' }) => !NO_WORDS.test(example))?.header ?? '<header>'
  return `no column became ${resource.needs.join(' or ')}, so that every new row lacks it: add map=${meant}:${target}`
}

/** Whether a value of this target is one of those that a new record can't do without. */
function gives(resource: Resource, target: string): boolean {
  const { needs } = resource
  const [to, part] = target.split('.')
  const isReference = referencesOf(resource).some(({ field, to: named }) => named === to && needs.includes(field))
  return (
    needs.includes(target) ||
    (part !== undefined && isReference) ||
    (needs.includes('name') && /^(?:first|middle|last)_name$/.test(target))
  )
}
