// What the answer to an import says of its rows.

import type { Reply } from './client.ts'

export function countsOf(reply: Reply): Record<string, number> {
  const names = ['rows', 'created', 'updated', 'unchanged', 'faulty']
  return Object.fromEntries(names.map((name) => [name, Number(reply.label(name))]))
}
