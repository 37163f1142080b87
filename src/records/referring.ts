// Which fields refer to a noun.

import { type Resource, referencesOf } from '../declare/resources.ts'
import type { Resources } from '../query/paths.ts'

export interface Referring {
  readonly resource: Resource
  readonly field: string
}

/** The fields of `among` that refer to records of `named`. */
export function referringTo(named: Resource, among: Resources): Referring[] {
  return among.flatMap((resource) =>
    referencesOf(resource).flatMap(({ field, to }) => (to === named.name ? [{ resource, field }] : [])),
  )
}
