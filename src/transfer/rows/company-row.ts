// A company in a file.

import type { Resource } from '../../declare/resources.ts'
import type { Problem } from '../../errors.ts'
import { quoted } from '../../render/quoted.ts'
import { domainKey } from '../../text/addresses.ts'
import { headerKey } from '../header-key.ts'
import { companyDomain, splitDomains } from '../people-values.ts'
import type { RowCells } from '../row-cells.ts'
import { customOf, identityOf, isOurs, notesOf, type Reading, type RowDraft, tagsOf, textsOf } from './row.ts'

export function companyRow(cells: RowCells, company: Resource, reading: Reading): RowDraft {
  const domain = domainOf(cells, isOurs(cells, company, reading))
  const name = cells.first('name')
  const { kept: keptIds, ...identity } = identityOf(
    cells,
    company,
    reading,
    domain.value === undefined ? [name] : undefined,
  )
  const custom = customOf(cells, { ...domain.kept, ...keptIds })
  return {
    body: {
      ...textsOf(cells, ['name', 'owner', 'stage']),
      ...(domain.value ? { domain: domain.value } : {}),
      ...tagsOf(cells, company, reading),
      ...notesOf(cells),
      ...custom.custom,
    },
    links: [],
    ...identity,
    problems: [...domain.problems, ...custom.problems],
  }
}

/** The first domain among the cells; a website that is none stays under its own key. */
function domainOf(
  cells: RowCells,
  isOwn: boolean,
): { value?: string; kept: Record<string, string>; problems: Problem[] } {
  let found: string | undefined
  const kept: Record<string, string> = {}
  const problems: Problem[] = []
  for (const { column, value } of cells.all('domain')) {
    const several = isOwn ? [value] : splitDomains(value)
    const domain = isOwn ? domainAsWritten(value) : companyDomain(several[0]!)
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

function domainAsWritten(text: string): string | undefined {
  return domainKey(text) === undefined ? undefined : text
}
