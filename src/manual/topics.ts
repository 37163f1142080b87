// GET /help/{topic}: depth beyond the manual, one topic a function, from the declarations wherever they know it.

import type { Resource } from '../declare/resources.ts'
import type { Route } from '../route.ts'
import { callsTopic } from './topics/calls.ts'
import { errorsTopic } from './topics/errors.ts'
import { fieldsTopic } from './topics/fields.ts'
import { exportTopic, importTopic, mcpTopic, retriesTopic, teamsTopic, textTopic } from './topics/prose.ts'
import { queriesTopic, searchTopic } from './topics/queries.ts'

/** What a topic may tell of. */
export interface Told {
  readonly resources: readonly Resource[]
  readonly routes: readonly Route[]
  readonly url: string
}

const topics: Readonly<Record<string, (told: Told) => string>> = {
  ...{ fields: fieldsTopic, queries: queriesTopic, search: searchTopic, text: textTopic, retries: retriesTopic },
  ...{ teams: teamsTopic, import: importTopic, export: exportTopic, mcp: mcpTopic, errors: errorsTopic },
  calls: callsTopic,
}

export const topicNames: readonly string[] = Object.keys(topics)

/** The text of one topic; undefined where there is none of that name. */
export function topic(name: string, told: Told): string | undefined {
  return Object.hasOwn(topics, name) ? topics[name]!(told) : undefined
}
