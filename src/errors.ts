// Every error that an agent can meet: its code, its status, and a hint that names the next call to make. Rows are
// functions with typed facts, so that a hint can't have a hole.

import { ApiError, type Problem } from './api-error.ts'
import type { RecordView } from './render/answer.ts'
import { didYouMean, orRather, quoted } from './render/quoted.ts'

export { ApiError, type Problem }

/** So many faults of a body are told one by one. */
export const PROBLEMS_SHOWN_MAX = 50

const bearer = (error?: string) => ({ 'www-authenticate': `Bearer realm="crmkit"${error ? `, error="${error}"` : ''}` })
const SIGN_IN = 'Sign in: POST /auth/request {"email"}, then POST /auth/verify {"email","code"}.'
const AUTHORIZATION = 'Send it as "Authorization: Bearer ck_…".'

/** A name, and those that may stand in its place. */
interface Named {
  readonly field: string
  readonly known: readonly string[]
}

interface RoomFor {
  readonly one: string
  readonly room: string
}

export const fail = {
  // 400
  invalidJson: (at: { problem: string }) => new ApiError(400, 'invalid_json', `${at.problem} Send one JSON object.`),
  invalidText: (at: { problem: string }) => new ApiError(400, 'invalid_value', at.problem),
  invalidBody: (problems: readonly Problem[]) =>
    new ApiError(400, problems[0]!.code, bodyHint(problems), { problems: problems.slice(0, PROBLEMS_SHOWN_MAX) }),
  unknownFilter: ({ field, known, others, meant }: Named & { others: readonly string[]; meant: string | undefined }) =>
    new ApiError(
      400,
      'invalid_filter',
      `unknown field ${orRather(field, meant)} Filter by: ${known.join(', ')}. Also ${others.join(', ')}.`,
    ),
  unknownCustomKey: (at: { key: string }) =>
    new ApiError(
      400,
      'invalid_filter',
      `${quoted(at.key)} is no custom key. Filter by custom.<key>, the key 1 to 64 of A-Z a-z 0-9 _.`,
    ),
  unknownOperator: (at: Named & { operator: string; meant?: string }) =>
    new ApiError(
      400,
      'invalid_operator',
      `unknown operator ${orRather(at.operator, at.meant)} ${at.field} takes: ${at.known.join(', ')}. For a value that begins with such a word, write eq: before it.`,
    ),
  operatorNotServed: (at: Named & { operator: string }) =>
    new ApiError(
      400,
      'invalid_operator',
      `${at.field} can't be compared by ${at.operator}. It takes: ${at.known.join(', ')}.`,
    ),
  invalidValue: (at: { field: string; value: string; problem: string }) =>
    new ApiError(
      400,
      'invalid_value',
      `${at.field} ${at.problem}${/[?.]$/.test(at.problem) ? ' It was' : ', not'} ${quoted(at.value)}.`,
    ),
  tooMany: (at: { what: string; max: number }) =>
    new ApiError(400, 'invalid_value', `At most ${at.max} ${at.what}. Split the request.`),
  invalidSort: (at: Named & { meant: string | undefined }) =>
    new ApiError(
      400,
      'invalid_sort',
      `can't sort by ${orRather(at.field, at.meant)} Sort by one of: ${at.known.join(', ')}; a minus before it turns it round.`,
    ),
  invalidCursor: () =>
    new ApiError(
      400,
      'invalid_cursor',
      'This cursor belongs to another list. Repeat the call that gave it with the same filters, search and sort and only cursor added, or leave cursor out to begin anew.',
    ),
  invalidLimit: (at: { max: number }) =>
    new ApiError(400, 'invalid_limit', `limit is a whole number from 1 to ${at.max}.`),
  invalidFormat: () => new ApiError(400, 'invalid_format', 'format is text or json.'),
  invalidExportFormat: (at: { known: readonly string[] }) =>
    new ApiError(400, 'invalid_format', `format of an export is one of ${at.known.join(', ')}.`),
  unknownChosenField: (at: { field: string; known: readonly string[] }) =>
    new ApiError(
      400,
      'unknown_field',
      `unknown field ${didYouMean(at.field, /^[-!]/.test(at.field) ? [] : at.known)} fields= takes all, or a list of: ${at.known.join(', ')}.`,
    ),
  unknownParameter: (at: { name: string; known: readonly string[]; meant: string | undefined }) =>
    new ApiError(
      400,
      'unknown_parameter',
      `unknown parameter ${at.meant ? orRather(at.name, at.meant) : didYouMean(at.name, at.known)} This call takes: ${at.known.join(', ') || 'none'}.`,
    ),
  repeatedParameter: (at: { name: string }) =>
    new ApiError(400, 'invalid_value', `${quoted(at.name)} was sent more than once; send it once.`),
  badRequest: (at: { problem: string }) => new ApiError(400, 'invalid_value', at.problem),
  bodyOfGet: () =>
    new ApiError(400, 'invalid_value', 'GET takes no body; filters stand in the path, such as /contacts?stage=lead.'),
  invalidIfMatch: () => new ApiError(400, 'invalid_value', 'If-Match takes a version such as 3 or "3", or *.'),

  // 401
  authRequired: () =>
    new ApiError(401, 'auth_required', `This call needs a token. ${AUTHORIZATION} ${SIGN_IN}`, { headers: bearer() }),
  invalidToken: () =>
    new ApiError(401, 'invalid_token', `This token is unknown or was revoked. ${SIGN_IN}`, {
      headers: bearer('invalid_token'),
    }),
  tokenExpired: () =>
    new ApiError(401, 'token_expired', `This token expired: it was long unused, or too old. ${SIGN_IN}`, {
      headers: bearer('invalid_token'),
    }),
  invalidCode: () =>
    new ApiError(
      401,
      'invalid_code',
      'This code is wrong, used or older than 10 minutes. Ask for a new one: POST /auth/request {"email"}.',
      { headers: bearer() },
    ),

  // 403
  localOnly: () =>
    new ApiError(
      403,
      'local_only',
      'This server runs in local mode: it answers programs on this machine only, not web pages, proxies or tunnels. To serve others, configure CRMKIT_SMTP_URL.',
    ),
  foreignOrigin: () =>
    new ApiError(
      403,
      'local_only',
      'A web page of this origin may not call this server. Call it from a program, or from the page of an app that it knows.',
    ),
  outOfReach: () =>
    new ApiError(
      403,
      'connector_scope',
      'This tool does not reach sign-in, OAuth, MCP, well-known and health addresses. Everything else: GET /help.',
    ),
  /** `one` of what is counted, and what makes room for it. */
  planLimitReached: ({ one, room, ...at }: { resource: string; used: number; limit: number } & RoomFor) =>
    new ApiError(
      403,
      'plan_limit_reached',
      `The plan allows ${at.limit} ${at.limit === 1 ? one : at.resource}. ${room}, or ask the owner of this server for another plan.`,
      { details: at },
    ),

  escalationRequired: (at: { sent: boolean; isLocal: boolean; localCode?: string }) =>
    new ApiError(
      403,
      'escalation_required',
      at.sent
        ? `This needs a code: ${at.isLocal ? 'the local_code of this answer' : 'one was just mailed to you'}. Repeat the very same call with ?code=… or the header X-Escalation-Code, within 10 minutes.`
        : `This needs a code, and there is no new one: three of them live${at.isLocal ? '' : ', or too many mails went to you this hour'}. Repeat the call with ?code=… of an earlier ${at.isLocal ? 'answer' : 'mail'}, or wait.`,
      { details: at.localCode === undefined ? {} : { local_code: at.localCode } },
    ),
  invalidStepUpCode: () =>
    new ApiError(
      403,
      'invalid_code',
      'This code is wrong, used, older than 10 minutes, or was made for something else. Repeat the call without a code for a new one.',
    ),
  adminRequired: () =>
    new ApiError(
      403,
      'admin_required',
      'Only an admin of the workspace may do this. Ask one: GET /workspaces/{id}/members shows who is.',
    ),
  connectorScope: () =>
    new ApiError(
      403,
      'connector_scope',
      'This app was granted one workspace, and may not switch workspaces or handle tokens. Its user can grant that by connecting it again.',
    ),
  readOnly: () =>
    new ApiError(
      403,
      'read_only',
      'This app was granted read-only access, so that it can only GET. Its user can grant more by connecting it again.',
    ),

  // 404, 405
  notFound: (at: { what: string; next: string }) => new ApiError(404, 'not_found', `No ${at.what} here. ${at.next}`),
  noSuchPath: (at: { near: readonly string[] }) =>
    new ApiError(
      404,
      'not_found',
      `No such path. ${at.near.length ? `Near it: ${at.near.join(', ')}. ` : ''}All calls: GET /help.`,
    ),
  otherKind: (at: { kind: string; path: string }) =>
    new ApiError(404, 'not_found', `That is the id of ${at.kind}. Use ${at.path}.`),
  methodNotAllowed: (at: { allowed: readonly string[]; below?: string | undefined; instead?: string | undefined }) =>
    new ApiError(
      405,
      'method_not_allowed',
      `This path takes ${at.allowed.join(', ')}.${at.below ? ` Of one record: ${at.below}.` : ''}${at.instead ? ` ${at.instead}.` : ''}`,
      {
        headers: { allow: at.allowed.join(', ') },
      },
    ),

  // 409, 412, 413
  confirmationRequired: (at: { confirm: string; deletes: string; call: string }) =>
    new ApiError(
      409,
      'confirmation_required',
      `Nothing was deleted yet. To go on: ${at.call}?confirm=${at.confirm} within 10 minutes.`,
      { details: { confirm: at.confirm, deletes: at.deletes } },
    ),
  invalidConfirmation: (at: { call: string }) =>
    new ApiError(
      409,
      'invalid_confirmation',
      `This confirmation is not for this record as it is now, or is older than 10 minutes. Call ${at.call} without confirm for a new one.`,
    ),
  conflict: (at: { field: string; handle: string; path: string }) =>
    new ApiError(
      409,
      'conflict',
      `Another record has this ${at.field}: ${at.handle}. Change that one with PATCH ${at.path}, or choose another ${at.field}.`,
      { details: { field: at.field, record: at.handle } },
    ),
  alreadyMember: (at: { handle: string; call: string }) =>
    new ApiError(409, 'conflict', `That address is a member already: ${at.handle}. To change the role: ${at.call}`, {
      details: { record: at.handle },
    }),
  lastAdmin: (at: { call: string }) =>
    new ApiError(
      409,
      'last_admin',
      `A workspace needs an admin, and this is its last. Promote somebody first: ${at.call} {"role":"admin"}`,
    ),
  idempotencyConflict: () =>
    new ApiError(
      409,
      'conflict',
      'This Idempotency-Key was used with another request in the last 24 hours. Use a new key for a new request.',
    ),
  versionMismatch: (at: { version: number; record: RecordView }) =>
    new ApiError(
      412,
      'version_mismatch',
      `The record changed meanwhile and is at version ${at.version} now. Look at it and send your change again with "version": ${at.version} or If-Match: ${at.version}.`,
      { details: { version: at.version }, record: at.record },
    ),
  bodyTooLarge: (at: { bytes: number }) =>
    new ApiError(413, 'body_too_large', `A body has at most ${at.bytes} bytes. Send less at once.`),

  rateLimited: (at: { retryAfter: number; what: string }) =>
    new ApiError(429, 'rate_limited', `Too many ${at.what}. Wait ${at.retryAfter} seconds, then repeat the call.`, {
      details: { retry_after: at.retryAfter },
      headers: { 'retry-after': String(at.retryAfter) },
    }),

  // 500, 503
  internalError: (at: { requestId: string }) =>
    new ApiError(
      500,
      'internal_error',
      `The server failed; nothing was changed. Try again; if it stays, tell its owner this request id: ${at.requestId}.`,
    ),
  tookTooLong: () =>
    new ApiError(
      503,
      'not_ready',
      'The database took too long over this question and gave up. Narrow it: filter by fields without like: and custom., or ask for less.',
      { headers: { 'retry-after': '5' } },
    ),
  notReady: () =>
    new ApiError(
      503,
      'not_ready',
      'The database does not answer just now. Try again in a few seconds. A change may have been kept all the same: repeat it with its Idempotency-Key, or look before you send it anew.',
      { headers: { 'retry-after': '5' } },
    ),
  stopping: () =>
    new ApiError(503, 'not_ready', 'The server is being stopped. Try again in a few seconds.', {
      headers: { 'retry-after': '5' },
    }),
} as const

function bodyHint(problems: readonly Problem[]): string {
  const first = problems[0]!
  const below = problems.length > PROBLEMS_SHOWN_MAX ? `, the first ${PROBLEMS_SHOWN_MAX - 1} of them below` : ' below'
  const more = problems.length > 1 ? ` ${problems.length - 1} more${below}; mend all and send it again.` : ''
  return `${quoted(first.field)} ${first.problem}${first.problem.endsWith('?') ? '' : '.'}${more}`
}
