// The door: the request is read by ourselves, and whatever happens inside becomes one answer.

import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { Logger } from 'pino'
import { ApiError, fail } from '../errors.ts'
import { withoutRedaction } from '../operate/log.ts'
import type { Body } from '../records/change.ts'
import { contentType, type Format, isRaw, print } from '../render/print.ts'
import { errorText } from '../render/text.ts'
import type { Answered, Knock, Outcome } from '../route.ts'
import { pooledHex } from '../text/random.ts'
import { bodyStream, readAway } from './body-stream.ts'
import { hasBody, isEmptyBody, wholeBody } from './body-whole.ts'
import { asApiError } from './faults.ts'
import { HEADER_BYTES_MAX, type Listening, limitArrival, listening } from './listening.ts'
import { type Manners, type MannersOf, mannersOfTarget, takeFormat } from './manners.ts'
import { chooseFormat } from './negotiate.ts'
import { atEndOfTurn, type Sent, sendStream, sendWhole } from './sending.ts'
import { JsonFault, parseStrictJson } from './strict-json.ts'
import { NOT_ENCODED, readTarget, type Target } from './target.ts'

const BODY_BYTES_MAX = 1 << 20
/** Sending one of these twice could mean two things. */
const SINGLE_HEADERS = new Set([
  'host',
  'authorization',
  'if-match',
  'content-length',
  'transfer-encoding',
  'content-type',
  'idempotency-key',
  'origin',
  'x-escalation-code',
])

const FORMAT_ASKED = /[?&]format=(json|text)(?=&|$)/

/** A server that hands each request to `handle`, which answers everything that it understands. */
export function openDoor(
  handle: (knock: Knock) => Promise<Outcome>,
  log: Logger,
  mannersOf: MannersOf,
  answered: (answered: Answered) => void = () => {},
): Pick<Listening, 'listen' | 'close'> {
  const requests = withoutRedaction(log)
  const server = listening((request, response) => {
    const visit: Visit = { id: newRequestId(), started: performance.now(), request, response }
    serve(visit).catch((error) => excuse(visit, error))
  }, rawRefusal)

  /** For what goes wrong with an answer itself: whoever else is answered in this turn is answered all the same. */
  const excuse = ({ id, response }: Visit, error: unknown) => {
    const body = errorText(asApiError(error, id, log), 'UTC')
    const headers = { 'x-request-id': id, 'content-type': 'text/plain; charset=utf-8' }
    if (response.headersSent) response.destroy()
    else sendWhole(response, { status: 500, headers, body })
  }

  const serve = async (visit: Visit) => {
    const { id, started, request, response } = visit
    let ofTarget: Manners | undefined
    let asked: Format | undefined
    let result: Outcome
    try {
      const sent = readTarget(request.url!)
      ofTarget = mannersOfTarget(mannersOf, methodOf(request), sent)
      const { target, format } = takeFormat(ofTarget, sent)
      asked = formatFor(ofTarget, format, request)
      refuseOddHeaders(request)
      const knock = knockOf(visit, ofTarget, target)
      result = await handle(knock instanceof Promise ? await knock : knock)
    } catch (error) {
      result = { answer: asApiError(error, id, log), zone: 'UTC' }
    }
    const manners = ofTarget ?? mannersAsSent(mannersOf, request)
    const format = asked ?? formatAsSent(manners, request)
    const { answer, zone, route } = result
    const status = answer instanceof ApiError ? answer.status : (answer.status ?? 200)
    const milliseconds = performance.now() - started
    requests.info({ id, method: request.method, route, status, milliseconds: Math.round(milliseconds) }, 'request')
    answered({ route, status, milliseconds })
    const headers: Record<string, string> = {
      'x-request-id': id,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...manners.headers,
      ...result.headers,
      ...answer.headers,
    }
    if (manners.streamBytesMax !== undefined || status === 413) response.once('finish', () => readAway(request))
    if (!isRaw(answer)) {
      headers['content-type'] = contentType(answer, format)
      const body = print(answer, format, zone)
      return atEndOfTurn(() => send({ status, headers, body }, visit, manners))
    }
    const { body } = answer
    if (!(body instanceof Readable)) return atEndOfTurn(() => send({ status, headers, body }, visit, manners))
    sendStream(request, response, { status, headers, body }, (error) => asApiError(error, id, log))
  }

  /** A body that breaks off makes what follows on the connection unreadable. */
  const send = (sent: Sent, visit: Visit, { streamBytesMax }: Manners) => {
    const { request, response } = visit
    const broken = streamBytesMax === undefined && !request.complete && sent.status === 400
    const last = broken || server.isClosing() ? { connection: 'close' } : undefined
    try {
      sendWhole(response, last ? { ...sent, headers: { ...sent.headers, ...last } } : sent)
    } catch (error) {
      excuse(visit, error)
    }
  }

  const knockOf = (visit: Visit, { streamBytesMax }: Manners, target: Target): Knock | Promise<Knock> => {
    const { request, response } = visit
    if (streamBytesMax === undefined)
      return hasBody(request) ? knockWithBody(visit, target) : knockWith(visit, target, NOTHING)
    const stop = server.stopOf(response)
    const stream = bodyStream(request, streamBytesMax, stop)
    response.once('finish', () => stream.destroy())
    return { ...knockWith(visit, target, NOTHING), stream, stop }
  }

  return server
}

/** A request and what becomes of it. */
interface Visit {
  readonly id: string
  readonly started: number
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

const NOTHING = new Uint8Array()

/** What can be said of a request whose URL can't be read. */
function mannersAsSent(mannersOf: MannersOf, request: IncomingMessage): Manners {
  const path = request.url!.split('?', 1)[0]!
  return mannersOf(methodOf(request), path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path)
}

/** What is asked for where the URL can't be read, or asks for what there is not. */
function formatAsSent(manners: Manners, request: IncomingMessage): Format {
  return formatFor(manners, manners.ownFormat ? undefined : FORMAT_ASKED.exec(request.url!)?.[1], request)
}

/** HEAD is GET without the body, which Node leaves away by itself. */
function methodOf({ method }: IncomingMessage): string {
  return method === 'HEAD' ? 'GET' : method!
}

/** Throws invalid_format, also where there is no choice. */
function formatFor({ onlyJson }: Manners, asked: string | undefined, { headers }: IncomingMessage): Format {
  const chosen = chooseFormat(asked, headers.accept)
  return onlyJson ? 'json' : chosen
}

function isRead(request: IncomingMessage): boolean {
  return methodOf(request) === 'GET'
}

/** A knock whose body has come whole. Throws the 400s, and 413. */
async function knockWithBody(visit: Visit, target: Target): Promise<Knock> {
  const { request } = visit
  limitArrival(request, rawRefusal)
  const bytes = await wholeBody(request, BODY_BYTES_MAX)
  if (!isRead(request)) return knockWith(visit, target, bytes)
  if (!isEmptyBody(Buffer.from(bytes).toString())) throw fail.bodyOfGet()
  return knockWith(visit, target, NOTHING)
}

function knockWith({ id, request }: Visit, target: Target, bytes: Uint8Array): Knock {
  const { headers, socket } = request
  const remoteAddress = socket.remoteAddress ?? ''
  return {
    id,
    method: methodOf(request),
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

function refuseOddHeaders({ rawHeaders, headers, httpVersion }: IncomingMessage): void {
  const singles: string[] = []
  let bytes = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase()
    bytes += name.length + rawHeaders[at + 1]!.length + 4
    if (!SINGLE_HEADERS.has(name)) continue
    if (singles.includes(name)) throw fail.repeatedParameter({ name })
    singles.push(name)
  }
  const transferEncoding = headers['transfer-encoding']
  if (httpVersion === '1.1' && !singles.includes('host'))
    throw fail.badRequest({ problem: 'The Host header is missing.' })
  if (httpVersion !== '1.1' && transferEncoding !== undefined)
    throw fail.badRequest({ problem: 'Transfer-Encoding belongs to HTTP/1.1.' })
  if (transferEncoding !== undefined && !/^chunked$/i.test(transferEncoding))
    throw fail.badRequest({ problem: 'The only Transfer-Encoding that is read is chunked.' })
  if (bytes > HEADER_BYTES_MAX)
    throw fail.badRequest({ problem: `The headers have at most ${HEADER_BYTES_MAX} bytes.` })
}

const drawn = pooledHex(randomBytes)

function newRequestId(): string {
  return `r_${drawn(8)}`
}

const RAW_PROBLEMS: ReadonlyMap<string | undefined, string> = new Map([
  ['HPE_HEADER_OVERFLOW', `The headers have at most ${HEADER_BYTES_MAX} bytes.`],
  ['HPE_INVALID_URL', NOT_ENCODED],
  ['ERR_HTTP_REQUEST_TIMEOUT', 'The request took too long to arrive.'],
  ['CONNECT', 'This is no proxy.'],
])

/** For what is not even HTTP, or has a head that Node does not hold. */
function rawRefusal(error: NodeJS.ErrnoException): string {
  const problem = RAW_PROBLEMS.get(error.code) ?? 'This is not HTTP/1.1.'
  const body = errorText(fail.badRequest({ problem }), 'UTC')
  const head = [
    'HTTP/1.1 400 Bad Request',
    'Content-Type: text/plain; charset=utf-8',
    `X-Request-Id: ${newRequestId()}`,
  ]
  return [...head, `Content-Length: ${Buffer.byteLength(body)}`, 'Connection: close', '', body].join('\r\n')
}
