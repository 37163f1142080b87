// What a resource is: the one place where the facts of a noun are given a shape. Everything else (grammar, SQL,
// manual, checks) reads these facts; nothing here knows any particular noun.

import { workedOut } from '../text/worked-out.ts'
import { customKind } from './custom.ts'
import type { HandleKind } from './handles.ts'
import { email, integer, type Kind, time } from './kinds.ts'

export interface Field {
  readonly kind: Kind
  /** What the value means, in the words of the manual, where the name does not say it. */
  readonly about?: string
  /** Nobody may send it; the server keeps it. */
  readonly setBy?: 'server'
  /** Every record has one, so that it is never empty. */
  readonly always?: true
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

export interface Resource extends HandleKind {
  /** As in paths and table names: `/contacts`. */
  readonly plural: string
  /** The field that stands for the record where another one refers to it: `company.name`. */
  readonly title: string
  /** At least one of these must be present. */
  readonly needs: readonly string[]
  readonly fields: Readonly<Record<string, Field>>
  /** The field whose descending order is the default one of lists, and the column that breaks its ties. */
  readonly newest: { readonly field: string; readonly tie: 'id' | 'sequence' }
  /** How many rows a list gives: unasked and at the most. */
  readonly page: { readonly default: number; readonly max: number }
}

type Declared = Omit<Resource, 'newest' | 'page'> & Partial<Pick<Resource, 'newest' | 'page'>>

/** Completes a declaration with the fields that every record has. */
export function resource(declared: Declared): Resource {
  const usual = { newest: { field: 'created_at', tie: 'id' }, page: { default: 50, max: 200 } } as const
  return { ...usual, ...declared, fields: { ...declared.fields, ...common } }
}

/** The fields of records that activities are logged on. */
export const activityCounts = {
  activities: { kind: integer, about: 'how many were logged', setBy: 'server', always: true },
  last_activity_at: { kind: time, setBy: 'server' },
} as const satisfies Record<string, Field>

const common = {
  custom: { kind: customKind },
  created_at: { kind: time, setBy: 'server', always: true },
  updated_at: { kind: time, setBy: 'server', always: true },
  created_by: { kind: email, about: "the member's address", setBy: 'server', always: true },
  version: { kind: integer, about: '1, then +1 with each change', setBy: 'server', always: true },
} as const satisfies Record<string, Field>

/** The fields of a resource that refer to another record; that record's fields are reached as `<to>.<field>`. */
export const referencesOf = workedOut((of: Resource) =>
  Object.entries(of.fields).flatMap(([field, { kind }]) => (kind.refersTo ? [{ field, to: kind.refersTo }] : [])),
)

/** Whether `?search=` looks at the resource at all. */
export function isSearched(of: Resource): boolean {
  return Object.values(of.fields).some(({ search }) => search)
}

/** The columns kept beside a field so that both engines compare it alike. */
export const shadowsOf = workedOut((of: Resource) =>
  Object.entries(of.fields).flatMap(([field, { kind, setBy }]) =>
    kind.shadow && !setBy ? [{ field, column: `${field}_${kind.shadow.suffix}`, of: kind.shadow.of }] : [],
  ),
)

/** Throws with a sentence where a declaration names something that does not exist; the compiler can't see that. */
export function checkResources(resources: readonly Resource[]): void {
  const names = resources.map((resource) => resource.name)
  for (const { name, fields, title, newest, needs, ...of } of resources) {
    for (const field of [title, newest.field, ...needs])
      if (!fields[field]) throw new Error(`${name} names a field ${field} that it does not have.`)
    for (const { field, to } of referencesOf({ name, fields, title, newest, needs, ...of }))
      if (!names.includes(to)) throw new Error(`${name}.${field} refers to ${to}, which is not declared.`)
    for (const [field, { unique, kind }] of Object.entries(fields))
      if (unique && kind.shadow?.suffix !== 'key') throw new Error(`${name}.${field} is unique without a normal form.`)
  }
}
