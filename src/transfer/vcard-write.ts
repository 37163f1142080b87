// Contacts as vCard 4.0 (RFC 6350): what it has no property for stands in X-CRMKIT- ones, which reading takes back.

import type { Resource } from '../declare/resources.ts'
import { allPaths } from '../query/paths.ts'
import type { Writer } from './export.ts'

/** Octets of a line without its end (RFC 6350 §3.2). */
const LINE_OCTETS_MAX = 75

/** Label to the property that it is written as. */
const PROPERTIES: readonly (readonly [label: string, property: string])[] = [
  ...([
    ['email', 'EMAIL'],
    ['phone', 'TEL'],
    ['title', 'TITLE'],
    ['company.name', 'ORG'],
    ['tags', 'CATEGORIES'],
  ] as const),
  ...([
    ['notes', 'NOTE'],
    ['stage', 'X-CRMKIT-STAGE'],
    ['owner', 'X-CRMKIT-OWNER'],
  ] as const),
  ...([
    ['follow_up_at', 'X-CRMKIT-FOLLOW-UP-AT'],
    ['follow_up_note', 'X-CRMKIT-FOLLOW-UP-NOTE'],
  ] as const),
  ['company_id', 'X-CRMKIT-COMPANY-ID'],
  ['custom', 'X-CRMKIT-CUSTOM'],
]
/** Their commas separate items. */
const LISTS = new Set(['tags'])
/** Their semicolons separate components. */
const COMPOUND = new Set(['company.name'])

export function vcardWriter(resource: Resource, resources: readonly Resource[]): Writer {
  const paths = allPaths(resource, resources)
  const at = (label: string) => paths.findIndex((path) => path.label === label)
  return {
    paths,
    head: '',
    record: ({ id, values }) => {
      const text = (label: string): string | undefined => {
        const [index, stored] = [at(label), values[at(label)] ?? null]
        return stored === null ? undefined : paths[index]!.kind.print(stored, 'UTC')
      }
      const properties = PROPERTIES.flatMap(([label, property]) => {
        const value = text(label)
        if (value === undefined) return []
        const items = LISTS.has(label) ? value.split(',') : [value]
        const special = COMPOUND.has(label) ? /[\\,;]/g : undefined
        return [`${property}:${items.map((item) => escaped(item, special)).join(',')}`]
      })
      const lines = [
        'BEGIN:VCARD',
        'VERSION:4.0',
        `UID:${id}`,
        `FN:${escaped(text('name') ?? text('email') ?? id)}`,
        ...properties,
        `REV:${text('updated_at')!.replace(/[-:]/g, '')}`,
        'END:VCARD',
      ]
      return lines.map((line) => `${folded(line)}\r\n`).join('')
    },
  }
}

/** Backslash, comma and line ends; semicolons where they would separate components (RFC 6350 §3.4). */
function escaped(text: string, special = /[\\,]/g): string {
  return text.replace(special, '\\$&').replace(/\r\n|\n|\r/g, '\\n')
}

/** Cut into lines of at most 75 octets, never inside a character. */
function folded(line: string): string {
  if (Buffer.byteLength(line) <= LINE_OCTETS_MAX) return line
  const lines: string[] = []
  let current = ''
  let octets = 0
  for (const character of line) {
    const size = Buffer.byteLength(character)
    if (octets + size > LINE_OCTETS_MAX) {
      lines.push(current)
      current = ' '
      octets = 1
    }
    current += character
    octets += size
  }
  return [...lines, current].join('\r\n')
}
