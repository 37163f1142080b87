// A person in a file: the contact, and the company that the row puts them in.

import type { Resource } from '../../declare/resources.ts'
import { resourceNamed } from '../../query/paths.ts'
import type { Link } from '../draft.ts'
import { headerKey } from '../header-key.ts'
import { addresses, companyDomain, domainOfAddress, fullName, oneEach, phones } from '../people-values.ts'
import type { RowCells } from '../row-cells.ts'
import {
  customOf,
  datesOf,
  identityOf,
  isOurs,
  linkIds,
  nameLinked,
  namesSomething,
  notesOf,
  type Reading,
  type RowDraft,
  severalOf,
  tagsOf,
  textsOf,
} from './row.ts'

export function contactRow(cells: RowCells, contact: Resource, reading: Reading): RowDraft {
  const isOwn = isOurs(cells, contact, reading)
  const email = (isOwn ? oneEach : addresses)(cells.all('email'))
  const phone = (isOwn ? oneEach : phones)(cells.all('phone'))
  const name = nameOf(cells, email.first, reading)
  const content =
    email.first === undefined ? [name, phone.first?.replace(/\D/g, ''), cells.first('company.name')] : undefined
  const { kept: keptIds, ...identity } = identityOf(cells, contact, reading, content)
  // Our own export says it where somebody belongs to a company.
  const { link, kept } = companyLink(cells, identity.own ? undefined : email.first, reading)
  const { dates, problems } = datesOf(cells, ['follow_up_at'], reading)
  const custom = customOf(cells, {
    ...email.rest,
    ...phone.rest,
    ...kept,
    ...severalOf(cells, ['company']),
    ...keptIds,
  })
  return {
    body: {
      ...{ name, email: email.first, phone: phone.first },
      ...textsOf(cells, ['title', 'stage', 'owner', 'follow_up_note']),
      ...tagsOf(cells, contact, reading),
      ...notesOf(cells),
      ...dates,
      ...custom.custom,
    },
    links: namesSomething(link) ? [link] : [],
    ...identity,
    problems: [...problems, ...custom.problems],
  }
}

/** A card must have a name (RFC 6350 §6.2.1), so that who has none is called by their address or id there. */
function nameOf(cells: RowCells, email: string | undefined, { isTable }: Reading): string | undefined {
  const name = fullName(cells)
  return !isTable && (name === email || name === cells.first('external_id')) ? undefined : name
}

const OF_COMPANY = /domain|company|organi[sz]ation|account/
/** In address books a page is the person's at times, such as a blog, and the address tells better where they work. */
const PAGE_OF_PERSON = /^(url|webpage|website\d+value)$/

function areRelated(one: string, other: string): boolean {
  return one === other || one.endsWith(`.${other}`) || other.endsWith(`.${one}`)
}

/** By its id, its domain, its name, or the domain of the address; it is made where the row names it or its domain. */
function companyLink(
  cells: RowCells,
  email: string | undefined,
  reading: Reading,
): { link: Link; kept: Record<string, string> } {
  const title = nameLinked(cells, 'company')
  const kept: Record<string, string> = {}
  let stated: string | undefined
  const ofAddress = domainOfAddress(email)
  for (const { column, value } of cells.all('company.domain')) {
    const domain = companyDomain(value)
    const header = headerKey(column.header)
    const isOwnPage = PAGE_OF_PERSON.test(header) && domain && ofAddress && !areRelated(domain, ofAddress)
    const isTheirs = OF_COMPANY.test(header) || (title !== undefined && !isOwnPage)
    if (domain && isTheirs) stated ??= domain
    if (!(domain && isTheirs) || /\/./.test(value.replace(/^https?:\/\//i, '').replace(/\/$/, '')))
      kept[column.customKey] = value
  }
  const company = resourceNamed(reading.resources, 'company')
  const domain = stated ?? ofAddress
  const ids = linkIds(cells, company, reading)
  const makes = title !== undefined || stated !== undefined
  return {
    kept,
    link: {
      ...{ field: 'company_id', to: 'company', title, fills: stated, isGuess: !makes && ids.keys.length === 0 },
      ...ids,
      unique: stated ? [stated] : [],
      guessed: stated ? undefined : ofAddress,
      make: makes ? { ...(title ? { name: title } : {}), ...(domain ? { domain } : {}) } : undefined,
    },
  }
}
