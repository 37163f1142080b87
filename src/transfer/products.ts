// Which product wrote a file, and which noun its rows are, by the headers that only it writes.

import type { Resource } from '../declare/resources.ts'
import { fail } from '../errors.ts'
import { headerKey, headerKeys, saidHeaders } from './header-key.ts'
import { prefixedNoun } from './vocabulary.ts'

type Keys = ReadonlySet<string>

interface Product {
  readonly name: string
  readonly wrote: (keys: Keys, headers: readonly string[]) => boolean
}

const has = (words: string) => (keys: Keys) => headerKeys(words).every((key) => keys.has(key))
const hasAny = (words: string) => (keys: Keys) => headerKeys(words).some((key) => keys.has(key))

/** First match wins; `plain` is everything else. */
export const PRODUCTS: readonly Product[] = [
  { name: 'crmkit', wrote: has('id createdat createdby version custom') },
  { name: 'linkedin', wrote: has('firstname lastname connectedon') },
  { name: 'google', wrote: hasAny('email1value phone1value groupmembership organization1name') },
  { name: 'pipedrive', wrote: (_, headers) => prefixedNoun(headers) !== undefined },
  {
    name: 'zoho',
    wrote: (_, headers) => headers.includes('Record Id') && headers.some((header) => / Owner(?:\.id)?$/.test(header)),
  },
  {
    name: 'hubspot',
    wrote: (keys, headers) =>
      headers.includes('Record ID') || hasAny('lifecyclestage companydomainname associatedcompanyids dealowner')(keys),
  },
  {
    name: 'outlook',
    wrote: (keys) =>
      OUTLOOK.filter((key) => keys.has(key)).length > 1 && hasAny('firstname vorname prenom nombre nome')(keys),
  },
  {
    name: 'salesforce',
    wrote: hasAny('accountname accountid opportunityname opportunityid leadsource casesafeid lastmodifieddate'),
  },
]

/** Columns of Outlook's desktop and web exports, in English, German, French, Spanish and Italian. */
const OUTLOOK = headerKeys(
  `businessphone businessfax businessstreet emaildisplayname homephone email2address emailtype
  telefongeschaftlich strassegeschaftlich mobiltelefon ortgeschaftlich emailtyp telefonprivat
  telephonebureau telmobile telephonedomicile ruebureau adressedemessagerie telecopiebureau
  telefonodeltrabajo telefonomovil calledeltrabajo direcciondecorreoelectronico faxdeltrabajo
  telefonoufficio cellulare viaufficio indirizzopostaelettronica`,
)

export function productOf(headers: readonly string[]): string {
  const keys = new Set(headers.map(headerKey))
  return PRODUCTS.find(({ wrote }) => wrote(keys, headers))?.name ?? 'plain'
}

/** Salesforce's own: 15 letters and digits, or 18. */
const SALESFORCE_ID = /^0[A-Za-z0-9]{14}(?:[A-Za-z0-9]{3})?$/
const LINKEDIN_ID = /\blinkedin\.com\/(?:in|pub)\//i

/** The ids of Salesforce below `Id` in the first rows; none where others stand there too. */
export function salesforceIds(headers: readonly string[], rows: readonly { readonly cells: readonly string[] }[]) {
  const at = headers.findIndex((header) => headerKey(header) === 'id')
  const ids = rows.map(({ cells }) => (cells[at] ?? '').trim()).filter((id) => id !== '')
  return ids.every((id) => SALESFORCE_ID.test(id) && /[a-z]/i.test(id)) ? ids : []
}

/** What its ids begin with. */
const SALESFORCE_NOUNS: Readonly<Record<string, string>> = {
  '001': 'companies',
  '003': 'contacts',
  '00Q': 'contacts',
  '006': 'deals',
  '00T': 'activities',
  '00U': 'activities',
}

/**
 * Whether an id is the product's beyond doubt: by its shape, or by a header that others don't write. A plain table may
 * well have a column that only looks like a product, and ids that begin at 1.
 */
export function isProductId(header: string, value: string): boolean {
  return (
    /^record id$/i.test(header.trim()) ||
    prefixedNoun([header]) !== undefined ||
    SALESFORCE_ID.test(value) ||
    LINKEDIN_ID.test(value)
  )
}

const PERSON = hasAny(
  'firstname lastname givenname familyname email emails emailaddress emailaddresses email1value vorname nachname prenom apellido apellidos cognome fullname emailadresse adressedemessagerie correoelectronico jobtitle contactname workemail mobile mobilephone surname achternaam adresseemail mail',
)

/** Headers that only rows of this noun have; asked in this order. */
const SIGNS: readonly (readonly [plural: string, isIt: (keys: Keys) => boolean])[] = [
  ['activities', hasAny('activitysubject activitytype occurredat activityduedate engagementtype tasksubtype')],
  // Of HubSpot, a file for each kind.
  ['activities', hasAny('calltitle meetingname tasktitle emailsubject callnotes notebody')],
  [
    'activities',
    (keys) => keys.has('subject') && hasAny('duedate date duetime type startdate activitydate startdatetime')(keys),
  ],
  ['deals', hasAny('dealname dealtitle dealstage dealvalue opportunityname opportunityid amountcents potentialname')],
  [
    'deals',
    (keys) =>
      hasAny('amount value betrag montant importe')(keys) &&
      hasAny('title name stage closedate currency stagename')(keys) &&
      !PERSON(keys),
  ],
  ['contacts', PERSON],
  ['companies', hasAny('companyname accountname organizationname companyowner accountowner domain companydomainname')],
  [
    'companies',
    (keys) => hasAny('name company firma account')(keys) && hasAny('website websiteurl domains industry url')(keys),
  ],
  ['contacts', hasAny('name fullname contactname phone company')],
]

/** The noun of a file's rows, by the ids of Salesforce that they have or the headers. Throws invalid_value where these fit none. */
export function nounOf(headers: readonly string[], ids: readonly string[], resources: readonly Resource[]): Resource {
  const keys = new Set(headers.map(headerKey))
  const [start, ...others] = new Set(ids.map((id) => id.slice(0, 3)))
  const byIds = others.length > 0 ? undefined : SALESFORCE_NOUNS[start ?? '']
  const plural = byIds ?? prefixedNoun(headers) ?? SIGNS.find(([, isIt]) => isIt(keys))?.[0]
  const found = resources.find((resource) => resource.plural === plural)
  if (found) return found
  throw fail.badRequest({
    problem: `The headers do not say what the rows are: ${saidHeaders(headers)}. Add type=contacts, companies, deals or activities, and map= for columns such as map=Header:name.`,
  })
}
