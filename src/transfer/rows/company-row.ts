// A company in a file.

import type { Resource } from '../../declare/resources.ts'
import type { Problem } from '../../errors.ts'
import { quoted } from '../../render/quoted.ts'
import { domainKey } from '../../text/addresses.ts'
import { headerKey } from '../header-key.ts'
import { companyDomain, splitDomains, tagsIn } from '../people-values.ts'
import type { RowCells } from '../row-cells.ts'
import { customOf, identityOf, notesOf, type Reading, type RowDraft, textsOf } from './row.ts'

export function companyRow(cells: RowCells, company: Resource, reading: Reading): RowDraft {
  const domain = domainOf(cells)
  const name = cells.first('name')
  const { kept: keptIds, ...identity } = identityOf(
    cells,
    company,
    reading,
    domain.value === undefined ? [name] : undefined,
  )
  const custom = customOf(cells, { ...domain.kept, ...keptIds })
  const tags = tagsIn(cells.all('tags').map(({ value }) => value))
  return {
    body: {
      ...textsOf(cells, ['name', 'owner', 'stage']),
      ...(domain.value ? { domain: domain.value } : {}),
      ...(tags.length > 0 ? { tags } : {}),
      ...notesOf(cells),
      ...custom.custom,
    },
    links: [],
    ...identity,
    problems: [...domain.problems, ...custom.problems],
  }
}

/** The first domain among the cells; a website that is none stays under its own key. */
function domainOf(cells: RowCells): { value?: string; kept: Record<string, string>; problems: Problem[] } {
  let found: string | undefined
  const kept: Record<string, string> = {}
  const problems: Problem[] = []
  for (const { column, value } of cells.all('domain')) {
    const several = splitDomains(value)
    const domain = companyDomain(several[0]!)
    const isMeant = headerKey(column.header).includes('domain')
    if (several.length > 1) kept[column.customKey] = value
    if (domain && (found === undefined || found === domain)) found = domain
    else if (isMeant && domainKey(several[0]!) === undefined)
      problems.push({
        code: 'invalid_value',
        field: 'domain',
        problem: `must be a domain such as acme.com; ${quoted(value)} is not`,
      })
    else kept[column.customKey] = value
  }
  return { value: found, kept, problems }
}
