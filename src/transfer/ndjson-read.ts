// Our own export: one record a line, in JSON, under the names that the API has.

import { idOf } from '../declare/handles.ts'
import type { Kind, Stored } from '../declare/kinds.ts'
import { type Resource, referencesOf } from '../declare/resources.ts'
import { fail, type Problem } from '../errors.ts'
import { resourceCalled, resourceNamed } from '../query/paths.ts'
import { quoted } from '../render/quoted.ts'
import type { Draft, Link } from './draft.ts'
import { contentKey, sourceKey } from './keys.ts'
import { linesOf } from './lines.ts'

export const OWN_SOURCE = 'crmkit'
/** What the server had kept of a record, and keeps again where an admin puts it back. */
const RESTORED = ['created_at', 'updated_at', 'created_by', 'version', 'closed_at'] as const
/** Each change adds one, and the engines and clients count them exactly. */
const VERSION_MAX = 1_000_000_000
const LINE_CHARACTERS_MAX = 1 << 20
const DEPTH_MAX = 32

export interface NdjsonReading {
  readonly resources: readonly Resource[]
  readonly zone: string
  /** Whether what the server had kept is put back too. */
  readonly restores: boolean
}

/** Throws invalid_value for a line past the limit; a line that is no record gives a draft with a problem. */
export async function* readNdjson(text: AsyncIterable<string>, reading: NdjsonReading): AsyncGenerator<Draft> {
  let row = 0
  for await (const line of linesOf(text, LINE_CHARACTERS_MAX)) {
    row++
    if (line.trim() !== '') yield draftOf(line, row, reading)
  }
}

function draftOf(line: string, row: number, reading: NdjsonReading): Draft {
  const faulty = (field: string, problem: string): Draft => ({
    ...{ row, resource: reading.resources[0]!, body: {}, links: [], keys: [] },
    problems: [{ code: 'invalid_value', field, problem }],
  })
  const record = parse(line)
  if (typeof record === 'string') return faulty('line', record)
  const { type, id, ...fields } = record
  const resource = resourceCalled(reading.resources, type)
  const known = reading.resources.map(({ name }) => name).join(', ')
  if (!resource) return faulty('type', `must be one of ${known}`)
  const own = typeof id === 'string' ? idOf(resource, id) : undefined
  if (id !== undefined && !own)
    return faulty('id', `must be the id of a ${resource.name}, such as ${resource.prefix}_7k2m9qxa`)
  const { body, links } = split(resource, fields, reading.resources)
  const { server, problems } = serverFields(resource, fields, reading)
  return {
    ...{ row, resource, body, links, problems },
    keys: own ? [sourceKey(OWN_SOURCE, own)] : [contentKey([line])],
    ...{ own, server },
  }
}

/** What is sent as it is, and the records that it refers to. */
function split(resource: Resource, fields: Record<string, unknown>, resources: readonly Resource[]) {
  const references = referencesOf(resource)
  const links: Link[] = []
  const body = new Map(Object.entries(fields))
  for (const { field, to } of references) {
    const target = resourceNamed(resources, to)
    const label = `${to}.${target.title}`
    const [id, title] = [fields[field], fields[label]]
    body.delete(label)
    const own = typeof id === 'string' ? idOf(target, id) : undefined
    // Anything else is left for the API to refuse.
    if (own) body.delete(field)
    if (own)
      links.push({
        field,
        to,
        own,
        keys: [sourceKey(OWN_SOURCE, own)],
        unique: [],
        title: typeof title === 'string' ? title : undefined,
      })
  }
  for (const [field, { setBy }] of Object.entries(resource.fields)) if (setBy) body.delete(field)
  return { body: Object.fromEntries(body), links }
}

function serverFields(resource: Resource, fields: Record<string, unknown>, { zone, restores }: NdjsonReading) {
  const server: Record<string, Stored | null> = {}
  const problems: Problem[] = []
  for (const field of restores ? RESTORED : []) {
    const sent = fields[field]
    const kind = resource.fields[field]?.kind
    if (!kind || sent === undefined || sent === null) continue
    const read = kind.read(sent, zone)
    const problem = 'problem' in read ? read.problem : field === 'version' ? faultOfVersion(read.value) : undefined
    if (problem !== undefined) problems.push({ code: 'invalid_value', field, problem })
    else if ('value' in read) server[field] = asKept(kind, read.value)
  }
  return { server, problems }
}

/** No column for comparing stands beside what the server sets: an address is kept in its normal form, as the server has it. */
function asKept({ shadow }: Kind, value: Stored | null): Stored | null {
  return shadow?.suffix === 'key' && value !== null ? shadow.of(String(value)) : value
}

function faultOfVersion(version: Stored | null): string | undefined {
  return Number(version) >= 1 && Number(version) <= VERSION_MAX ? undefined : `must be from 1 to ${VERSION_MAX}`
}

/** The object on a line, or what is wrong with it. */
function parse(line: string): Record<string, unknown> | string {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return `must be JSON; ${quoted(line)} is not`
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'must be an object'
  return faultOf(value, 1) ?? (value as Record<string, unknown>)
}

/** The limits that bodies have too. */
function faultOf(value: unknown, depth: number): string | undefined {
  if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER) return 'must hold no number past 2^53'
  if (typeof value === 'string' && !isText(value)) return 'must hold no NUL and no unpaired surrogate'
  if (typeof value !== 'object' || value === null) return undefined
  if (depth > DEPTH_MAX) return `must not be nested deeper than ${DEPTH_MAX}`
  for (const inner of Object.values(value)) {
    const fault = faultOf(inner, depth + 1)
    if (fault) return fault
  }
  return Object.keys(value).every(isText) ? undefined : 'must hold no NUL and no unpaired surrogate'
}

/** Whether it can be kept: no NUL and no unpaired surrogate. */
export function isText(text: string): boolean {
  return !text.includes('\0') && !/\p{Surrogate}/u.test(text)
}

/** Throws where a line of text can't be a file of ours. */
export function refuseEmpty(head: string): void {
  if (head.trim() === '')
    throw fail.badRequest({ problem: 'The file is empty. Send a CSV, vCards, or NDJSON of crmkit.' })
}
