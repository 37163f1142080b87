// The names that a question may use: fields, custom keys, and the fields of records referred to, one hop away.

import { isCustomKey } from '../declare/custom.ts'
import { reference } from '../declare/kinds.ts'
import { type Resource, referencesOf } from '../declare/resources.ts'
import { workedOut } from '../text/worked-out.ts'
import type { Path } from './query.ts'

/** What `pathOf` needs to know of the other resources. */
export type Resources = readonly Resource[]

/** The noun of this name, which a declaration names. */
export function resourceNamed(resources: Resources, name: string): Resource {
  return resources.find((resource) => resource.name === name)!
}

/** The noun that somebody calls so, by its name or its plural; undefined where there is none. */
export function resourceCalled(resources: Resources, word: unknown): Resource | undefined {
  return resources.find(({ name, plural }) => name === word || plural === word)
}

/**
 * The field that a name means: `stage`, `id`, `custom.tier`, `company.domain`, `company.custom.tier`, or `company` for
 * `company_id`. Undefined where there is no such field; a custom key that can't be one gives `badKey`.
 */
export function pathOf(resource: Resource, label: string, resources: Resources): Path | { badKey: string } | undefined {
  const own = ownPath(resource, label)
  if (own) return own
  const dot = label.indexOf('.')
  const name = dot < 0 ? label : label.slice(0, dot)
  const through = referencesOf(resource).find(({ to }) => to === name)
  if (!through) return undefined
  if (dot < 0) return ownPath(resource, through.field)
  const to = resourceNamed(resources, name)
  const path = ownPath(to, label.slice(dot + 1))
  return path && 'field' in path ? { ...path, label, through: { field: through.field, to } } : path
}

/** The names for hints: fields, then how custom keys and other records' fields are written. */
export function filterNames(resource: Resource): string[] {
  const fields = Object.entries(resource.fields).filter(([, { kind }]) => !kind.keys)
  const others = referencesOf(resource).map(({ to }) => `${to}.<field>`)
  return [...fields.map(([name]) => name), 'id', 'custom.<key>', ...others]
}

export function sortNames(resource: Resource): string[] {
  return [...Object.keys(resource.fields).filter((name) => !resource.fields[name]!.kind.keys), 'id']
}

/** The paths that lists show unasked: the summary fields, each reference followed by the name it leads to. */
export const summaryPaths = workedOutAmong((resource, resources) =>
  shownPaths(resource, resources, (name) => resource.fields[name]!.summary === true),
)

/** The paths of a single record: every field. */
export const allPaths = workedOutAmong((resource, resources) => shownPaths(resource, resources, () => true))

/** What follows from a resource among others; it is the same list each time, by which the store knows its SQL. */
function workedOutAmong(derive: (resource: Resource, resources: Resources) => readonly Path[]) {
  const among = workedOut((resources: Resources) => workedOut((resource: Resource) => derive(resource, resources)))
  return (resource: Resource, resources: Resources): readonly Path[] => among(resources)(resource)
}

function shownPaths(resource: Resource, resources: Resources, shown: (field: string) => boolean): Path[] {
  return Object.keys(resource.fields)
    .filter(shown)
    .flatMap((field) => {
      const path = fieldPath(resource, field)
      const to = resources.find((other) => other.name === path.kind.refersTo)
      if (!to) return [path]
      const name: Path = { ...fieldPath(to, to.title), label: `${to.name}.${to.title}`, through: { field, to } }
      return [path, name]
    })
}

function fieldPath(resource: Resource, field: string): Path {
  const { kind, setBy, always } = resource.fields[field]!
  return { label: field, field, kind, always, shadowed: kind.shadow && !setBy ? true : undefined }
}

function ownPath(resource: Resource, label: string): Path | { badKey: string } | undefined {
  if (label === 'id') return { label, field: 'id', kind: reference(resource), always: true }
  if (Object.hasOwn(resource.fields, label)) return fieldPath(resource, label)
  const dot = label.indexOf('.')
  const field = label.slice(0, dot)
  const holder = dot > 0 && Object.hasOwn(resource.fields, field) ? resource.fields[field] : undefined
  if (!holder?.kind.keys) return undefined
  const customKey = label.slice(dot + 1)
  return isCustomKey(customKey) ? { label, field, kind: holder.kind, customKey } : { badKey: customKey }
}
