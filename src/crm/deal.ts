// A deal: something that may be sold. When it counts as closed stands in deal-closing.ts.

import { choice, longText, reference, tags, text, time } from '../declare/kinds.ts'
import { activityCounts, resource } from '../declare/resources.ts'
import { CURRENCIES } from './currencies.ts'
import { COMPANY, CONTACT, DEAL } from './handles.ts'
import { minorUnits } from './minor-units.ts'

const DEAL_STATUSES = ['open', 'won', 'lost'] as const

export const deal = resource({
  ...DEAL,
  plural: 'deals',
  title: 'title',
  needs: ['title'],
  fields: {
    title: { kind: text, search: 'name', summary: true },
    amount_cents: { kind: minorUnits, about: "in the currency's minor units", summary: true },
    currency: { kind: choice('currency', CURRENCIES, 'an ISO 4217 code such as EUR'), default: 'USD', summary: true },
    stage: { kind: text, about: 'your own word', summary: true },
    status: { kind: choice('status', DEAL_STATUSES), default: 'open', summary: true },
    contact_id: { kind: reference(CONTACT), summary: true },
    company_id: { kind: reference(COMPANY), summary: true },
    owner: { kind: text, about: 'who looks after it', summary: true },
    tags: { kind: tags },
    notes: { kind: longText, search: 'notes' },
    expected_close_at: { kind: time, summary: true },
    closed_at: { kind: time, about: 'set when status leaves open', setBy: 'server' },
    follow_up_at: { kind: time },
    follow_up_note: { kind: text },
    ...activityCounts,
  },
})
