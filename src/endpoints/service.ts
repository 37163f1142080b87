// The greeting, the manual, and whether the server is well.

import { fail } from '../errors.ts'
import type { Answer } from '../render/answer.ts'
import { forNobody, type Route } from '../route.ts'

export interface Service {
  /** Throws where the database does not answer or its schema is not current. */
  readonly ready: () => Promise<void>
  readonly greeting: () => string
  readonly manual: () => string
}

export function serviceEndpoints({ ready, greeting, manual }: Service): Route[] {
  const page = (path: string, type: 'text/plain' | 'text/markdown', text: () => string): Route =>
    forNobody(path, async () => ({ form: 'page', page: text(), type }))
  const ok: Answer = { form: 'lines', lines: [['status', { words: 'ok' }]] }
  return [
    page('/', 'text/plain', greeting),
    page('/help', 'text/plain', manual),
    page('/llms.txt', 'text/plain', manual),
    page('/.well-known/agent.md', 'text/markdown', manual),
    forNobody('/healthz', async () => ok),
    forNobody('/readyz', async () => {
      await ready().catch((cause) => {
        throw Object.assign(fail.notReady(), { cause })
      })
      return ok
    }),
  ]
}
