// The door: Fastify receives, we read the request ourselves, and whatever happens inside becomes one answer.

import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { ApiError, fail } from '../errors.ts'
import type { Body } from '../records/change.ts'
import { contentType, type Format, isRaw, print } from '../render/print.ts'
import { errorText } from '../render/text.ts'
import type { Answered, Knock, Outcome } from '../route.ts'
import { pooled } from '../text/random.ts'
import { bodyStream, readAway } from './body-stream.ts'
import { chooseFormat } from './negotiate.ts'
import { JsonFault, parseStrictJson } from './strict-json.ts'
import { readTarget, type Target } from './target.ts'

export const BODY_BYTES_MAX = 1 << 20
const HEADER_BYTES_MAX = 8 * 1024
/** Node refuses more than this by itself; between the two we answer. It holds the request line too. */
const HEAD_BYTES_MAX = 24 * 1024
const HEADERS_MILLISECONDS_MAX = 10_000
const REQUEST_MILLISECONDS_MAX = 30_000
const STREAMED_REQUEST_MILLISECONDS_MAX = 3_600_000
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
  'transfer-encoding',
  'content-type',
  'idempotency-key',
  'origin',
  'x-escalation-code',
]

/** In what a call differs from others at the door. */
export interface Manners {
  /** It reads its body piece by piece, up to this many bytes. */
  readonly streamBytesMax?: number
  /** `format` means something of its own to it; errors then come as Accept asks. */
  readonly ownFormat?: true
}

/** A server that hands each request to `handle`, which answers everything that it understands. */
export function openDoor(
  handle: (knock: Knock) => Promise<Outcome>,
  log: Logger,
  mannersOf: (method: string, path: string) => Manners = () => ({}),
  answered: (answered: Answered) => void = () => {},
): FastifyInstance {
  const mannersAt = ({ method, url }: Pick<IncomingMessage, 'method' | 'url'>): Manners =>
    mannersOf(method === 'HEAD' ? 'GET' : method!, url!.split('?', 1)[0]!.replace(/(?<=.)\/$/, ''))
  const server = fastify({
    genReqId: newRequestId,
    bodyLimit: BODY_BYTES_MAX,
    // The longest that any request may take to arrive; bodies that are read whole have less, see below.
    requestTimeout: STREAMED_REQUEST_MILLISECONDS_MAX,
    keepAliveTimeout: IDLE_MILLISECONDS_MAX,
    http: { maxHeaderSize: HEAD_BYTES_MAX, headersTimeout: HEADERS_MILLISECONDS_MAX, requireHostHeader: false },
    // Paths and content types are ours to read; Fastify sees one path and bytes.
    rewriteUrl: (request) => {
      const streams = mannersAt(request).streamBytesMax !== undefined
      request.headers['content-type'] = streams ? STREAMED_TYPE : 'application/octet-stream'
      return '/'
    },
    clientErrorHandler: (error, socket) => {
      if (socket.writable) socket.end(rawRefusal(error))
      else socket.destroy()
    },
    return503OnClosing: false,
  })
  server.server.maxConnections = CONNECTIONS_MAX
  const stopOf = drainOnClose(server)
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
  server.addContentTypeParser(STREAMED_TYPE, (_, body, done) => done(null, body))
  server.addHook('onRequest', async ({ raw }) => {
    if (raw.headers['content-type'] !== STREAMED_TYPE) limitArrival(raw)
  })
  server.setErrorHandler((error, request, reply) =>
    respond(request, reply, {}, async () => ({ answer: asApiError(error, request, log), zone: 'UTC' }), log, answered),
  )
  const serve = (request: FastifyRequest, reply: FastifyReply) => {
    const manners = mannersAt({ method: request.method, url: request.originalUrl })
    const knockOf = manners.streamBytesMax === undefined ? wholeKnock : streamedKnock(manners.streamBytesMax, stopOf)
    return respond(request, reply, manners, (target) => handle(knockOf(request, reply, target)), log, answered)
  }
  server.all('/', serve)
  server.setNotFoundHandler(serve)
  return server
}

/**
 * When the server closes, what runs is finished; connections that nothing runs on are not waited for. Gives what tells a
 * call that may take long that its client has gone, or that the server closes.
 */
function drainOnClose(server: FastifyInstance): (reply: FastifyReply) => AbortSignal {
  let running = 0
  let closing = false
  const stop = new AbortController()
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
    stop.abort(fail.stopping())
    // Only after it has stopped to listen.
    setImmediate(dropTheSilent)
    setTimeout(() => server.server.closeAllConnections(), DRAIN_MILLISECONDS_MAX).unref()
    done()
  })
  return ({ raw }) => {
    const gone = new AbortController()
    raw.once('close', () => gone.abort(fail.badRequest({ problem: 'The client went away.' })))
    return AbortSignal.any([gone.signal, stop.signal])
  }
}

/** What the door calls the bodies that are read piece by piece, so that Fastify leaves them alone. */
const STREAMED_TYPE = 'application/x-crmkit-stream'

/** Ends a connection whose request takes too long to arrive. */
function limitArrival(request: IncomingMessage): void {
  const late = setTimeout(() => {
    if (!request.complete) request.socket.end(rawRefusal({ name: '', message: '', code: 'ERR_HTTP_REQUEST_TIMEOUT' }))
  }, REQUEST_MILLISECONDS_MAX)
  request.once('end', () => clearTimeout(late))
  request.once('close', () => clearTimeout(late))
}

async function respond(
  request: FastifyRequest,
  reply: FastifyReply,
  manners: Manners,
  outcome: (target: Target) => Promise<Outcome>,
  log: Logger,
  answered: (answered: Answered) => void,
): Promise<FastifyReply> {
  const started = performance.now()
  const id = request.id
  let format: Format = 'text'
  let result: Outcome
  try {
    format = chooseFormat(undefined, request.headers.accept)
    const target = readTarget(request.originalUrl)
    const isOurs = ([name]: readonly [string, string]) => name === 'format' && !manners.ownFormat
    const formats = target.query.filter(isOurs).map(([, value]) => value)
    if (formats.length > 1) throw fail.repeatedParameter({ name: 'format' })
    format = chooseFormat(formats[0], request.headers.accept)
    refuseOddHeaders(request.raw)
    result = await outcome({ ...target, query: target.query.filter((pair) => !isOurs(pair)) })
  } catch (error) {
    result = { answer: asApiError(error, request, log), zone: 'UTC' }
  }
  const { answer, zone, route, headers } = result
  const status = answer instanceof ApiError ? answer.status : (answer.status ?? 200)
  const milliseconds = performance.now() - started
  log.info({ id, method: request.method, route, status, milliseconds: Math.round(milliseconds) }, 'request')
  answered({ route, status, milliseconds })
  reply.code(status).headers({
    'x-request-id': id,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
    ...answer.headers,
  })
  if (manners.streamBytesMax !== undefined) reply.raw.once('finish', () => readAway(request.raw))
  else if ((status === 413 || status === 400) && !request.raw.complete) reply.header('connection', 'close')
  if (isRaw(answer)) return reply.send(answer.body)
  reply.header('content-type', contentType(answer, format))
  return reply.send(print(answer, format, zone))
}

/** A call whose body is read as it comes, for as long as somebody waits for the answer. */
function streamedKnock(bytesMax: number, stopOf: (reply: FastifyReply) => AbortSignal) {
  return (request: FastifyRequest, reply: FastifyReply, target: Target): Knock => {
    const stop = stopOf(reply)
    const stream = bodyStream(request.raw, bytesMax, stop)
    reply.raw.once('finish', () => stream.destroy())
    return { ...wholeKnock(request, reply, target), stream, stop }
  }
}

function wholeKnock(request: FastifyRequest, _reply: FastifyReply, target: Target): Knock {
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

/** A body as one JSON object. Throws the 400s. */
export function readBody(bytes: Uint8Array): Body {
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
  if (request.httpVersion === '1.1' && !seen.has('host'))
    throw fail.badRequest({ problem: 'The Host header is missing.' })
  if (request.httpVersion !== '1.1' && seen.has('transfer-encoding'))
    throw fail.badRequest({ problem: 'Transfer-Encoding belongs to HTTP/1.1.' })
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
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? 'The request took too long to arrive.'
        : 'This is not HTTP/1.1.'
  const body = errorText(fail.badRequest({ problem }), 'UTC')
  const head = [
    'HTTP/1.1 400 Bad Request',
    'Content-Type: text/plain; charset=utf-8',
    `X-Request-Id: ${newRequestId()}`,
  ]
  return [...head, `Content-Length: ${Buffer.byteLength(body)}`, 'Connection: close', '', body].join('\r\n')
}
