// A tool call carried out: the arguments become a request that takes the very same way as one over HTTP, and its answer
// comes back as the very same text.

import type { IncomingHttpHeaders } from 'node:http'
import type { CallToolResult } from '@modelcontextprotocol/server'
import type { Logger } from 'pino'
import { ApiError, fail } from '../errors.ts'
import { readBody } from '../http/door.ts'
import { chooseFormat } from '../http/negotiate.ts'
import { readTarget } from '../http/target.ts'
import { type Format, isRaw, print } from '../render/print.ts'
import type { Knock, Outcome } from '../route.ts'
import { isOutOfReach } from './reach.ts'
import { type Call, readCall } from './tool.ts'

export type Handle = (knock: Knock) => Promise<Outcome>

/** Carries out a call inside the request `outer`, whose token it acts with. Never throws. */
export async function callTool(
  handle: Handle,
  log: Logger,
  outer: Knock,
  args: Readonly<Record<string, unknown>>,
): Promise<CallToolResult> {
  let format: Format = 'text'
  let outcome: Outcome
  try {
    const call = readCall(args)
    if (call instanceof ApiError) throw call
    const { knock, format: chosen } = knockOf(outer, call)
    format = chosen
    outcome = await handle(knock)
  } catch (error) {
    outcome = { answer: asApiError(error, outer, log), zone: 'UTC' }
  }
  const { answer, zone, route } = outcome
  const status = answer instanceof ApiError ? answer.status : (answer.status ?? 200)
  log.info({ id: outer.id, route, status }, 'tool call')
  const text = isRaw(answer) ? rawText(answer.body) : print(answer, format, zone)
  return { content: [{ type: 'text', text }], isError: status >= 400 }
}

/** The request that a call stands for. Throws the 400s of its path, and 403 where the tool does not reach. */
function knockOf(outer: Knock, { method, path, body, idempotencyKey }: Call): { knock: Knock; format: Format } {
  const target = readTarget(plainPath(path))
  if (isOutOfReach(target.segments)) throw fail.outOfReach()
  const formats = target.query.filter(([name]) => name === 'format').map(([, value]) => value)
  if (formats.length > 1) throw fail.repeatedParameter({ name: 'format' })
  const bytes = new TextEncoder().encode(body)
  const knock = {
    ...outer,
    method,
    target: { ...target, query: target.query.filter(([name]) => name !== 'format') },
    headers: {
      ...pick(outer.headers, ['host', 'authorization', 'x-forwarded-for']),
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    },
    body: () => readBody(bytes),
    bytes,
  }
  return { knock, format: chooseFormat(formats[0], undefined) }
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

function rawText(body: unknown): string {
  if (typeof body === 'string') return body
  if (body instanceof Uint8Array) return new TextDecoder().decode(body)
  return 'This answer is a stream; fetch it over HTTP, with a token of its own.'
}

/** What went wrong inside: the log says why, the answer does not. */
function asApiError(error: unknown, { id }: Knock, log: Logger): ApiError {
  if (error instanceof ApiError) {
    if (error.cause) log.error({ id, err: error.cause }, error.code)
    return error
  }
  log.error({ id, err: error }, 'internal_error')
  return fail.internalError({ requestId: id })
}
