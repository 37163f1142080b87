// One record a line, in JSON, under the names that the API has: the form that can be put back without loss.

import type { Resource } from '../declare/resources.ts'
import { allPaths } from '../query/paths.ts'
import type { Writer } from './export.ts'

/** Empty fields are left out; times are in UTC. */
export function ndjsonWriter(resource: Resource, resources: readonly Resource[]): Writer {
  const paths = allPaths(resource, resources)
  return {
    paths,
    head: '',
    record: ({ id, values }) => {
      const fields = paths.flatMap(({ label, kind }, index) => {
        const stored = values[index]!
        return stored === null ? [] : [[label, kind.json(stored)]]
      })
      return `${JSON.stringify({ type: resource.name, id, ...Object.fromEntries(fields) })}\n`
    },
  }
}
