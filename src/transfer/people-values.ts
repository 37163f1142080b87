// What the cells of a person or company say, in the form of the API: names, addresses, numbers, tags, domains.

import { TAG_LENGTH_MAX } from '../declare/kinds.ts'
import { readList } from '../query/operators.ts'
import { addressKey, domainKey, isAddress } from '../text/addresses.ts'
import { digitsOf } from '../text/phones.ts'
import { isMailProvider, isSharedSite } from './hosts.ts'
import type { Cell, RowCells } from './row-cells.ts'

/** How Google Contacts puts several values into one cell. */
const GOOGLE_LISTS = ' ::: '

/** The name as one text. */
export function fullName(cells: RowCells): string | undefined {
  const whole = cells.first('name')
  if (whole) return whole
  const parts = ['first_name', 'middle_name', 'last_name'].flatMap((target) => cells.first(target) ?? [])
  return parts.length > 0 ? parts.join(' ') : undefined
}

export interface Several {
  readonly first: string | undefined
  /** What there is no field for, under its column's key. */
  readonly rest: Readonly<Record<string, string>>
}

/** The first address, and the others for `custom`. */
export function addresses(cells: readonly Cell[]): Several {
  return severalOf(cells, splitAddresses, addressKey)
}

/** The first telephone number, and the others for `custom`. */
export function phones(cells: readonly Cell[]): Several {
  return severalOf(cells, splitPhones, digitsOf)
}

/** The value of the first cell, where each holds one as in our own export, and the others for `custom`. */
export function oneEach([first, ...others]: readonly Cell[]): Several {
  const rest = Object.fromEntries(others.map(({ column, value }) => [column.customKey, value]))
  return { first: first?.value, rest }
}

function severalOf(cells: readonly Cell[], split: (text: string) => string[], key: (one: string) => string): Several {
  let first: string | undefined
  const rest: Record<string, string> = {}
  const seen = new Set<string>()
  for (const { column, value } of cells) {
    const others: string[] = []
    for (const one of split(value)) {
      if (one === '' || seen.has(key(one))) continue
      seen.add(key(one))
      if (first === undefined && !isDirectoryName(one)) first = one
      else others.push(one)
    }
    if (others.length > 0) rest[column.customKey] = others.join(', ')
  }
  return { first, rest }
}

/** Exchange keeps colleagues under names such as /o=ExchangeLabs/ou=…, which nobody can write to. */
function isDirectoryName(text: string): boolean {
  return /^\/o=/i.test(text)
}

function splitAddresses(text: string): string[] {
  const parts = text.includes(GOOGLE_LISTS)
    ? text.split(GOOGLE_LISTS)
    : text.split('@').length > 2
      ? text.split(/[;,|\s]+/)
      : [text]
  return parts.map((part) => {
    const bare = part.trim().replace(/^mailto:/i, '')
    const inAngles = /<([^<>\s]+)>\s*$/.exec(bare)
    return inAngles ? inAngles[1]! : bare
  })
}

function splitPhones(text: string): string[] {
  if (text.includes(GOOGLE_LISTS)) return text.split(GOOGLE_LISTS).map((part) => part.trim())
  const parts = text.split(/[;,]/).map((part) => part.trim())
  return parts.every((part) => part.replace(/\D/g, '').length >= 5) ? parts : [text]
}

/** Labels as tags, without those that Google keeps for itself, such as `* myContacts`. */
export function tagsIn(texts: readonly string[]): string[] {
  return asTags(texts.flatMap(labelsIn).filter((label) => !label.trim().startsWith('*')))
}

/** Mailchimp and Airtable quote labels within a cell: `"Customer","Big fish"`. */
function labelsIn(text: string): string[] {
  const quoted = /(?:^|,)"/.test(text) ? readList(text) : undefined
  return quoted ?? text.split(text.includes(':::') ? ':::' : /[,;|]/)
}

/** The tags of our own export, in which commas alone stand between them. */
export function ownTagsIn(texts: readonly string[]): string[] {
  return asTags(texts.flatMap((text) => text.split(',')))
}

/** One word each. */
function asTags(labels: readonly string[]): string[] {
  const words = labels.map((label) => label.trim()).filter((label) => label !== '')
  const tags = words.map((label) => [...label.replace(/[\p{White_Space},]+/gu, '-')].slice(0, TAG_LENGTH_MAX).join(''))
  return [...new Set(tags)]
}

/** The domains of a cell that lists several, such as `acme.com; acme.de`. */
export function splitDomains(text: string): string[] {
  const parts = text.split(/[;,|\s]+/).filter((part) => part !== '')
  return parts.length > 1 && parts.every((part) => domainKey(part) !== undefined) ? parts : [text]
}

/** The domain in a cell, in its normal form; undefined where it is none of one company. */
export function companyDomain(text: string): string | undefined {
  const domain = domainKey(text.trim().replace(/^mailto:.*@/i, ''))
  return domain && !isSharedSite(domain) ? domain : undefined
}

/** The domain of an address, unless it is a mail provider's. */
export function domainOfAddress(address: string | undefined): string | undefined {
  if (address === undefined || !isAddress(address)) return undefined
  const domain = domainKey(address.slice(address.lastIndexOf('@') + 1))
  return domain && !isMailProvider(domain) ? domain : undefined
}
