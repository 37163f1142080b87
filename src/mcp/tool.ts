// The one tool: what it says of itself, and its arguments as a request.

import type { Tool } from '@modelcontextprotocol/server'
import type { Connector } from '../context.ts'
import { ApiError, fail, type Problem } from '../errors.ts'
import { isEmptyBody } from '../http/body-whole.ts'
import type { Method } from '../route.ts'

export const TOOL_NAME = 'request'
const METHODS: readonly string[] = ['GET', 'POST', 'PATCH', 'DELETE'] satisfies Method[]
const ARGUMENTS = ['method', 'path', 'body', 'idempotency_key'] as const

/** The tool as a client lists it. An app that may only read is told that nothing can break. */
export function toolFor(connector: Connector | undefined, description: string): Tool {
  const readOnly = connector?.access === 'read'
  return {
    name: TOOL_NAME,
    title: 'CRM request',
    description,
    inputSchema: {
      type: 'object',
      properties: {
        method: { type: 'string', enum: readOnly ? ['GET'] : [...METHODS] },
        path: { type: 'string', description: 'Path and query, such as /contacts?search=acme' },
        body: { type: 'object', description: 'The JSON object of POST and PATCH' },
        idempotency_key: {
          type: 'string',
          description: 'A text of your own for this write; sent again within 24 hours, the write happens once',
        },
      },
      required: ['method', 'path'],
      additionalProperties: false,
    },
    annotations: {
      title: 'CRM request',
      readOnlyHint: readOnly,
      destructiveHint: !readOnly,
      idempotentHint: readOnly,
      openWorldHint: false,
    },
  }
}

/** Where what other tools take as an argument stands here. */
const ELSEWHERE = new Map([
  ...['query', 'params', 'parameters'].map(
    (name) => [name, 'filters stand in the path: /contacts?stage=lead'] as const,
  ),
  ...['confirm', 'code'].map((name) => [name, `it stands in the path: ?${name}=…`] as const),
  ...['if_match', 'version'].map((name) => [name, 'put "version": N into the body'] as const),
  ['headers', 'a key for retries is idempotency_key, and If-Match is "version": N in the body'],
])

export interface Call {
  readonly method: string
  readonly path: string
  /** JSON, or nothing. */
  readonly body: string
  readonly idempotencyKey: string | undefined
}

/** Reads the arguments; gives every fault at once, or the one for which they could not be read at all. A body that came as text is taken as the JSON that it holds. */
export function readCall(args: Readonly<Record<string, unknown>>): Call | ApiError {
  const unread = Object.values(args).find((value) => value instanceof ApiError)
  if (unread) return unread
  const { method, path, body, idempotency_key } = args
  const problems: Problem[] = []
  const wrong = (code: Problem['code'], field: string, problem: string) => problems.push({ code, field, problem })
  for (const name of Object.keys(args))
    if (!ARGUMENTS.some((known) => known === name))
      wrong('unknown_field', name, `is no argument; ${ELSEWHERE.get(name) ?? `send: ${ARGUMENTS.join(', ')}`}`)
  const verb = typeof method === 'string' ? method.toUpperCase() : ''
  if (!METHODS.includes(verb)) wrong('invalid_value', 'method', `must be one of ${METHODS.join(', ')}`)
  if (typeof path !== 'string') wrong('missing_field', 'path', 'must be text, such as "/contacts?search=acme"')
  if (body !== undefined && body !== null && typeof body !== 'object' && typeof body !== 'string')
    wrong('invalid_value', 'body', 'must be a JSON object')
  else if (verb === 'GET' && !isEmpty(body))
    wrong('invalid_value', 'body', 'goes with POST and PATCH; filters stand in the path, such as /contacts?stage=lead')
  if (idempotency_key !== undefined && idempotency_key !== null && typeof idempotency_key !== 'string')
    wrong('invalid_value', 'idempotency_key', 'must be text, such as a UUID')
  if (problems.length > 0) return fail.invalidBody(problems)
  return {
    method: verb,
    path: path as string,
    body: typeof body === 'string' ? body : body ? JSON.stringify(body) : '',
    idempotencyKey: typeof idempotency_key === 'string' ? idempotency_key : undefined,
  }
}

function isEmpty(body: unknown): boolean {
  if (typeof body === 'string') return isEmptyBody(body)
  return body === undefined || body === null || Object.keys(body).length === 0
}
