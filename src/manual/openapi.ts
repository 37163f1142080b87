// The API as OpenAPI 3.1, from the route list, the declarations and the words for each call.

import { STATUS_CODES } from 'node:http'
import { VERSION } from '../config.ts'
import type { Resource } from '../declare/resources.ts'
import { operators } from '../query/operators.ts'
import type { Route } from '../route.ts'
import type { AnswerWords, Calls, CallWords, JsonSchema } from './calls/call-words.ts'
import { connectorCalls } from './calls/connector.ts'
import { peopleCalls } from './calls/people.ts'
import { questionCalls } from './calls/questions.ts'
import { recordCalls } from './calls/records.ts'
import { serviceCalls } from './calls/service.ts'
import { errorWords } from './error-words.ts'
import { errorBase, errorSchema, labelledSchema, listSchema, recordSchema, recordSchemaName } from './schemas.ts'

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })

/** Words for every call that there may be, by `METHOD /path`. */
export function callWords(resources: readonly Resource[]): Calls {
  const ofRecords = { ...recordCalls(resources), ...questionCalls(resources) }
  return { ...serviceCalls, ...peopleCalls, ...ofRecords, ...connectorCalls }
}

/** The document as JSON for the URL under which the server is known: made once, as it takes milliseconds. */
export function openApiJson(routes: readonly Route[], resources: readonly Resource[]): (url: string) => string {
  const made = new Map<string, string>()
  return (url) => {
    const json = made.get(url) ?? JSON.stringify(openApi(routes, resources, url))
    return made.set(url, json).get(url)!
  }
}

function openApi(routes: readonly Route[], resources: readonly Resource[], url: string): JsonSchema {
  const calls = callWords(resources)
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of describable(routes)) {
    const path = route.path.replace(/:(\w+)/g, '{$1}')
    paths[path] ??= {}
    paths[path][route.method.toLowerCase()] ??= operation(route, calls[`${route.method} ${route.path}`])
  }
  return {
    openapi: '3.1.0',
    info: {
      ...{ title: 'crmkit', version: VERSION, license: { name: 'MIT', identifier: 'MIT' } },
      summary: 'A CRM that agents drive over plain HTTP.',
      description: `Answers are plain text, one record a line, unless JSON is asked for by Accept or ?format=json. Filters are [op:]value: ${operators
        .map(({ name, about }) => `${name} (${about})`)
        .join(', ')}. Read GET /help first.`,
    },
    servers: [{ url }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'ck_…, from POST /auth/verify' } },
      schemas: {
        ...Object.fromEntries(resources.map((each) => [recordSchemaName(each), recordSchema(each, resources)])),
        Error: errorBase,
      },
    },
  }
}

/** Browsers ask for OPTIONS by themselves. */
export function describable(routes: readonly Route[]): Route[] {
  return routes.filter(({ method }) => method !== 'OPTIONS')
}

function operation(route: Route, words: CallWords | undefined): unknown {
  // A test fails on this mark, so that no call is left without words.
  if (!words)
    return {
      summary: `${route.method} ${route.path}`,
      'x-undescribed': true,
      responses: { 200: { description: 'OK' } },
    }
  const { id, tag, summary, about, body } = words
  const answers = (words.statuses ?? [200]).map((status) => [status, answered(status, words.answer)])
  return {
    ...{ operationId: id, tags: [tag], summary },
    ...(about ? { description: about } : {}),
    ...(needsToken(route, words) ? {} : { security: [] }),
    parameters: [...pathParameters(route), ...queryParameters(words), ...headerParameters(route, words)],
    ...(body ? { requestBody: requestBody(route, body.schema) } : {}),
    responses: { ...Object.fromEntries(answers), ...refused(route, words) },
  }
}

/** Some of those that read the token by themselves want one. */
export function needsToken(route: Pick<Route, 'who'>, words: CallWords | undefined): boolean {
  return route.who === 'member' || words?.errors?.includes('auth_required') === true
}

function pathParameters({ path }: Route): unknown[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    ...{ name, in: 'path', required: true, schema: { type: 'string' } },
    description:
      name === 'topic'
        ? 'one of those that the manual ends with'
        : 'an id such as c_7k2m9qxa, or a handle such as contact/c_7k2m9qxa',
  }))
}

function queryParameters({ parameters = {}, otherParameters, answer }: CallWords): unknown[] {
  const named = Object.entries(parameters).map(([name, description]) => ({
    ...{ name, in: 'query', description, schema: { type: name === 'limit' || name === 'days' ? 'integer' : 'string' } },
  }))
  const format = {
    name: 'format',
    in: 'query',
    description: 'instead of Accept',
    schema: { type: 'string', enum: ['text', 'json'] },
  }
  const others = {
    ...{ name: 'filters', in: 'query', description: otherParameters, style: 'form', explode: true },
    schema: { type: 'object', additionalProperties: { type: 'string' } },
  }
  return [...named, ...(otherParameters ? [others] : []), ...(answer.form === 'raw' ? [] : [format])]
}

function headerParameters({ method, who }: Route, { conditional }: CallWords): unknown[] {
  const once = 'makes it safe to repeat the call: within 24 hours it happens once'
  const match = 'the version that the record must have, such as 3'
  const header = (name: string, description: string) => ({
    name,
    in: 'header',
    description,
    schema: { type: 'string' },
  })
  return [
    ...(method === 'GET' || who !== 'member' ? [] : [header('Idempotency-Key', once)]),
    ...(conditional ? [header('If-Match', match)] : []),
  ]
}

function requestBody(route: Route, schema: JsonSchema): unknown {
  const type = schema.type === 'object' ? 'application/json' : 'application/octet-stream'
  return {
    required: Array.isArray(schema.required) || !route.path.includes('/tokens'),
    content: { [type]: { schema } },
  }
}

function answered(status: number, answer: AnswerWords): unknown {
  const description = STATUS_CODES[status]!
  if (answer.form === 'raw')
    return { description, headers, content: Object.fromEntries(answer.types.map((type) => [type, {}])) }
  return { description, headers, content: inBothFormats(answerSchema(answer)) }
}

function answerSchema(answer: Exclude<AnswerWords, { form: 'raw' }>): JsonSchema {
  if (answer.form === 'page') return { type: 'object', required: ['text'], properties: { text: { type: 'string' } } }
  if (answer.form === 'lines') return labelledSchema(answer.lines, itemLists(answer.lists ?? {}))
  if (answer.form === 'groups') {
    const groups = Object.entries(answer.of).map(([plural, name]) => [
      plural,
      listSchema(ref(name[0]!.toUpperCase() + name.slice(1))),
    ])
    return { type: 'object', properties: Object.fromEntries(groups) }
  }
  const one = typeof answer.of === 'string' ? ref(answer.of) : labelledSchema(answer.of, { id: { type: 'string' } })
  return answer.form === 'list' ? listSchema(one) : one
}

function itemLists(lists: Readonly<Record<string, readonly string[]>>): JsonSchema {
  const anything = { type: ['string', 'number', 'null'] }
  const item = (labels: readonly string[]) => ({
    type: 'object',
    properties: Object.fromEntries(labels.map((label) => [label, anything])),
  })
  return Object.fromEntries(
    Object.entries(lists).map(([label, labels]) => [label, { type: 'array', items: item(labels) }]),
  )
}

/** The errors that a call can meet, by status. */
function refused(route: Route, words: CallWords): Record<string, unknown> {
  const codes = new Set<string>(words.errors)
  const add = (...more: string[]) => more.forEach((code) => void codes.add(code))
  add(
    'invalid_format',
    'unknown_parameter',
    'invalid_value',
    'local_only',
    'rate_limited',
    'internal_error',
    'not_ready',
  )
  if (route.who === 'member') add('auth_required', 'invalid_token', 'token_expired', 'connector_scope')
  if (route.method !== 'GET') add('invalid_json', 'conflict', 'body_too_large')
  if (route.method !== 'GET' && route.who === 'member') add('read_only')
  if (words.body) add('unknown_field', 'missing_field')
  if (words.parameters?.limit) add('invalid_limit')
  if (words.parameters?.cursor) add('invalid_cursor')
  if (route.path.includes(':')) add('not_found')
  const byStatus = new Map<number, string[]>()
  for (const code of codes)
    for (const status of statusesOf(code, route)) byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  return Object.fromEntries(
    [...byStatus].map(([status, list]) => [
      status,
      {
        description: list.join(', '),
        headers,
        content: inBothFormats(errorSchema(list)),
      },
    ]),
  )
}

/** invalid_code is 401 where it signs in and 403 where it confirms. */
function statusesOf(code: string, route: Route): readonly number[] {
  const { statuses } = errorWords[code]!
  return statuses.length === 1 ? statuses : [route.who === 'member' ? statuses[1]! : statuses[0]!]
}

function inBothFormats(schema: JsonSchema): unknown {
  return { 'text/plain': { schema: { type: 'string' } }, 'application/json': { schema } }
}

const headers = {
  'X-Request-Id': { description: 'names the request in the log of the server', schema: { type: 'string' } },
}
