// A company: an organisation that contacts work for and deals are made with.

import { domain, longText, tags, text } from '../declare/kinds.ts'
import { activityCounts, resource } from '../declare/resources.ts'
import { COMPANY } from './handles.ts'

export const company = resource({
  ...COMPANY,
  plural: 'companies',
  title: 'name',
  needs: ['name', 'domain'],
  fields: {
    name: { kind: text, search: 'name', summary: true },
    domain: { kind: domain, search: 'key', unique: true, summary: true },
    owner: { kind: text, about: 'who looks after it', summary: true },
    stage: { kind: text, about: 'your own word', summary: true },
    tags: { kind: tags, search: 'key', summary: true },
    notes: { kind: longText, search: 'notes' },
    ...activityCounts,
  },
})
