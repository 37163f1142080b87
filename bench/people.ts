// Contacts as a CRM has them, made from their number alone, so that every run and every engine holds the same: common and
// rare names, words that many share, addresses and telephone numbers that nobody shares.

export const FIRST =
  'James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard Susan Joseph Jessica Thomas Sarah Charles Karen Daniel Lisa Matthew Nancy Anthony Betty Mark Sandra Paul Ashley Steven Kimberly Andrew Emily Kenneth Donna Joshua Michelle Kevin Carol Brian Amanda George Melissa Timothy Deborah Maria Stephanie José Dorothy Anaïs Rebecca Jürgen Sharon Søren Laura Łukasz Cynthia Zoë Amy'.split(
    ' ',
  )
export const LAST =
  'Smith Johnson Williams Brown Jones García Miller Davis Rodríguez Martínez Hernández López González Wilson Anderson Thomas Taylor Moore Jackson Martin Lee Pérez Thompson White Harris Sánchez Clark Ramírez Lewis Robinson Walker Young Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter Roberts Müller Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann'.split(
    ' ',
  )
const SYLLABLES = 'ba ce di fo gu ha je ki lo mu na pe qui ro su ta ve wi xo zu'.split(' ')
const TITLES = 'Engineer,Sales Manager,Director,Office Manager,Chief Executive,Buyer,Consultant,Owner,Analyst'.split(
  ',',
)
const STAGES = ['lead', 'qualified', 'customer', 'churned', 'partner']
const OWNERS = ['sam', 'kim', 'alex', 'robin']
const TAGS = ['vip', 'newsletter', 'eu', 'us', 'trial', 'event2025']
const NOTE_WORDS =
  'met at the fair asked about pricing wants a demo next week prefers phone over mail budget approved waiting for legal renewal due in spring uses a competitor now friendly blocker champion'.split(
    ' ',
  )
const CUSTOMERS_A_COMPANY = 10

/** Mixes a number so that neighbours look unrelated (the finalizer of MurmurHash3). */
function mixed(n: number, salt: number): number {
  let hash = Math.imul(n ^ (salt * 0x9e3779b9), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

function pick<T>(items: readonly T[], n: number, salt: number): T {
  return items[mixed(n, salt) % items.length]!
}

/** One of some 64,000 made-up names. */
function rareName(n: number): string {
  const parts = [1, 2, 3, 4].map((at) => SYLLABLES[(n >>> (at * 4)) % SYLLABLES.length])
  const name = parts.join('')
  return name[0]!.toUpperCase() + name.slice(1)
}

export function companyName(n: number): string {
  return `${rareName(mixed(n, 7))} ${pick(['GmbH', 'Inc', 'Ltd', 'Group', 'Labs'], n, 8)}`
}

export function companyOf(n: number): Record<string, unknown> {
  return { name: companyName(n), domain: `company${n}.example`, stage: pick(STAGES, n, 9), owner: pick(OWNERS, n, 10) }
}

/** How many companies so many contacts belong to. */
export function companiesFor(contacts: number): number {
  return Math.ceil(contacts / CUSTOMERS_A_COMPANY)
}

/** The body of contact number `n`; `company` is the id that it refers to, if any. */
export function contactOf(n: number, company?: string): Record<string, unknown> {
  const first = pick(FIRST, n, 1)
  const last = mixed(n, 2) % 3 ? pick(LAST, n, 3) : rareName(mixed(n, 4))
  const ascii = (text: string) =>
    text
      .normalize('NFD')
      .replace(/[^a-z]/gi, '')
      .toLowerCase()
  const note = Array.from({ length: 6 }, (_, at) => pick(NOTE_WORDS, n, 20 + at)).join(' ')
  return {
    name: `${first} ${last}`,
    email: `${ascii(first)}.${ascii(last)}${n}@company${Math.floor(n / CUSTOMERS_A_COMPANY)}.example`,
    phone: `+1 555 ${String(mixed(n, 5) % 10_000_000).padStart(7, '0')}`,
    title: pick(TITLES, n, 6),
    stage: pick(STAGES, n, 11),
    owner: pick(OWNERS, n, 12),
    tags: [pick(TAGS, n, 13)],
    notes: note,
    ...(company && mixed(n, 14) % 5 ? { company_id: company } : {}),
    ...(mixed(n, 15) % 20
      ? {}
      : { follow_up_at: new Date(1_790_000_000_000 + (mixed(n, 16) % 40_000_000) * 1000).toISOString() }),
    ...(mixed(n, 17) % 4 ? {} : { custom: { seats: mixed(n, 18) % 500, tier: pick(['gold', 'silver'], n, 19) } }),
  }
}
