// What a resource is: the one place where the facts of a noun are given a shape. Everything else (grammar, SQL,
// manual, checks) reads these facts; nothing here knows any particular noun.

import type { Kind } from './kinds.ts'
import { count, custom, email, integer, time } from './kinds.ts'

export interface Field {
  readonly kind: Kind
  /** What the value means, in the words of the manual. */
  readonly about: string
  /** Nobody may send it; the server keeps it. */
  readonly setBy?: 'server'
  /** The value of a new record that does not say otherwise; `now` is the moment of creation. */
  readonly default?: string | { readonly now: true }
  /** One record of the workspace may hold a value; posting it again updates that record. */
  readonly unique?: true
  /** Lists show it without being asked. */
  readonly summary?: true
  /** Where `?search=` finds it: as the record's name, as another key field, or as notes, which rank last. */
  readonly search?: SearchPlace
}

export type SearchPlace = 'name' | 'key' | 'notes'

export interface Resource {
  /** Singular, as in handles: `contact/c_…`. */
  readonly name: string
  /** As in paths and table names: `/contacts`. */
  readonly plural: string
  /** What its ids begin with, without the underscore. */
  readonly prefix: string
  readonly about: string
  /** The field that stands for the record where another one refers to it: `company.name`. */
  readonly title: string
  /** At least one of each group must be present. */
  readonly needs: readonly (readonly string[])[]
  readonly fields: Readonly<Record<string, Field>>
  /** The field whose descending order is the default one of lists. */
  readonly newest: string
  /** How many rows a list gives: unasked and at the most. */
  readonly page: { readonly default: number; readonly max: number }
}

export const PAGE = { default: 50, max: 200 } as const

type Declared = Omit<Resource, 'newest' | 'page'> & Partial<Pick<Resource, 'newest' | 'page'>>

/** Completes a declaration with the fields that every record has. */
export function resource(declared: Declared): Resource {
  return { newest: 'created_at', page: PAGE, ...declared, fields: { ...declared.fields, ...common } }
}

/** The fields of records that activities are logged on. */
export const activityCounts = {
  activities: { kind: count, about: 'How many activities it has.', setBy: 'server' },
  last_activity_at: { kind: time, about: 'When the latest of them happened.', setBy: 'server' },
} as const satisfies Record<string, Field>

const common = {
  custom: { kind: custom, about: 'Your own keys, as custom.<key>.' },
  created_at: { kind: time, about: 'When it was made.', setBy: 'server' },
  updated_at: { kind: time, about: 'When it last changed.', setBy: 'server' },
  created_by: { kind: email, about: 'The member who made it.', setBy: 'server' },
  version: { kind: integer, about: '1, then one more with each change.', setBy: 'server' },
} as const satisfies Record<string, Field>

/** The fields of a resource that refer to another record, with the name under which its fields are reached. */
export function referencesOf(of: Resource): { field: string; to: string; label: string }[] {
  return Object.entries(of.fields).flatMap(([field, { kind }]) =>
    kind.refersTo ? [{ field, to: kind.refersTo, label: kind.refersTo }] : [],
  )
}

/** Every column of the resource's table that holds a field, without the columns kept for comparing. */
export function columnsOf(of: Resource): string[] {
  return ['id', ...Object.keys(of.fields)]
}

/** The columns kept beside a field so that both engines compare it alike. */
export function shadowsOf(of: Resource): { field: string; column: string; of: (stored: string) => string }[] {
  return Object.entries(of.fields).flatMap(([field, { kind, setBy }]) =>
    kind.shadow && !setBy ? [{ field, column: `${field}_${kind.shadow.suffix}`, of: kind.shadow.of }] : [],
  )
}
