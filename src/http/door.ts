// The door: Fastify receives, we read the request ourselves, and whatever happens inside becomes one answer.

import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { ApiError, fail } from '../errors.ts'
import type { Body } from '../records/change.ts'
import type { Answer } from '../render/answer.ts'
import { answerJson, errorJson } from '../render/json.ts'
import { answerText, errorText } from '../render/text.ts'
import { pooled } from '../text/random.ts'
import { chooseFormat, type Format } from './negotiate.ts'
import { JsonFault, parseStrictJson } from './strict-json.ts'
import { readTarget, type Target } from './target.ts'

export const BODY_BYTES_MAX = 1 << 20
const HEADER_BYTES_MAX = 8 * 1024
/** Node refuses more than this by itself; between the two we answer. It holds the request line too. */
const HEAD_BYTES_MAX = 24 * 1024
const HEADERS_MILLISECONDS_MAX = 10_000
const REQUEST_MILLISECONDS_MAX = 30_000
const IDLE_MILLISECONDS_MAX = 65_000
const CONNECTIONS_MAX = 10_000
/** Slower requests are cut off when the server closes. */
const DRAIN_MILLISECONDS_MAX = 10_000
/** Sending one of these twice could mean two things. */
const SINGLE_HEADERS = [
  'host',
  'authorization',
  'if-match',
  'content-length',
  'content-type',
  'idempotency-key',
  'origin',
  'x-escalation-code',
]

/** A request as the door hands it on. */
export interface Knock {
  readonly id: string
  readonly method: string
  readonly target: Target
  readonly headers: IncomingMessage['headers']
  /** Of the socket: a client's, or a proxy's. */
  readonly remoteAddress: string
  /** The body as JSON. Throws the 400s. */
  readonly body: () => Body
  /** The body as it came. */
  readonly bytes: Uint8Array
}

/** What became of it; times in the answer are printed in `zone`, and `route` names it in the log. */
export interface Outcome {
  readonly answer: Answer | ApiError
  readonly zone: string
  readonly route?: string
  /** Sent with whatever the answer is. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A server that hands each request to `handle`, which answers everything that it understands. */
export function openDoor(handle: (knock: Knock) => Promise<Outcome>, log: Logger): FastifyInstance {
  const server = fastify({
    genReqId: newRequestId,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_MILLISECONDS_MAX,
    keepAliveTimeout: IDLE_MILLISECONDS_MAX,
    http: { maxHeaderSize: HEAD_BYTES_MAX, headersTimeout: HEADERS_MILLISECONDS_MAX },
    // Paths and content types are ours to read; Fastify sees one path and bytes.
    rewriteUrl: (request) => {
      request.headers['content-type'] = 'application/octet-stream'
      return '/'
    },
    clientErrorHandler: (error, socket) => {
      if (socket.writable) socket.end(rawRefusal(error))
      else socket.destroy()
    },
    return503OnClosing: false,
  })
  server.server.maxConnections = CONNECTIONS_MAX
  drainOnClose(server)
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
  server.setErrorHandler((error, request, reply) =>
    respond(request, reply, async () => ({ answer: asApiError(error, request, log), zone: 'UTC' }), log),
  )
  const serve = (request: FastifyRequest, reply: FastifyReply) =>
    respond(request, reply, (target) => handle(knockOf(request, target)), log)
  server.all('/', serve)
  server.setNotFoundHandler(serve)
  return server
}

/** When the server closes, what runs is finished; connections that nothing runs on are not waited for. */
function drainOnClose(server: FastifyInstance): void {
  let running = 0
  let closing = false
  const dropTheSilent = () => {
    if (closing && running === 0) server.server.closeAllConnections()
  }
  server.addHook('onRequest', (_request, reply, done) => {
    running++
    reply.raw.once('close', () => {
      running--
      dropTheSilent()
    })
    done()
  })
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) reply.header('connection', 'close')
    done(null, payload)
  })
  server.addHook('preClose', (done) => {
    closing = true
    // Only after it has stopped to listen.
    setImmediate(dropTheSilent)
    setTimeout(() => server.server.closeAllConnections(), DRAIN_MILLISECONDS_MAX).unref()
    done()
  })
}

async function respond(
  request: FastifyRequest,
  reply: FastifyReply,
  outcome: (target: Target) => Promise<Outcome>,
  log: Logger,
): Promise<FastifyReply> {
  const started = performance.now()
  const id = request.id
  let format: Format = 'text'
  let result: Outcome
  try {
    format = chooseFormat(undefined, request.headers.accept)
    const target = readTarget(request.originalUrl)
    const formats = target.query.filter(([name]) => name === 'format').map(([, value]) => value)
    if (formats.length > 1) throw fail.repeatedParameter({ name: 'format' })
    format = chooseFormat(formats[0], request.headers.accept)
    refuseOddHeaders(request.raw)
    result = await outcome({ ...target, query: target.query.filter(([name]) => name !== 'format') })
  } catch (error) {
    result = { answer: asApiError(error, request, log), zone: 'UTC' }
  }
  const { answer, zone, route, headers } = result
  const status = answer instanceof ApiError ? answer.status : (answer.status ?? 200)
  log.info(
    { id, method: request.method, route, status, milliseconds: Math.round(performance.now() - started) },
    'request',
  )
  reply.code(status).headers({
    'x-request-id': id,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
    ...answer.headers,
  })
  if (status === 413 || status === 400) reply.header('connection', request.raw.complete ? 'keep-alive' : 'close')
  if (isRaw(answer)) return reply.send(answer.body)
  reply.header('content-type', `${format === 'json' ? 'application/json' : contentType(answer)}; charset=utf-8`)
  return reply.send(format === 'json' ? `${JSON.stringify(bodyJson(answer))}\n` : bodyText(answer, zone))
}

type Raw = Extract<Answer, { form: 'raw' }>
type Rendered = Exclude<Answer, Raw> | ApiError

function isRaw(answer: Answer | ApiError): answer is Raw {
  return !(answer instanceof ApiError) && answer.form === 'raw'
}

function bodyJson(answer: Rendered): unknown {
  return answer instanceof ApiError ? errorJson(answer) : answerJson(answer)
}

function bodyText(answer: Rendered, zone: string): string {
  return answer instanceof ApiError ? errorText(answer, zone) : answerText(answer, zone)
}

function contentType(answer: Rendered): string {
  return !(answer instanceof ApiError) && answer.form === 'page' ? answer.type : 'text/plain'
}

function knockOf(request: FastifyRequest, target: Target): Knock {
  const { method, headers } = request
  const remoteAddress = request.raw.socket.remoteAddress ?? ''
  const bytes = request.body instanceof Uint8Array ? request.body : new Uint8Array()
  // HEAD is GET without the body, which Node leaves away by itself.
  return {
    id: request.id,
    method: method === 'HEAD' ? 'GET' : method,
    target,
    headers,
    remoteAddress,
    body: () => readBody(bytes),
    bytes,
  }
}

function readBody(bytes: Uint8Array): Body {
  let value: unknown
  try {
    value = parseStrictJson(bytes)
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error
    throw error.code === 'invalid_json'
      ? fail.invalidJson({ problem: error.problem })
      : fail.invalidText({ problem: error.problem })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw fail.invalidJson({ problem: 'The body is not an object.' })
  return value as Body
}

function refuseOddHeaders(request: IncomingMessage): void {
  const seen = new Set<string>()
  let bytes = 0
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    const name = request.rawHeaders[at]!.toLowerCase()
    bytes += name.length + request.rawHeaders[at + 1]!.length + 4
    if (SINGLE_HEADERS.includes(name) && seen.has(name)) throw fail.repeatedParameter({ name })
    seen.add(name)
  }
  if (bytes > HEADER_BYTES_MAX)
    throw fail.badRequest({ problem: `The headers have at most ${HEADER_BYTES_MAX} bytes.` })
}

/** What Fastify refuses by itself, and what went wrong inside: the log says why, the answer does not. */
function asApiError(error: unknown, request: FastifyRequest, log: Logger): ApiError {
  if (error instanceof ApiError) {
    if (error.cause) log.error({ id: request.id, err: error.cause }, error.code)
    return error
  }
  const code = (error as { code?: string }).code
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return fail.bodyTooLarge({ bytes: BODY_BYTES_MAX })
  if (code?.startsWith('FST_ERR_CTP')) return fail.badRequest({ problem: 'The body did not arrive as announced.' })
  const id = request.id
  log.error({ id, err: error }, 'internal_error')
  return fail.internalError({ requestId: id })
}

const drawn = pooled(randomBytes)

function newRequestId(): string {
  return `r_${Buffer.from(drawn(8)).toString('hex')}`
}

/** For what is not even HTTP, or has a head that Node does not hold. */
function rawRefusal(error: NodeJS.ErrnoException): string {
  const problem =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? `The headers have at most ${HEADER_BYTES_MAX} bytes.`
      : 'This is not HTTP/1.1.'
  const body = errorText(fail.badRequest({ problem }), 'UTC')
  const head = [
    'HTTP/1.1 400 Bad Request',
    'Content-Type: text/plain; charset=utf-8',
    `X-Request-Id: ${newRequestId()}`,
  ]
  return [...head, `Content-Length: ${Buffer.byteLength(body)}`, 'Connection: close', '', body].join('\r\n')
}
