// A question as data: what the grammar understood, and what the store carries out.

import type { Kind, OperatorName, Stored } from '../declare/kinds.ts'
import type { Resource } from '../declare/resources.ts'

/** A field of the resource, or of the record that one of its references leads to, or one custom key of either. */
export interface Path {
  /** As the agent writes it: `stage`, `company.domain`, `custom.tier`. */
  readonly label: string
  readonly field: string
  readonly kind: Kind
  /** The reference to follow: its field here, and the resource there. */
  readonly through?: { readonly field: string; readonly to: Resource }
  readonly customKey?: string
  /** A column kept for comparing stands beside it. */
  readonly shadowed?: true
  /** No record is without it. */
  readonly always?: true
}

export interface Filter {
  readonly path: Path
  readonly operator: OperatorName
  readonly values: readonly Stored[]
}

export interface Sort {
  readonly path: Path
  readonly descending: boolean
}

/** Where a page ended: in which stretch of the order, and the values that the last row was ordered by. */
export interface Position {
  /** Rows without a value come after those with one. */
  readonly stretch: 'values' | 'empty'
  readonly values: readonly Stored[]
}

export interface Query {
  readonly resource: Resource
  readonly filters: readonly Filter[]
  /** Folded words that must all match; empty without `search`. */
  readonly words: readonly string[]
  /** Absent: the best match first. */
  readonly sort?: Sort
  readonly limit: number
  readonly after?: Position
  /** What to show; absent: the summary fields, clipped. */
  readonly chosen?: readonly Path[]
  /** What a cursor of this question is bound to. */
  readonly identity: string
}
