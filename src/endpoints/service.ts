// The greeting, the manual, and whether the server is well.

import { fail } from '../errors.ts'
import type { Line } from '../render/answer.ts'
import { forNobody, type Route } from '../route.ts'

export interface Service {
  /** Throws where the database does not answer or its schema is not current. */
  readonly ready: () => Promise<void>
  /** Since when (seconds) mail waits in vain, and why. */
  readonly mailTrouble: () => Promise<{ since: number; why: string } | undefined>
  readonly greeting: () => string
  readonly manual: () => string
  /** One topic in depth; undefined where there is none of that name. */
  readonly topic: (name: string) => string | undefined
  readonly topicNames: readonly string[]
  /** The API as OpenAPI 3.1, in JSON. */
  readonly openApi: () => string
}

export function serviceEndpoints({
  ready,
  mailTrouble,
  greeting,
  manual,
  topic,
  topicNames,
  openApi,
}: Service): Route[] {
  const page = (path: string, type: 'text/plain' | 'text/markdown', text: () => string): Route =>
    forNobody(path, async () => ({ form: 'page', page: text(), type }))
  const ok = { form: 'lines', lines: [['status', { words: 'ok' }] as Line] } as const
  return [
    page('/', 'text/plain', greeting),
    page('/help', 'text/plain', manual),
    forNobody('/help/:topic', async ({ params }) => {
      const text = topic(params.topic!)
      if (text === undefined)
        throw fail.notFound({
          what: 'topic of that name',
          next: `Topics: ${topicNames.join(', ')}. All in short: GET /help`,
        })
      return { form: 'page', page: text, type: 'text/plain' }
    }),
    forNobody('/openapi.json', async () => ({
      ...{ form: 'raw', body: openApi(), headers: { 'content-type': 'application/json; charset=utf-8' } },
    })),
    page('/llms.txt', 'text/plain', manual),
    page('/.well-known/agent.md', 'text/markdown', manual),
    forNobody('/healthz', async () => ok),
    forNobody('/readyz', async () => {
      await ready().catch((cause) => {
        throw Object.assign(fail.notReady(), { cause })
      })
      const trouble = await mailTrouble()
      if (!trouble) return ok
      // The node serves all the same: taking it out of service would not mend the mail server.
      const since = new Date(trouble.since * 1000).toISOString().slice(0, 19)
      return { ...ok, lines: [...ok.lines, ['mail', { words: `waits since ${since}Z: ${trouble.why}` }]] }
    }),
  ]
}
