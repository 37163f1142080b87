// A body to a Change: what is asked of a record, as data. All faults are found at once.

import { isCustomKey, KEYS_ARE } from '../declare/custom.ts'
import type { Stored } from '../declare/kinds.ts'
import { type Resource, referencesOf } from '../declare/resources.ts'
import { fail, PROBLEMS_SHOWN_MAX, type Problem } from '../errors.ts'
import { quoted } from '../render/quoted.ts'
import type { Kept } from '../store/write.ts'
import { nearest } from '../text/nearest.ts'

export interface Change {
  /** Field to what is asked to be stored; null empties it. */
  readonly values: ReadonlyMap<string, Stored | null>
  /** The version that the record must have. */
  readonly version?: number
  /** What is wrong with the body so far; told together with what the record itself refuses. */
  readonly problems: readonly Problem[]
  /** What an import knows of a new record better than the server: its id in our own export, and what is kept of its past. */
  readonly restored?: { readonly id?: string; readonly server?: Readonly<Record<string, Stored | null>> }
}

export type Body = Readonly<Record<string, unknown>>

/**
 * Reads the fields of a record from a body. `zone` is the workspace's. Faults are unknown_field, invalid_field for one
 * that only the server sets, and invalid_value.
 */
export function readChange(resource: Resource, body: Body, zone: string): Change {
  const problems: Problem[] = []
  const values = new Map<string, Stored | null>()
  const customKeys = new Map<string, Record<string, unknown>>()
  let version: number | undefined
  for (const [name, input] of Object.entries(body)) {
    const field = Object.hasOwn(resource.fields, name) ? resource.fields[name] : undefined
    const held = field ? undefined : customKeyOf(resource, name)
    const refuse = (code: string, problem: string) => problems.push({ code, field: name, problem })
    if (name === 'version') {
      if (Number.isSafeInteger(input) && Number(input) > 0) version = Number(input)
      else refuse('invalid_value', 'must be the version that the record has, such as 3')
    } else if (held) {
      const keys = customKeys.get(held.field) ?? {}
      customKeys.set(held.field, keys)
      keys[held.key] = input
    } else if (!field) problems.push(unknownField(resource, name, problems))
    else if (field.setBy) refuse('invalid_field', 'is set by the server; leave it out')
    else if (input === null) values.set(name, null)
    else {
      const bad = field.kind.keys ? badKeysOf(input) : []
      const read = field.kind.read(input, zone)
      for (const key of bad) refuse('invalid_value', `has the key ${quoted(key)}; ${KEYS_ARE}`)
      if (!('problem' in read)) values.set(name, read.value)
      else if (bad.length === 0) refuse('invalid_value', read.problem)
    }
  }
  for (const [field, keys] of customKeys) addKeys(values, field, keys, problems)
  return { values, version, problems }
}

/** Puts keys that were sent one by one to those that were sent together as `field`. */
function addKeys(
  values: Map<string, Stored | null>,
  field: string,
  keys: Readonly<Record<string, unknown>>,
  problems: Problem[],
): void {
  const refuse = (of: string, problem: string) => problems.push({ code: 'invalid_value', field: of, problem })
  const sent = values.get(field)
  if (sent === null) {
    refuse(field, 'is null, and its keys are sent beside it; send one of both')
    return
  }
  const together: object = JSON.parse(String(sent ?? '{}'))
  for (const key of Object.keys(keys))
    if (Object.hasOwn(together, key)) refuse(`${field}.${key}`, `is sent twice, also in ${field}; send one of both`)
  values.set(field, JSON.stringify({ ...together, ...keys }))
}

/** What the server keeps of a change. `now` (seconds) is when its transaction began, before which others may have ended. */
export function changedAt({ values }: Pick<Kept, 'values'>, now: number): { updated_at: number; version: number } {
  return { updated_at: Math.max(now, Number(values.updated_at)), version: Number(values.version) + 1 }
}

/** Throws the first fault's code with all of them, if there are any. */
export function refuseProblems(problems: readonly (Problem | undefined)[]): void {
  const found = problems.filter((problem) => problem !== undefined)
  if (found.length > 0) throw fail.invalidBody(found)
}

/** The fault of a record that would have none of the fields that it needs; undefined where it has one. */
export function missingField(resource: Resource, has: (field: string) => boolean): Problem | undefined {
  if (resource.needs.some(has)) return undefined
  const { needs } = resource
  const problem = needs.length > 1 ? `is missing: ${resource.name} needs ${needs.join(' or ')}` : 'is missing'
  return { code: 'missing_field', field: needs[0]!, problem }
}

/** What a body may hold, for hints. */
function bodyFields(resource: Resource): string[] {
  return Object.keys(resource.fields).filter((name) => !resource.fields[name]!.setBy)
}

/** The keys of an object that can't be custom ones; none of what is no object. */
function badKeysOf(input: unknown): string[] {
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input)
  return isObject ? Object.keys(input).filter((key) => !isCustomKey(key)) : []
}

function customKeyOf(resource: Resource, name: string): { field: string; key: string } | undefined {
  const dot = name.indexOf('.')
  const field = name.slice(0, dot)
  const key = name.slice(dot + 1)
  const holds = dot > 0 && Object.hasOwn(resource.fields, field) && resource.fields[field]!.kind.keys
  return holds && isCustomKey(key) ? { field, key } : undefined
}

/** The first one lists what there is. */
function unknownField(resource: Resource, name: string, before: readonly Problem[]): Problem {
  const known = bodyFields(resource)
  const other = referencesOf(resource).find(({ to }) => name.startsWith(`${to}.`))
  if (other) return { code: 'unknown_field', field: name, problem: `belongs to the ${other.to}; change it there` }
  const near = before.length < PROBLEMS_SHOWN_MAX ? nearest(name, known) : undefined
  const field = near === undefined ? undefined : resource.fields[near]
  // Who sends tags+ or tag may mean to add one.
  const about = field?.kind.many ? 'all of them, also those that stay' : field?.about
  const meant = near ? ` - did you mean "${near}"${about ? ` (${about})` : ''}?` : '.'
  const all = before.some(({ code }) => code === 'unknown_field') ? '' : ` Send: ${known.join(', ')}`
  return { code: 'unknown_field', field: name, problem: `is not a field of ${resource.name}${meant}${all}` }
}
