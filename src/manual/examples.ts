// The examples of the manual, as data: a test makes every one of these calls, in this order, and expects success.

export interface Example {
  /** What somebody wants. */
  readonly ask: string
  readonly method: 'GET' | 'POST' | 'PATCH'
  /** `{company}` and the like stand for the id that an earlier example made. */
  readonly path: string
  readonly body?: Readonly<Record<string, unknown>>
  /** Under which name the id of the answer is remembered. */
  readonly makes?: string
}

/** Ids as the manual prints them. */
const SHOWN: Readonly<Record<string, string>> = { company: 'co_4t8s2w1n', contact: 'c_7k2m9qxa', deal: 'd_9v3e6h0r' }

export const examples: readonly Example[] = [
  {
    ask: 'A company',
    method: 'POST',
    path: '/companies',
    body: { name: 'Acme Inc', domain: 'acme.com', tags: ['vip'] },
    makes: 'company',
  },
  {
    ask: 'A contact there',
    method: 'POST',
    path: '/contacts',
    body: { name: 'Ada Byron', email: 'ada@acme.com', company_id: '{company}', stage: 'lead', custom: { seats: 40 } },
    makes: 'contact',
  },
  {
    ask: 'A deal',
    method: 'POST',
    path: '/deals',
    body: {
      title: 'Acme pilot',
      amount_cents: 250000,
      currency: 'EUR',
      company_id: '{company}',
      contact_id: '{contact}',
    },
    makes: 'deal',
  },
  {
    ask: 'Log a call',
    method: 'POST',
    path: '/contacts/{contact}/activities',
    body: { kind: 'call', body: 'Wants a demo.' },
  },
  {
    ask: 'Remind me',
    method: 'PATCH',
    path: '/contacts/{contact}',
    body: { follow_up_at: '2026-12-01', follow_up_note: 'Send offer' },
  },
  { ask: 'It is won', method: 'PATCH', path: '/deals/{deal}', body: { status: 'won' } },
  { ask: 'Big open deals', method: 'GET', path: '/deals?status=open&amount_cents=gte:100000&sort=-amount_cents' },
  { ask: 'Won in 2026', method: 'GET', path: '/deals?status=won&closed_at=gte:2026-01-01&closed_at=lt:2027-01-01' },
  { ask: 'People at Acme, typo and all', method: 'GET', path: '/contacts?search=amce' },
  {
    ask: 'Leads with many seats',
    method: 'GET',
    path: '/contacts?stage=in:lead,trial&custom.seats=gt:10&fields=name,email,custom.seats',
  },
  {
    ask: 'Not talked to since 1 November 2026',
    method: 'GET',
    path: '/contacts?last_activity_at=lt:2026-11-01&sort=last_activity_at',
  },
  { ask: 'Never talked to', method: 'GET', path: '/contacts?last_activity_at=is:null' },
  { ask: 'Without a phone number', method: 'GET', path: '/contacts?phone=is:null&company.domain=acme.com' },
]

/** Fills in ids: those that the manual prints, or others. */
export function example(text: string, ids: Readonly<Record<string, string>> = SHOWN): string {
  return text.replace(/\{(company|contact|deal)\}/g, (_, name: string) => ids[name]!)
}
