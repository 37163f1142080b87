// The path of a request behind the door, in order: local-mode guard, rate of the address, route, who is calling, rate of
// the token, what they may do, and the call itself inside one transaction.

import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { authenticate, type TokenLife } from './access/authenticate.ts'
import { clientAddress } from './access/client-address.ts'
import { once, readKey } from './access/idempotency.ts'
import { type OneByOne, onceStreamed, oneByOne, type TransactionsOfCaller } from './access/idempotent-stream.ts'
import { isForeign } from './access/local-mode.ts'
import { refuseApp, refuseRole } from './access/permissions.ts'
import type { Rates } from './access/rates.ts'
import { WORKSPACE } from './accounts/handles.ts'
import type { Config } from './config.ts'
import type { Caller, Context, OpenContext, Transactions } from './context.ts'
import { idOf, type Random } from './declare/handles.ts'
import { refuseUnknownParameters } from './endpoints/parameters.ts'
import { ApiError, fail } from './errors.ts'
import { asOtherKind, joinHandles, type Place, soleIdOf, strayOf } from './places.ts'
import type { Moment } from './records/record-ids.ts'
import type { Answer } from './render/answer.ts'
import {
  type Asked,
  type Found,
  findRoute,
  type Itself,
  isBelowOurs,
  type Knock,
  type Method,
  type Outcome,
  type Route,
} from './route.ts'
import type { Database } from './store/dialect.ts'
import { type InShares, inShares } from './store/shares.ts'
import { assertNotGone } from './store/workspace-rows.ts'
import { pooled } from './text/random.ts'
import { secondsOf } from './text/times.ts'

const WRITES: readonly Method[] = ['POST', 'PATCH', 'DELETE']
/** Whoever watches the server must be answered at any rate. */
const UNCOUNTED = ['healthz', 'readyz']
const SIGN_IN = ['auth', 'oauth']

export interface RequestDependencies {
  readonly config: Pick<Config, 'localMode' | 'trustedProxies'>
  readonly database: Database
  readonly thisMoment: () => Moment
  readonly secret: string
  readonly life: TokenLife
  readonly rates: Rates
  /** Everything that has an id, and so a handle that may stand in a path. */
  readonly places: readonly Place[]
  readonly routes: readonly Route[]
  readonly wakeMail: () => void
}

interface Dependencies extends RequestDependencies {
  readonly random: Random
  /** For calls that are several transactions. */
  readonly keysInTurn: OneByOne
  readonly takeTurn: InShares
}

/** A request behind the door. */
interface Arrival {
  readonly knock: Knock
  /** When it came. */
  readonly moment: Moment
  readonly known: Known
}

/** What is known of a request so far, and said of it whatever becomes of it. */
interface Known {
  zone: string
  route?: string
  headers: Readonly<Record<string, string>>
}

/** Answers every request that the door lets in; throws only what is no answer. */
export function requestHandler(dependencies: RequestDependencies): (knock: Knock) => Promise<Outcome> {
  const takeTurn = inShares({ ofOneMax: dependencies.database.turnsOfUser })
  const deps: Dependencies = { ...dependencies, random: pooled(randomBytes), keysInTurn: oneByOne(), takeTurn }
  return async (knock) => {
    const known: Known = { zone: 'UTC', headers: {} }
    try {
      const answer = await carryOut(deps, { knock, moment: deps.thisMoment(), known })
      const zone = ('form' in answer && answer.form === 'record' && answer.zone) || known.zone
      return { answer, ...known, zone }
    } catch (error) {
      if (error instanceof ApiError && !error.cause) return { answer: error, ...known }
      throw error
    }
  }
}

async function carryOut(deps: Dependencies, arrival: Arrival): Promise<Answer | ApiError> {
  const { config, rates, places, routes } = deps
  const { knock, moment, known } = arrival
  if (config.localMode && isForeign(knock.headers)) throw fail.localOnly()
  const segments = joinHandles(knock.target.segments, places)
  const client = clientAddress(knock.remoteAddress, single(knock.headers['x-forwarded-for']), config.trustedProxies)
  // A browser that asks what it may send is not told why not.
  const isUncounted = knock.method === 'OPTIONS' || (segments.length === 1 && UNCOUNTED.includes(segments[0]!))
  if (!isUncounted && !knock.counted)
    known.headers = await rates.ofAddress(client, SIGN_IN.includes(segments[0]!), secondsOf(moment.now))
  let found: Found
  try {
    found = findRoute(routes, knock.method, segments, knock.reaches)
  } catch (error) {
    throw await whyNoRoute(deps, arrival, segments, error)
  }
  const { route, params } = found
  known.route = `${route.method} ${route.path}`
  if (route.who !== 'member') return call(deps, arrival, { route, params, segments, client, caller: undefined })
  const caller = await admit(deps, arrival, route)
  try {
    return await deps.takeTurn(caller.userId, () => call(deps, arrival, { route, params, segments, client, caller }))
  } catch (error) {
    const stray = error instanceof ApiError && error.status === 404 ? strayOf(segments, places) : undefined
    if (stray) throw asOtherKind(stray, workspaceMeant(caller, { route, params }))
    if (error instanceof ApiError) throw error
    // What failed may have lost its workspace to somebody who deleted it meanwhile.
    await callerOf(deps, arrival)
    throw error
  }
}

/** What is said of a path without a route: of one that is only an id, where that is found. */
async function whyNoRoute(
  deps: Dependencies,
  arrival: Arrival,
  segments: readonly string[],
  error: unknown,
): Promise<unknown> {
  const stray = error instanceof ApiError && error.status === 404 ? soleIdOf(segments, deps.places) : undefined
  // Whoever deletes a reminder by the id of a contact does not mean the contact.
  if (stray && stray.place.plural !== segments[0] && isBelowOurs(deps.routes, segments)) return error
  return stray ? asOtherKind(stray, (await callerIfAny(deps, arrival))?.workspaceId ?? '{id}') : error
}

/** The workspace that the path names, or else that of the token. */
function workspaceMeant(caller: Caller, { route, params }: Found): string {
  const named = route.who === 'member' && route.within ? idOf(WORKSPACE, params.id!) : undefined
  return named ?? caller.workspaceId
}

/** A request that may be carried out. */
interface Admitted {
  readonly route: Route
  readonly params: Asked['params']
  /** Of the path, handles joined. */
  readonly segments: readonly string[]
  readonly client: string
  readonly caller: Caller | undefined
}

/**
 * Runs the route: without a database, on a snapshot, or in a transaction, and once under the key that it came with. Throws at
 * once what is refused before that.
 */
function call(deps: Dependencies, arrival: Arrival, admitted: Admitted): Promise<Answer | ApiError> {
  const { route, segments, caller } = admitted
  const { target, headers } = arrival.knock
  const { read, write } = transactionsOf(deps, arrival.moment, caller)
  if (route.who === 'itself') return route.run(arrival.knock, itselfOf(deps, arrival, admitted.client, { read, write }))
  route.checkPath?.(admitted.params)
  if (route.parameters) refuseUnknownParameters(target.query, route.parameters)
  const asked = askedOf(arrival.knock, admitted)
  if (route.who === 'nobody') return route.run(asked)
  const run = (ctx: OpenContext, sent = asked) =>
    route.who === 'member' ? route.run(withCaller(ctx, caller!), sent) : route.run(ctx, sent)
  if (!WRITES.includes(route.method)) return read((ctx) => run(ctx))
  const request = [route.method, segments, asked.query, asked.body, asked.ifMatch]
  const keyed = caller && readKey(single(headers['idempotency-key']), request)
  const { stream } = asked
  if (!stream) return write((ctx) => (keyed ? once(withCaller(ctx, caller), keyed, () => run(ctx)) : run(ctx)))
  if (!keyed) return read((ctx) => run(ctx))
  return deps.keysInTurn(`${caller.tokenId} ${keyed.key}`, () =>
    onceStreamed(transactionsAs(caller, { read, write }), keyed, stream, (hashed) =>
      read((ctx) => run(ctx, { ...asked, stream: hashed })),
    ),
  )
}

/** The request as its route sees it. Throws the 400s of its body. */
function askedOf(knock: Knock, { route, params }: Admitted): Asked {
  const streams = route.streamBytesMax !== undefined
  return {
    params,
    query: knock.target.query,
    body: streams ? {} : knock.body(),
    ifMatch: knock.headers['if-match'],
    escalationCode: single(knock.headers['x-escalation-code']),
    stream: streams ? (knock.stream ?? Readable.from([knock.bytes])) : undefined,
    stop: knock.stop,
  }
}

/** A snapshot as the request came, and transactions in which its caller's workspace is still there. */
function transactionsOf(deps: Dependencies, moment: Moment, caller: Caller | undefined): Transactions {
  return {
    read: (job) => job(contextOf(deps, moment, deps.database.read, nothing)),
    write: (job) =>
      inTransaction(deps, async (ctx) => {
        if (caller) await assertNotGone(ctx.db, caller.workspaceId)
        return job(ctx)
      }),
  }
}

/** The same for jobs that act for the caller. */
function transactionsAs(caller: Caller, { read, write }: Transactions): TransactionsOfCaller {
  return {
    read: (job) => read((ctx) => job(withCaller(ctx, caller))),
    write: (job) => write((ctx) => job(withCaller(ctx, caller))),
  }
}

function itselfOf(deps: Dependencies, arrival: Arrival, client: string, { read, write }: Transactions): Itself {
  return {
    ...{ client, read, write, authenticate: () => callerOf(deps, arrival) },
    count: (caller) => countCaller(deps, arrival, caller),
  }
}

/** Field by field, as every request makes these, and a spread takes several times as long. */
function contextOf(
  { random, secret, wakeMail }: Dependencies,
  { now, orderedId, recordId }: Moment,
  db: OpenContext['db'],
  afterCommit: OpenContext['afterCommit'],
): OpenContext {
  return { db, now, random, orderedId, recordId, secret, afterCommit, wakeMail }
}

function withCaller(ctx: OpenContext, caller: Caller): Context {
  const { db, now, random, orderedId, recordId, secret, afterCommit, wakeMail } = ctx
  return { db, now, random, orderedId, recordId, secret, afterCommit, wakeMail, caller }
}

function nothing(): void {}

/** Who is calling, if they may make this call at all. Throws 401, 403, 429. */
async function admit(deps: Dependencies, arrival: Arrival, route: Extract<Route, { who: 'member' }>): Promise<Caller> {
  const caller = await callerOf(deps, arrival)
  arrival.known.zone = caller.zone
  if (arrival.knock.counted !== 'caller') await countCaller(deps, arrival, caller)
  const refused =
    refuseApp(caller, route.permission, route.method) ??
    (route.within ? undefined : refuseRole(caller.role, route.permission))
  if (refused) throw refused
  return caller
}

/** Throws 401. */
function callerOf({ database, life }: Dependencies, { knock, moment }: Arrival): Promise<Caller> {
  return authenticate(database, life, knock.headers.authorization, moment.now)
}

/** Who is calling, where the request needs nobody to. */
async function callerIfAny(deps: Dependencies, arrival: Arrival): Promise<Caller | undefined> {
  try {
    return await callerOf(deps, arrival)
  } catch (error) {
    if (error instanceof ApiError) return undefined
    throw error
  }
}

/** Throws 429. */
async function countCaller({ rates }: Dependencies, { moment, known }: Arrival, caller: Caller): Promise<void> {
  known.headers = await rates.ofToken(caller.tokenId, caller.userId, secondsOf(moment.now))
}

/**
 * The job's answer once what it changed is durable; what it wants done afterwards is done then. It happens when it is carried
 * out, not when it was asked for: others were carried out while it waited.
 */
async function inTransaction<T>(deps: Dependencies, job: (ctx: OpenContext) => Promise<T>): Promise<T> {
  let followUps: (() => void)[] = []
  const answer = await deps.database.write((db) => {
    followUps = []
    return job(contextOf(deps, deps.thisMoment(), db, (followUp) => void followUps.push(followUp)))
  })
  for (const followUp of followUps) followUp()
  return answer
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header
}
