// The path of a request behind the door, in order: local-mode guard, rate of the address, route, who is calling, rate of
// the token, what they may do, and the call itself inside one transaction.

import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { authenticate, type TokenLife } from './access/authenticate.ts'
import { clientAddress } from './access/client-address.ts'
import { once, readKey } from './access/idempotency.ts'
import { type OneByOne, onceStreamed, oneByOne } from './access/idempotent-stream.ts'
import { isForeign } from './access/local-mode.ts'
import { refuseApp, refuseRole } from './access/permissions.ts'
import type { Rates } from './access/rates.ts'
import type { Config } from './config.ts'
import type { Caller, Context, OpenContext } from './context.ts'
import { refuseUnknownParameters } from './endpoints/parameters.ts'
import { ApiError, fail } from './errors.ts'
import type { Moment } from './records/record-ids.ts'
import type { Answer } from './render/answer.ts'
import {
  type Asked,
  asOtherKind,
  findRoute,
  joinHandles,
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
/** Whoever watches the server must be answered at any rate; and a browser that asks what it may send is not told why not. */
const UNCOUNTED = ['/healthz', '/readyz']
const SIGN_IN = ['auth', 'oauth']

export interface RequestDependencies {
  readonly config: Pick<Config, 'localMode' | 'trustedProxies'>
  readonly database: Database
  readonly thisMoment: () => Moment
  readonly secret: string
  readonly life: TokenLife
  readonly rates: Rates
  /** The kinds whose handles may stand in a path. */
  readonly handles: Parameters<typeof joinHandles>[1]
  /** Everything that has an id. */
  readonly places: Parameters<typeof asOtherKind>[2]
  readonly routes: readonly Route[]
  readonly wakeMail: () => void
}

interface Dependencies extends RequestDependencies {
  /** For calls that are several transactions. */
  readonly keysInTurn: OneByOne
}

/** What is known of a request so far, and said of it whatever becomes of it. */
interface Known {
  zone: string
  route?: string
  headers: Readonly<Record<string, string>>
}

/** Answers every request that the door lets in; throws only what is no answer. */
export function requestHandler(dependencies: RequestDependencies): (knock: Knock) => Promise<Outcome> {
  const deps: Dependencies = { ...dependencies, keysInTurn: oneByOne() }
  const random = pooled(randomBytes)
  const takeTurn = inShares({ ofOneMax: deps.database.turnsOfUser })
  return async (knock) => {
    const known: Known = { zone: 'UTC', headers: {} }
    const base: Base = { moment: deps.thisMoment(), random, secret: deps.secret, wakeMail: deps.wakeMail }
    try {
      const answer = await carryOut(deps, takeTurn, base, knock, known)
      const zone = ('form' in answer && answer.form === 'record' && answer.zone) || known.zone
      return { answer, ...known, zone }
    } catch (error) {
      if (error instanceof ApiError && !error.cause) return { answer: error, ...known }
      throw error
    }
  }
}

interface Base extends Pick<OpenContext, 'random' | 'secret' | 'wakeMail'> {
  /** When the request came. */
  readonly moment: Moment
}

async function carryOut(
  deps: Dependencies,
  takeTurn: InShares,
  base: Base,
  knock: Knock,
  known: Known,
): Promise<Answer | ApiError> {
  const { config, rates, handles, routes } = deps
  if (config.localMode && isForeign(knock.headers)) throw fail.localOnly()
  const segments = joinHandles(knock.target.segments, handles)
  const client = clientAddress(knock.remoteAddress, single(knock.headers['x-forwarded-for']), config.trustedProxies)
  if (!UNCOUNTED.includes(`/${segments.join('/')}`) && knock.method !== 'OPTIONS')
    known.headers = await rates.ofAddress(client, SIGN_IN.includes(segments[0]!), secondsOf(base.moment.now))
  const { route, params } = findRoute(routes, knock.method, segments)
  known.route = `${route.method} ${route.path}`
  if (route.who !== 'member')
    return call(deps, base, knock, known, { route, params, segments, client, caller: undefined })
  const caller = await admit(deps, base.moment.now, route, knock, known)
  try {
    const admitted = { route, params, segments, client, caller }
    return await takeTurn(caller.userId, () => call(deps, base, knock, known, admitted))
  } catch (error) {
    if (error instanceof ApiError) throw asOtherKind(error, segments, deps.places)
    // What failed may have lost its workspace to somebody who deleted it meanwhile.
    await authenticate(deps.database, deps.life, knock.headers.authorization, base.moment.now)
    throw error
  }
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

async function call(
  deps: Dependencies,
  base: Base,
  knock: Knock,
  known: Known,
  { route, params, segments, client, caller }: Admitted,
): Promise<Answer | ApiError> {
  const read = <T>(job: (ctx: OpenContext) => Promise<T>) =>
    job(contextOf(base, base.moment, deps.database.read, nothing))
  const write = <T>(job: (ctx: OpenContext) => Promise<T>) =>
    inTransaction(deps, base, async (ctx) => {
      if (caller) await assertNotGone(ctx.db, caller.workspaceId)
      return job(ctx)
    })
  if (route.who === 'itself') {
    const whoCalls = () => authenticate(deps.database, deps.life, knock.headers.authorization, base.moment.now)
    const count = async (by: Caller) => {
      known.headers = await deps.rates.ofToken(by.tokenId, by.userId, secondsOf(base.moment.now))
    }
    return route.run(knock, { client, read, write, authenticate: whoCalls, count })
  }
  if (route.parameters) refuseUnknownParameters(knock.target.query, route.parameters)
  const streams = route.streamBytesMax !== undefined
  const stream: Asked['stream'] = streams ? (knock.stream ?? Readable.from([knock.bytes])) : undefined
  const asked: Asked = {
    params,
    query: knock.target.query,
    body: streams ? {} : knock.body(),
    ifMatch: knock.headers['if-match'],
    escalationCode: single(knock.headers['x-escalation-code']),
    stream,
    stop: knock.stop,
  }
  if (route.who === 'nobody') return route.run(asked)
  const run = (ctx: OpenContext, body = stream) => {
    const sent = body === stream ? asked : { ...asked, stream: body }
    return route.who === 'member' ? route.run(withCaller(ctx, caller!), sent) : route.run(ctx, sent)
  }
  if (!WRITES.includes(route.method)) return read((ctx) => run(ctx))
  const request = [route.method, segments, asked.query, asked.body, asked.ifMatch]
  const keyed = caller && readKey(single(knock.headers['idempotency-key']), request)
  if (stream && keyed) {
    const as =
      <T>(job: (ctx: Context) => Promise<T>) =>
      (ctx: OpenContext) =>
        job(withCaller(ctx, caller!))
    const transactions = {
      read: <T>(job: (ctx: Context) => Promise<T>) => read(as(job)),
      write: <T>(job: (ctx: Context) => Promise<T>) => write(as(job)),
    }
    return deps.keysInTurn(`${caller!.tokenId} ${keyed.key}`, () =>
      onceStreamed(transactions, keyed, stream, (hashed) => read((ctx) => run(ctx, hashed))),
    )
  }
  if (streams) return read((ctx) => run(ctx))
  return write((ctx) => (keyed ? once(withCaller(ctx, caller!), keyed, () => run(ctx)) : run(ctx)))
}

/** Field by field, as every request makes these, and a spread takes several times as long. */
function contextOf(
  { random, secret, wakeMail }: Base,
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
async function admit(
  { database, life, rates }: RequestDependencies,
  now: number,
  route: Extract<Route, { who: 'member' }>,
  knock: Knock,
  known: Known,
): Promise<Caller> {
  const caller = await authenticate(database, life, knock.headers.authorization, now)
  known.zone = caller.zone
  known.headers = await rates.ofToken(caller.tokenId, caller.userId, secondsOf(now))
  const refused =
    refuseApp(caller, route.permission, route.method) ??
    (route.within ? undefined : refuseRole(caller.role, route.permission))
  if (refused) throw refused
  return caller
}

/**
 * The job's answer once what it changed is durable; what it wants done afterwards is done then. It happens when it is carried
 * out, not when it was asked for: others were carried out while it waited.
 */
async function inTransaction<T>(
  { database, thisMoment }: Pick<RequestDependencies, 'database' | 'thisMoment'>,
  base: Base,
  job: (ctx: OpenContext) => Promise<T>,
): Promise<T> {
  let followUps: (() => void)[] = []
  const answer = await database.write((db) => {
    followUps = []
    return job(contextOf(base, thisMoment(), db, (followUp) => void followUps.push(followUp)))
  })
  for (const followUp of followUps) followUp()
  return answer
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header
}
