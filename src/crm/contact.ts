// A contact: a person that the team deals with.

import { email, longText, phone, reference, tags, text, time } from '../declare/kinds.ts'
import { activityCounts, resource } from '../declare/resources.ts'
import { COMPANY, CONTACT } from './handles.ts'

export const contact = resource({
  ...CONTACT,
  plural: 'contacts',
  title: 'name',
  needs: ['name', 'email'],
  fields: {
    name: { kind: text, search: 'name', summary: true },
    email: { kind: email, search: 'key', unique: true, summary: true },
    phone: { kind: phone, search: 'key' },
    title: { kind: text, about: 'job title', search: 'key', summary: true },
    company_id: { kind: reference(COMPANY), summary: true },
    stage: { kind: text, about: 'your own word', summary: true },
    owner: { kind: text, about: 'who looks after it' },
    tags: { kind: tags, search: 'key', summary: true },
    notes: { kind: longText, search: 'notes' },
    follow_up_at: { kind: time },
    follow_up_note: { kind: text },
    ...activityCounts,
  },
})
