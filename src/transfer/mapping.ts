// Which column becomes what: guessed from the headers, then changed as the caller says.

import { isCustomKey } from '../declare/custom.ts'
import type { Resource } from '../declare/resources.ts'
import { fail } from '../errors.ts'
import { readList } from '../query/operators.ts'
import { quoted } from '../render/quoted.ts'
import { nearest } from '../text/nearest.ts'
import { customKeyFor, headerKey, saidHeaders } from './header-key.ts'
import { isNoise, meaningOf, targetsOf } from './vocabulary.ts'

/** A target of this name leaves the column out. */
export const LEFT_OUT = '-'

export interface Column {
  readonly header: string
  /** A target of the vocabulary, `custom.<key>`, or `-`. */
  readonly target: string
  /** Among columns of one target: the less, the sooner its value is taken. */
  readonly rank: number
  /** The key under which a value is kept that its target has no room for. */
  readonly customKey: string
}

/** What `map=` asks for: header to target. */
export type Wanted = ReadonlyMap<string, string>

/** Targets that several columns may share; of others the best column has it, the rest become custom. */
const SHARED = new Set([
  'email',
  'phone',
  'tags',
  'notes',
  'domain',
  'company.domain',
  'company.id',
  'contact.email',
  'external_id',
  'closed_at',
  'occurred_at',
])
const MAPPED_MAX = 200
/** Stands for `custom.<key>` until the key is known to be free. */
const OWN_KEY = ''

/** Reads `Header:target,"Header, with comma":target`. Throws invalid_value. */
export function readWanted(text: string): Wanted {
  const field = 'map'
  const items = readList(text)
  if (!items)
    throw fail.invalidValue({ field, value: text, problem: 'takes a list such as map=Header:field,"A, b":field' })
  if (items.length > MAPPED_MAX) throw fail.tooMany({ what: 'columns in map', max: MAPPED_MAX })
  return new Map(
    items.map((item) => {
      const colon = item.lastIndexOf(':')
      if (colon < 1) throw fail.invalidValue({ field, value: item, problem: 'takes header:field pairs' })
      return [item.slice(0, colon).trim(), item.slice(colon + 1).trim()] as const
    }),
  )
}

/** Throws invalid_value where `wanted` names a header that the file does not have, or a target that there is not. */
export function mapColumns(resource: Resource, headers: readonly string[], wanted: Wanted): Column[] {
  refuseUnknown(resource, headers, wanted)
  const headerKeys = new Set(headers.map(headerKey))
  const guessed = headers.map((header) => guess(resource, header, headerKeys))
  const taken = new Map<string, number>()
  for (const [index, { target, rank }] of guessed.entries()) {
    const best = taken.get(target)
    if (best === undefined || rank < guessed[best]!.rank) taken.set(target, index)
  }
  const keys = new Set<string>()
  return headers.map((header, index): Column => {
    const asked = wantedFor(wanted, header, index)
    const { target, rank } = guessed[index]!
    const customKey = freshKey(keys, customKeyFor(header, index + 1))
    if (asked !== undefined) return { header, target: asked, rank: -1, customKey }
    const claimed = [...wanted.values()].includes(target)
    const has = target === LEFT_OUT || SHARED.has(target) || (taken.get(target) === index && !claimed)
    return { header, target: has && target !== OWN_KEY ? target : `custom.${customKey}`, rank, customKey }
  })
}

function guess(resource: Resource, header: string, keys: ReadonlySet<string>): { target: string; rank: number } {
  if (header === '' || isNoise(header)) return { target: LEFT_OUT, rank: 0 }
  const own = Object.hasOwn(resource.fields, header) ? resource.fields[header] : undefined
  const meaning = meaningOf(resource, header)
  // Of what the server sets, an import may say when a deal closed.
  if (own?.setBy && meaning?.target !== header) return { target: LEFT_OUT, rank: 0 }
  if (own && !own.kind.refersTo) return { target: header, rank: -1 }
  if (!meaning) return { target: OWN_KEY, rank: 0 }
  return { ...meaning, target: inContext(meaning.target, header, keys) }
}

/** Words that mean the whole name or a part of it, depending on what stands beside them. */
function inContext(target: string, header: string, keys: ReadonlySet<string>): string {
  const key = headerKey(header)
  const given = ['vorname', 'prenom', 'voornaam', 'firstname', 'givenname'].some((known) => keys.has(known))
  const family = ['apellido', 'apellidos', 'cognome', 'sobrenome', 'apelido'].some((known) => keys.has(known))
  if (target === 'name' && given && ['name', 'nom', 'naam'].includes(key) && !familyStands(keys)) return 'last_name'
  if (target === 'first_name' && ['nombre', 'nome'].includes(key) && !family) return 'name'
  return target
}

function familyStands(keys: ReadonlySet<string>): boolean {
  return ['lastname', 'familyname', 'surname', 'nachname', 'nomdefamille', 'achternaam'].some((known) =>
    keys.has(known),
  )
}

/** The target that is asked for by the header or by its number. */
export function wantedFor(wanted: Wanted, header: string, index: number): string | undefined {
  return wanted.get(header) ?? wanted.get(`#${index + 1}`)
}

function refuseUnknown(resource: Resource, headers: readonly string[], wanted: Wanted): void {
  const field = 'map'
  const known = [...new Set([...targetsOf(resource), ...writableFields(resource)])]
  for (const [header, target] of wanted) {
    const number = /^#(\d{1,4})$/.exec(header)
    if (!headers.includes(header) && !(number && Number(number[1]) >= 1 && Number(number[1]) <= headers.length)) {
      const near = nearest(header, headers)
      const meant = near === undefined ? saidHeaders(headers) : quoted(near)
      const problem = `names a header of the file, or its number such as #3: ${meant}`
      throw fail.invalidValue({ field, value: header, problem })
    }
    const custom = target.startsWith('custom.') && isCustomKey(target.slice('custom.'.length))
    if (!custom && !known.includes(target))
      throw fail.invalidValue({ field, value: target, problem: `maps to one of ${known.join(', ')}` })
  }
}

function writableFields(resource: Resource): string[] {
  return Object.entries(resource.fields).flatMap(([name, { setBy, kind }]) => (setBy || kind.refersTo ? [] : [name]))
}

function freshKey(keys: Set<string>, wanted: string): string {
  let key = wanted
  for (let count = 2; keys.has(key); count++) key = `${wanted.slice(0, 60)}_${count}`
  keys.add(key)
  return key
}
