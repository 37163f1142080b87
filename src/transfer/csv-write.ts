// A table of one noun (RFC 4180), safe to open in a spreadsheet.

import type { Resource } from '../declare/resources.ts'
import { allPaths } from '../query/paths.ts'
import { defused } from './defuse.ts'
import type { Writer } from './export.ts'

/** `custom` is one column of JSON, as its keys are not known beforehand; times are in UTC. */
export function csvWriter(resource: Resource, resources: readonly Resource[]): Writer {
  const paths = allPaths(resource, resources)
  return {
    paths,
    head: lineOf(['id', ...paths.map(({ label }) => label)]),
    record: ({ id, values }) =>
      lineOf([
        id,
        ...paths.map(({ kind }, index) => {
          const stored = values[index]!
          return stored === null ? '' : defused(kind.print(stored, 'UTC'))
        }),
      ]),
  }
}

function lineOf(cells: readonly string[]): string {
  return `${cells.map((cell) => (/["',;\s]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\r\n`
}
