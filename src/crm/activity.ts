// An activity: what happened with a contact, a company or a deal, and when.

import { choice, longText, reference, text, time } from '../declare/kinds.ts'
import { resource } from '../declare/resources.ts'
import { ACTIVITY, COMPANY, CONTACT, DEAL } from './handles.ts'

export const activity = resource({
  ...ACTIVITY,
  plural: 'activities',
  title: 'kind',
  needs: ['contact_id', 'company_id', 'deal_id'],
  newest: { field: 'occurred_at', tie: 'sequence' },
  page: { default: 50, max: 500 },
  fields: {
    kind: { kind: choice('kind', ['call', 'email', 'meeting', 'note', 'task']), default: 'note', summary: true },
    body: { kind: longText, summary: true },
    occurred_at: { kind: time, default: { now: true }, summary: true },
    contact_id: { kind: reference(CONTACT), summary: true },
    company_id: { kind: reference(COMPANY), summary: true },
    deal_id: { kind: reference(DEAL), summary: true },
    on_behalf_of: { kind: text, about: 'who asked for it', summary: true },
  },
})
