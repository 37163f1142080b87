// The MCP endpoint: who may speak to it, and the challenge that leads a client through sign-in (MCP authorization;
// RFC 9728 §5).

import { isForeignOrigin, preflight, readable } from '../access/origins.ts'
import type { Caller } from '../context.ts'
import { ApiError, fail } from '../errors.ts'
import { JsonFault } from '../http/strict-json.ts'
import { challenge } from '../oauth/metadata.ts'
import { mcpUrl } from '../oauth/resource.ts'
import type { Answer } from '../render/answer.ts'
import { forItself, type Knock, type Method, type Route } from '../route.ts'
import type { Called } from './call.ts'
import { BATCH_MAX, readMessages } from './messages.ts'
import type { ServerFacts } from './server.ts'

const BOTH_TYPES = 'application/json, text/event-stream'

export interface McpRules {
  readonly facts: ServerFacts
  /** The base URL under which the client knows this server. */
  readonly baseOf: (knock: Knock) => string
  readonly callTool: (outer: Knock, args: Readonly<Record<string, unknown>>) => Promise<Called>
}

export function mcpEndpoints(rules: McpRules): Route[] {
  const guarded = (method: Method, run: (knock: Knock, caller: Caller, count: Count) => Promise<Answer>) => ({
    ...forItself(method, '/mcp', async (knock, { authenticate, count }) => {
      refuseForeignOrigin(rules, knock)
      const caller = await authenticate().catch((error) => {
        throw error instanceof ApiError ? challenging(error, rules.baseOf(knock)) : error
      })
      return run(knock, caller, () => count(caller))
    }),
    headers: readable,
  })
  // Nothing is ever pushed, and there are no sessions to end.
  const notHere = async () => {
    throw fail.methodNotAllowed({ allowed: ['POST', 'OPTIONS'] })
  }
  return [
    // Allows nothing by itself: the request that follows is looked at again, with its Origin and its token.
    forItself('OPTIONS', '/mcp', async () => ({
      ...{ form: 'raw', status: 204, headers: preflight(['POST', 'GET', 'DELETE']), body: '' },
    })),
    guarded('POST', async (knock, caller, count) => exchange(rules, knock, caller, count)),
    { ...guarded('GET', notHere), refuses: true },
    { ...guarded('DELETE', notHere), refuses: true },
  ]
}

/** Counts a message of which no call became a request, and a batch with its first call; the others count by themselves. */
type Count = () => Promise<void>

async function exchange(rules: McpRules, knock: Knock, { connector }: Caller, count: Count): Promise<Answer> {
  let body: unknown
  try {
    body = readMessages(knock.bytes)
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error
    return rpcError(-32700, error.problem)
  }
  if (Array.isArray(body) && body.length > BATCH_MAX)
    return rpcError(-32600, `A batch holds at most ${BATCH_MAX} messages.`)
  if (Array.isArray(body) && hasIdTwice(body)) return rpcError(-32600, 'Two requests of the batch have one id.')
  if (isSubscription(body))
    return rpcError(-32601, 'Nothing here changes by itself: there is nothing to subscribe to.', 404, body.id)
  if (!takesJson(knock.headers.accept)) return rpcError(-32000, 'Accept must take application/json.', 406)
  const request = requestOf(knock, mcpUrl(rules.baseOf(knock)))
  // The key of a request is that of its one call; in a batch each call has its own.
  const isBatch = Array.isArray(body)
  const outer = isBatch ? { ...knock, headers: { ...knock.headers, 'idempotency-key': undefined } } : knock
  // Before any of it is done, as what was done has to be answered.
  if (isBatch) await count()
  let calls = 0
  let told: Called['headers']
  const callTool = async (args: Readonly<Record<string, unknown>>) => {
    // The first is what the whole was counted for already.
    const counted = calls++ > 0 ? undefined : isBatch ? 'caller' : 'address'
    const { result, headers } = await rules.callTool({ ...outer, counted }, args)
    told = headers ?? told
    return result
  }
  // Read when the first client comes: who has none need not wait for it at each start.
  const { serveMcp } = await import('./server.ts')
  const response = await serveMcp(rules.facts, { connector, callTool }, request, body)
  if (!told && !isBatch) await count()
  const answer = await answerOf(response)
  // MCP's package answers a batch of one request as that request; a batch has an array (JSON-RPC 2.0 §6).
  const isBare = isBatch && answer.status === 200 && !answer.body.startsWith('[')
  if (isBare) return { ...answer, body: `[${answer.body}]` }
  return isBatch || !told ? answer : withHeaders(answer, told)
}

/** The request as MCP's package takes it. What it would refuse for a header that says nothing is put right. */
function requestOf({ headers, bytes }: Knock, url: string): Request {
  const sent = new Headers()
  for (const [name, value] of Object.entries(headers))
    if (typeof value === 'string' && !HOP_BY_HOP.includes(name)) sent.set(name, value)
  sent.set('content-type', 'application/json')
  sent.set('accept', BOTH_TYPES)
  return new Request(url, { method: 'POST', headers: sent, body: bytes as Uint8Array<ArrayBuffer> })
}

const HOP_BY_HOP: readonly string[] = [
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'transfer-encoding',
  'expect',
  'upgrade',
]

/** `*\/*`, and leaving the header out, are as good as the two types that the transport asks for. */
function takesJson(accept: string | undefined): boolean {
  return accept === undefined || /(?:^|[,\s])(?:\*\/\*|application\/(?:\*|json))(?:$|[;,\s])/i.test(accept)
}

async function answerOf(response: Response) {
  const headers = Object.fromEntries(response.headers)
  return { form: 'raw' as const, status: response.status, headers, body: await response.text() }
}

/** What MCP's package would hold a stream open for, for ever. */
function isSubscription(body: unknown): body is { id: unknown } {
  return typeof body === 'object' && body !== null && 'method' in body && body.method === 'subscriptions/listen'
}

/** Only one of them would be answered, after both were carried out. */
function hasIdTwice(batch: readonly unknown[]): boolean {
  const requests = batch.filter((each) => typeof each === 'object' && each !== null && 'method' in each && 'id' in each)
  return new Set(requests.map(({ id }) => JSON.stringify(id))).size < requests.length
}

function rpcError(code: number, message: string, status = 400, id: unknown = null): Answer {
  const body = JSON.stringify({ jsonrpc: '2.0', id, error: { code, message } })
  return { form: 'raw', status, headers: { 'content-type': 'application/json' }, body }
}

function refuseForeignOrigin(rules: McpRules, knock: Knock): void {
  if (isForeignOrigin(knock.headers, rules.baseOf(knock))) throw fail.foreignOrigin()
}

/** A 401 that names the document with which a client begins. */
function challenging(error: ApiError, base: string): ApiError {
  if (error.status !== 401) return error
  const why = error.code === 'auth_required' ? undefined : 'invalid_token'
  return withHeaders(error, { 'www-authenticate': challenge(base, why) })
}

function withHeaders<A extends Answer | ApiError>(answer: A, more: Readonly<Record<string, string>>): A {
  const headers = { ...answer.headers, ...more }
  return answer instanceof ApiError ? Object.assign(answer, { headers }) : { ...answer, headers }
}
