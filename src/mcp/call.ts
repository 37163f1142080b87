// A tool call carried out: the arguments become a request that takes the very same way as one over HTTP, and its answer
// comes back as the very same text.

import type { IncomingHttpHeaders } from 'node:http'
import type { CallToolResult } from '@modelcontextprotocol/server'
import type { Logger } from 'pino'
import { ApiError, fail } from '../errors.ts'
import { readBody } from '../http/door.ts'
import { asApiError } from '../http/faults.ts'
import { type MannersOf, mannersOfTarget, takeFormat } from '../http/manners.ts'
import { chooseFormat } from '../http/negotiate.ts'
import { readTarget } from '../http/target.ts'
import { type Format, isRaw, print, type Raw } from '../render/print.ts'
import type { Knock, Outcome } from '../route.ts'
import { isOutOfReach } from './reach.ts'
import { type Call, readCall } from './tool.ts'

/** A model reads an answer whole; one past this is a file, and belongs to a program. */
const RAW_BYTES_MAX = 256 * 1024

/** What stands behind the door. */
export interface Inside {
  readonly handle: (knock: Knock) => Promise<Outcome>
  readonly mannersOf: MannersOf
  readonly log: Logger
}

/** What became of a call. */
export interface Called {
  readonly result: CallToolResult
  /** What its answer says of rates over HTTP; undefined where it came to no request, which would have been counted. */
  readonly headers: Readonly<Record<string, string>> | undefined
}

/** Carries out a call inside the request `outer`, whose token it acts with. Never throws. */
export async function callTool(inside: Inside, outer: Knock, args: Readonly<Record<string, unknown>>): Promise<Called> {
  let route: string | undefined
  let headers: Called['headers']
  const done = (status: number, text: string): Called => {
    inside.log.info({ id: outer.id, route, status }, 'tool call')
    return { result: { content: [{ type: 'text', text }], isError: status >= 400 }, headers }
  }
  try {
    const call = readCall(args)
    if (call instanceof ApiError) throw call
    const { knock, format } = knockOf(inside, outer, call)
    headers = {}
    const outcome = await inside.handle(knock)
    const { answer, zone } = outcome
    route = outcome.route
    headers = { ...outcome.headers, ...(isLimited(answer) ? answer.headers : {}) }
    const status = answer instanceof ApiError ? answer.status : (answer.status ?? 200)
    return done(status, isRaw(answer) ? await rawText(answer.body) : print(answer, format, zone))
  } catch (error) {
    const refused = asApiError(error, outer.id, inside.log)
    return done(refused.status, print(refused, 'text', 'UTC'))
  }
}

function isLimited(answer: Outcome['answer']): answer is ApiError {
  return answer instanceof ApiError && answer.code === 'rate_limited'
}

/** The request that a call stands for. Throws the 400s of its path, and 403 where the tool does not reach. */
function knockOf(
  { mannersOf }: Inside,
  outer: Knock,
  { method, path, body, idempotencyKey }: Call,
): { knock: Knock; format: Format } {
  const sent = readTarget(plainPath(path))
  if (isOutOfReach(sent.segments)) throw fail.outOfReach()
  const { target, format } = takeFormat(mannersOfTarget(mannersOf, method, sent), sent)
  const bytes = new TextEncoder().encode(body)
  const key = idempotencyKey ?? outer.headers['idempotency-key']
  const knock = {
    ...outer,
    method,
    target,
    headers: {
      ...pick(outer.headers, ['host', 'authorization', 'x-forwarded-for']),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    body: () => readBody(bytes),
    bytes,
    stream: undefined,
    reaches: (segments: readonly string[]) => !isOutOfReach(segments),
  }
  return { knock, format: chooseFormat(format, undefined) }
}

/**
 * A path as it would stand in a request line: what is no ASCII is encoded for the caller, as a client would. Encoded
 * letters in the path itself serve nothing but going around a rule, and are refused.
 */
function plainPath(path: string): string {
  const encoded = path.trim().replace(/[^\x21-\x7e]+/g, (text) => encodeURIComponent(text))
  const mark = encoded.indexOf('?')
  if ((mark < 0 ? encoded : encoded.slice(0, mark)).includes('%'))
    throw fail.badRequest({
      problem: 'The path must be plain ASCII without % before the question mark. See GET /help.',
    })
  return encoded
}

/** Who calls, and from where; nothing else of the outer request is the inner one's. */
function pick(headers: IncomingHttpHeaders, names: readonly string[]): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => names.includes(name)))
}

/** A file as text. Throws 400 where it is too long to be read by a model. */
async function rawText(body: Raw['body']): Promise<string> {
  if (typeof body === 'string') return body
  const chunks: Uint8Array[] = []
  let bytes = 0
  // Leaving the loop ends the stream, and what it holds of the database.
  for await (const chunk of body instanceof Uint8Array ? [body] : body) {
    const piece = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Uint8Array)
    bytes += piece.length
    if (bytes > RAW_BYTES_MAX)
      throw fail.badRequest({
        problem: `This answer has more than ${RAW_BYTES_MAX} bytes, too many for a tool. List with limit= and cursor=, or fetch it over HTTP with a token of your own.`,
      })
    chunks.push(piece)
  }
  return Buffer.concat(chunks).toString()
}
