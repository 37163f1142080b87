// A call, meeting, task or note in a file, on records that are there already.

import type { Resource } from '../../declare/resources.ts'
import { resourceNamed } from '../../query/paths.ts'
import type { Link } from '../draft.ts'
import { companyDomain } from '../people-values.ts'
import type { RowCells } from '../row-cells.ts'
import { contactLink } from './deal-row.ts'
import {
  customOf,
  datesOf,
  identityOf,
  linkIds,
  nameLinked,
  namesSomething,
  type Reading,
  type RowDraft,
  severalOf,
  textsOf,
} from './row.ts'

/** Beginnings of what products call them. */
const KINDS: readonly (readonly [pattern: RegExp, kind: string])[] = [
  [/call|anruf|appel|llamada|telefon/i, 'call'],
  [/mail|messag/i, 'email'],
  [/meet|lunch|demo|event|besprechung|termin|r[ée]union|rendez|visit|appointment/i, 'meeting'],
  [/task|to.?do|deadline|aufgabe|t[âa]che|tarea/i, 'task'],
  [/note|notiz|nota/i, 'note'],
]

export function activityRow(cells: RowCells, activity: Resource, reading: Reading): RowDraft {
  const stated = cells.all('kind')[0]
  // HubSpot writes a file for each kind, and says it in headers alone: "Call Title".
  const called = stated?.value ?? cells.all('subject')[0]?.column.header
  const kind = called && KINDS.find(([pattern]) => pattern.test(called))?.[1]
  const { dates, problems } = datesOf(cells, ['occurred_at'], reading)
  // What was due on no day was at least made on one.
  const [, ...otherDates] = cells.all('occurred_at')
  const texts = [cells.first('subject'), ...cells.all('body').map(({ value }) => value)]
  const body = [...new Set(texts.filter((text) => text !== undefined))].join('\n\n')
  const { kept: keptIds, ...identity } = identityOf(cells, activity, reading, cells.values)
  const custom = customOf(cells, {
    ...severalOf(cells, ['company', 'contact', 'deal']),
    ...keptIds,
    ...Object.fromEntries(otherDates.map(({ column, value }) => [column.customKey, value])),
    ...(stated && !kind ? { [stated.column.customKey]: stated.value } : {}),
  })
  return {
    body: {
      ...(kind ? { kind } : {}),
      ...(body ? { body } : {}),
      ...textsOf(cells, ['on_behalf_of']),
      ...dates,
      ...custom.custom,
    },
    links: [contactLink(cells, reading), companyLink(cells, reading), dealLink(cells, reading)]
      .map((link) => ({ ...link, make: undefined }))
      .filter(namesSomething),
    ...identity,
    problems: [...problems, ...custom.problems],
  }
}

function companyLink(cells: RowCells, reading: Reading): Link {
  const domain = companyDomain(cells.first('company.domain') ?? '')
  return {
    ...{ field: 'company_id', to: 'company', title: nameLinked(cells, 'company') },
    ...linkIds(cells, resourceNamed(reading.resources, 'company'), reading),
    unique: domain ? [domain] : [],
  }
}

function dealLink(cells: RowCells, reading: Reading): Link {
  return {
    ...{ field: 'deal_id', to: 'deal', title: cells.first('deal.title'), unique: [] },
    ...linkIds(cells, resourceNamed(reading.resources, 'deal'), reading),
  }
}
