// What a route is, and finding the one that a request means. The list itself stands in app.ts, as data.

import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import type { Permission } from './access/permissions.ts'
import type { Caller, Context, OpenContext, Transactions } from './context.ts'
import { type ApiError, fail } from './errors.ts'
import type { Parameters } from './query/grammar.ts'
import type { Body } from './records/change.ts'
import type { Answer } from './render/answer.ts'
import { nearest } from './text/nearest.ts'

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'OPTIONS'

/** A request as a door hands it on. */
export interface Knock {
  readonly id: string
  readonly method: string
  /** The path, decoded and split, and the query string without `format`. */
  readonly target: { readonly segments: readonly string[]; readonly query: Parameters }
  readonly headers: IncomingHttpHeaders
  /** Of the socket: a client's, or a proxy's. */
  readonly remoteAddress: string
  /** It came inside another, with which its client's address was counted, or who calls as well. */
  readonly counted?: 'address' | 'caller' | undefined
  /** The body as JSON. Throws the 400s. */
  readonly body: () => Body
  /** The body as it came. */
  readonly bytes: Uint8Array
  /** The body as it comes, where the call takes it so; `bytes` is empty then. */
  readonly stream?: Readable
  /** Aborted when nobody waits for the answer any more, or the server closes. */
  readonly stop?: AbortSignal
  /** Whether who knocks can call such a path; absent: every one. */
  readonly reaches?: (segments: readonly string[]) => boolean
}

/** What a route that reads the request itself is given beside it. */
export interface Itself extends Transactions {
  /** The address of the client. */
  readonly client: string
  /** Who calls. Throws the 401s. */
  readonly authenticate: () => Promise<Caller>
  /** Counts a request against the rates of who calls. Throws rate_limited. */
  readonly count: (caller: Caller) => Promise<void>
}

/** What became of it; times in the answer are printed in `zone`, and `route` names it in the log. */
export interface Outcome {
  readonly answer: Answer | ApiError
  readonly zone: string
  readonly route?: string
  /** Sent with whatever the answer is. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A request as routes see it. */
export interface Asked {
  /** What stood in the path where the route has `:name`. */
  readonly params: Readonly<Record<string, string>>
  /** The query string without `format`. */
  readonly query: Parameters
  readonly body: Body
  readonly ifMatch: string | undefined
  /** The X-Escalation-Code header. */
  readonly escalationCode: string | undefined
  /** The bytes of the body, for a route with `streamBytesMax`; `body` is empty then. */
  readonly stream?: AsyncIterable<Uint8Array>
  /** Aborted when nobody waits for the answer any more, or the server closes; for a route with `streamBytesMax`. */
  readonly stop?: AbortSignal
}

interface Common {
  readonly method: Method
  /** Such as `/contacts/:id`. */
  readonly path: string
  /** The query parameters that it takes; absent: it reads them itself. */
  readonly parameters?: readonly string[]
  /** Reads its body piece by piece, up to so many bytes, and opens transactions of its own; `ctx.db` only reads. */
  readonly streamBytesMax?: number
  /** `format` is a parameter of its own. */
  readonly ownFormat?: true
  /** Looks at what stands in the path before anything else of the request is looked at. Throws 404. */
  readonly checkPath?: (params: Asked['params']) => void
  /** Where that is done which somebody wants who sends a method that the path does not take: a sentence for each. */
  readonly instead?: Readonly<Partial<Record<Method, string>>>
  /** Calls that do what is looked for below this path, by the name that stands there, `contacts` in `/companies/{id}/contacts`, or `{id}` for any. */
  readonly below?: ReadonlyMap<string, readonly string[]>
  /** It only says, with headers of its own, that the path does not take the method. */
  readonly refuses?: true
  /** Answers in JSON alone, also where it is not reached. */
  readonly onlyJson?: true
  /** What each answer of its path says, also where it is not reached. */
  readonly headers?: Readonly<Record<string, string>>
}

/** An ApiError that is answered rather than thrown keeps what the request wrote. */
export type Route = Common &
  (
    | {
        readonly who: 'member'
        readonly permission: Permission
        /** The role that counts is that in the workspace of the path, which the call itself looks up. */
        readonly within?: 'workspace'
        readonly run: (ctx: Context, asked: Asked) => Promise<Answer | ApiError>
      }
    | { readonly who: 'anyone'; readonly run: (ctx: OpenContext, asked: Asked) => Promise<Answer | ApiError> }
    /** Answers without a database. */
    | { readonly who: 'nobody'; readonly run: (asked: Asked) => Promise<Answer> }
    /** Speaks another protocol: reads the request itself, and opens the transactions that it needs. */
    | { readonly who: 'itself'; readonly run: (knock: Knock, itself: Itself) => Promise<Answer | ApiError> }
  )

/** What the log and the metrics tell of an answered request. */
export interface Answered {
  readonly route: string | undefined
  readonly status: number
  readonly milliseconds: number
}

export interface Found {
  readonly route: Route
  readonly params: Readonly<Record<string, string>>
}

/** The first route that fits. Throws 404 with near paths that the caller reaches, or 405 with what the path takes. */
export function findRoute(
  routes: readonly Route[],
  method: string,
  segments: readonly string[],
  reaches: Knock['reaches'],
): Found {
  for (const route of ofShape(routes, method, segments.length)) {
    const params = match(route.path, segments)
    if (params) return { route, params }
  }
  const fitting = routes.filter((route) => match(route.path, segments))
  const taken = fitting.flatMap((route) => (route.refuses ? [] : [route.method]))
  if (fitting.length > 0) {
    const sought = (method === 'PUT' ? 'PATCH' : method) as Method
    const below = routes.find((route) => route.method === sought && route.path === `${fitting[0]!.path}/:id`)
    const instead = fitting.map((route) => route.instead?.[sought]).find((sentence) => sentence !== undefined)
    throw fail.methodNotAllowed({ allowed: [...new Set(taken)], below: below && called(below), instead })
  }
  const callable = routes.filter(
    ({ method, path, refuses }) => method !== 'OPTIONS' && !refuses && (reaches?.(partsOf(path)) ?? true),
  )
  const below = belowPath(callable, segments)
  throw fail.noSuchPath({ near: below.length > 0 ? below : nearPaths(callable, segments) })
}

const shapes = new WeakMap<readonly Route[], Map<string, Route[]>>()
const NO_ROUTES: readonly Route[] = []

/** Those of one method and length of path, which are a handful. */
function ofShape(routes: readonly Route[], method: string, length: number): readonly Route[] {
  let byShape = shapes.get(routes)
  if (!byShape) {
    byShape = new Map()
    for (const route of routes) {
      const shape = `${route.method} ${partsOf(route.path).length}`
      byShape.set(shape, [...(byShape.get(shape) ?? []), route])
    }
    shapes.set(routes, byShape)
  }
  return byShape.get(`${method} ${length}`) ?? NO_ROUTES
}

function match(path: string, segments: readonly string[]): Record<string, string> | undefined {
  const parts = partsOf(path)
  if (parts.length !== segments.length) return undefined
  for (let at = 0; at < parts.length; at++) if (!isName(parts[at]!) && parts[at] !== segments[at]) return undefined
  const params: Record<string, string> = {}
  for (let at = 0; at < parts.length; at++) if (isName(parts[at]!)) params[parts[at]!.slice(1)] = segments[at]!
  return params
}

function isName(part: string): boolean {
  return part.charCodeAt(0) === COLON
}

const COLON = 58
const cutPaths = new Map<string, readonly string[]>()

/** The parts of a route's path; there are only so many routes. */
function partsOf(path: string): readonly string[] {
  const known = cutPaths.get(path)
  if (known) return known
  const parts = path.split('/').filter((part) => part !== '')
  cutPaths.set(path, parts)
  return parts
}

/** As the manual writes it, such as `PATCH /contacts/{id}`. */
function called({ method, path }: Pick<Route, 'method' | 'path'>): string {
  return `${method} ${path.replace(/:(\w+)/g, '{$1}')}`
}

/** What other programs call ours. */
const ELSEWHERE = new Map(
  Object.entries({
    ...{ contacts: 'people persons leads customers', companies: 'organizations organisations accounts' },
    ...{ deals: 'opportunities', activities: 'notes tasks calls meetings emails', reminders: 'followups follow_ups' },
    ...{ whoami: 'me user', workspaces: 'users members invites owners teams', import: 'bulk batch', help: 'docs' },
    audit: 'history changes changelog log logs audit_log audit-log',
  }).flatMap(([ours, theirs]) => theirs.split(' ').map((name) => [name, ours] as const)),
)

/** Whether the path is one of ours and something behind it, where nothing of ours stands. */
export function isBelowOurs(routes: readonly Route[], segments: readonly string[]): boolean {
  return segments.length > 1 && routes.some(({ path }) => match(path, segments.slice(0, -1)))
}

/** The calls of a path whose last part is called otherwise here, such as `/contacts/{id}/notes`; else those that do it elsewhere. */
function belowPath(routes: readonly Route[], segments: readonly string[]): string[] {
  const above = segments.slice(0, -1)
  if (above.length === 0) return []
  const last = segments.at(-1)!.toLowerCase()
  const name = ELSEWHERE.get(last) ?? last
  const there = routes.filter(({ path }) => match(path, [...above, name])).map(called)
  if (there.length > 0) return there
  return routes.flatMap(({ path, below }) =>
    below && match(path, above) ? (below.get(name) ?? below.get('{id}') ?? []) : [],
  )
}

function nearPaths(routes: readonly Route[], segments: readonly string[]): string[] {
  const first = (path: string) => path.split('/')[1] ?? ''
  const names = new Set(routes.map(({ path }) => first(path)).filter((part) => part !== ''))
  const known = segments.map((part) => ELSEWHERE.get(part.toLowerCase()) ?? part).find((part) => names.has(part))
  const name = known ?? nearest((segments[0] ?? '').replace(/y$/, 'ies'), names)
  const near = routes.filter(({ path }) => first(path) === name).map(called)
  return [...new Set(near)].slice(0, 8)
}

type Run<R extends Route['who']> = Extract<Route, { who: R }>['run']

/** A route that takes a token; `parameters` undefined: it reads the query by itself. Reading or writing records, unless said. */
export function forMembers(
  method: Method,
  path: string,
  parameters: readonly string[] | undefined,
  run: Run<'member'>,
  permission: Permission = method === 'GET' ? 'read records' : 'write records',
): Extract<Route, { who: 'member' }> {
  return { method, path, parameters, who: 'member', permission, run }
}

export function forAnyone(method: Method, path: string, parameters: readonly string[], run: Run<'anyone'>): Route {
  return { method, path, parameters, who: 'anyone', run }
}

/** A route that answers without a caller or a database. */
export function forNobody(path: string, run: Run<'nobody'>): Route {
  return { method: 'GET', path, parameters: [], who: 'nobody', run }
}

/** A route that reads the request itself. */
export function forItself(method: Method, path: string, run: Run<'itself'>): Route {
  return { method, path, who: 'itself', run }
}
