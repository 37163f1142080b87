// A card as a row of a table: which property is which column, so that cards are mapped as CSV is.

import { type Card, componentsOf, type Property, unescaped } from './vcard-read.ts'

/** The columns that a card may have, and what each means. */
export const CARD_COLUMNS: readonly (readonly [header: string, target: string])[] = [
  ...([
    ['FN', 'name'],
    ['N given', 'first_name'],
    ['N additional', 'middle_name'],
    ['N family', 'last_name'],
  ] as const),
  ...([
    ['EMAIL', 'email'],
    ['EMAIL 2', 'email'],
    ['EMAIL 3', 'email'],
    ['TEL', 'phone'],
    ['TEL 2', 'phone'],
    ['TEL 3', 'phone'],
    ['FAX', 'custom.fax'],
  ] as const),
  ...([
    ['ORG', 'company.name'],
    ['ORG unit', 'custom.department'],
    ['TITLE', 'title'],
    ['ROLE', 'custom.role'],
  ] as const),
  ...([
    ['URL', 'company.domain'],
    ['NOTE', 'notes'],
    ['CATEGORIES', 'tags'],
    ['UID', 'external_id'],
  ] as const),
  ...([
    ['NICKNAME', 'custom.nickname'],
    ['BDAY', 'custom.birthday'],
    ['ADR', 'custom.address'],
    ['N prefix', 'custom.name_prefix'],
  ] as const),
  ...([
    ['X-CRMKIT-STAGE', 'stage'],
    ['X-CRMKIT-OWNER', 'owner'],
    ['X-CRMKIT-COMPANY-ID', 'company.id'],
    ['X-CRMKIT-FOLLOW-UP-AT', 'follow_up_at'],
  ] as const),
  ...([
    ['X-CRMKIT-FOLLOW-UP-NOTE', 'follow_up_note'],
    ['X-CRMKIT-CUSTOM', 'custom'],
  ] as const),
]

export const CARD_HEADERS = CARD_COLUMNS.map(([header]) => header)

/** The card's values in the order of the columns. */
export function cardCells({ properties }: Card): string[] {
  const of = (name: string) => preferred(properties.filter((property) => property.name === name))
  const text = (name: string) => unescaped(of(name)[0]?.raw ?? '')
  const [family, given, additional, prefix] = componentsOf(of('N')[0]?.raw ?? '')
  const [organisation, ...units] = componentsOf(of('ORG')[0]?.raw ?? '')
  const emails = distinct(of('EMAIL').map(({ raw }) => unescaped(raw).replace(/^mailto:/i, '')))
  const isFax = ({ parameters }: Property) => parameters.get('TYPE')?.includes('fax') ?? false
  const phones = distinct(
    of('TEL')
      .filter((tel) => !isFax(tel))
      .map(({ raw }) => unescaped(raw).replace(/^tel:/i, '').replace(/;ext=/i, ' x')),
  )
  const address = componentsOf(of('ADR')[0]?.raw ?? '').filter((part) => part !== '')
  const values: Readonly<Record<string, string | undefined>> = {
    ...{
      FN: text('FN') || undefined,
      'N given': given,
      'N additional': additional,
      'N family': family,
      'N prefix': prefix,
    },
    ...{ EMAIL: emails[0], 'EMAIL 2': emails[1], 'EMAIL 3': emails.slice(2).join(', ') },
    ...{ TEL: phones[0], 'TEL 2': phones[1], 'TEL 3': phones.slice(2).join(', ') },
    ...{ ORG: organisation, 'ORG unit': units.filter((unit) => unit !== '').join(', '), ADR: address.join(', ') },
    FAX: of('TEL')
      .filter(isFax)
      .map(({ raw }) => unescaped(raw))
      .join(', '),
    NOTE: of('NOTE')
      .map(({ raw }) => unescaped(raw))
      .join('\n\n'),
    CATEGORIES: of('CATEGORIES')
      .flatMap(({ raw }) => componentsOf(raw, ','))
      .join(','),
    URL: of('URL')
      .map(({ raw }) => unescaped(raw))
      .find((url) => url !== ''),
  }
  return CARD_HEADERS.map((header) => (Object.hasOwn(values, header) ? (values[header] ?? '') : text(header)))
}

/** Whether the card is of an organisation rather than a person (RFC 6350 §6.1.4, and Apple's way to say it). */
export function isOrganisation({ properties }: Card): boolean {
  const says = (name: string, value: RegExp) =>
    properties.some((each) => each.name === name && value.test(each.raw.trim()))
  return says('KIND', /^org$/i) || says('X-ABSHOWAS', /^company$/i)
}

/** Whether it is no record of its own: a group of others. */
export function isGroup({ properties }: Card): boolean {
  return properties.some(
    ({ name, raw }) => /^(?:KIND|X-ADDRESSBOOKSERVER-KIND)$/.test(name) && /^group$/i.test(raw.trim()),
  )
}

/** Those that are preferred first (`PREF`, RFC 6350 §5.3, or the type `pref` of older cards), and the rest as they come. */
function preferred(properties: readonly Property[]): Property[] {
  const rank = ({ parameters }: Property) =>
    Number(parameters.get('PREF')?.[0]) || (parameters.get('TYPE')?.includes('pref') ? 1 : 101)
  return properties.filter(({ raw }) => raw.trim() !== '').sort((a, b) => rank(a) - rank(b))
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].filter((text) => text !== '')
}
