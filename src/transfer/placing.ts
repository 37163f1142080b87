// What all rows of an import are placed with, and how many more records the plan has room for.

import type { Resource } from '../declare/resources.ts'
import type { Problem } from '../errors.ts'
import type { Saving } from '../records/save.ts'
import type { Looking } from './match.ts'

/** What becomes of records that are there already: the file wins, only gaps are filled, or they stay as they are. */
export type Existing = 'update' | 'fill' | 'skip'

/** `imagined` is there where nothing is written: what would have been is remembered in it. */
export interface Placing extends Looking {
  readonly savingOf: (resource: Resource) => Saving
  readonly resources: readonly Resource[]
  readonly existing: Existing
  /** Whether an earlier row of the file became this record; later ones then only fill its gaps, so that a file with
   * duplicates has the same outcome however often it is sent. */
  readonly isTouched: (id: string) => boolean
  /** How many more records of a noun (plural) the plan allows; counted down. */
  readonly room: Map<string, number>
}

export function fullFor({ room, savingOf }: Placing, resource: Resource): Problem | undefined {
  if ((room.get(resource.plural) ?? 1) > 0) return undefined
  const { cap } = savingOf(resource)
  const problem = `is not made: the plan allows ${cap} ${resource.plural}; ask for another plan and send the file again`
  return { code: 'plan_limit_reached', field: resource.name, problem }
}

export function countDown({ room }: Placing, resource: Resource): void {
  const left = room.get(resource.plural)
  if (left !== undefined) room.set(resource.plural, left - 1)
}
