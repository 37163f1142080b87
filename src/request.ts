// The path of a request behind the door, in order: local-mode guard, rate of the address, route, who is calling, rate of
// the token, what they may do, and the call itself inside one transaction.

import { randomBytes } from 'node:crypto'
import { authenticate, type TokenLife } from './access/authenticate.ts'
import { clientAddress } from './access/client-address.ts'
import { once, readKey } from './access/idempotency.ts'
import { isForeign } from './access/local-mode.ts'
import { refuseApp, refuseRole } from './access/permissions.ts'
import type { Rates } from './access/rates.ts'
import type { Config } from './config.ts'
import type { Caller, OpenContext } from './context.ts'
import { orderedIds } from './declare/handles.ts'
import { refuseUnknownParameters } from './endpoints/parameters.ts'
import { ApiError, fail } from './errors.ts'
import type { Answer } from './render/answer.ts'
import { type Asked, findRoute, joinHandles, type Knock, type Method, type Outcome, type Route } from './route.ts'
import type { Connection, Database } from './store/dialect.ts'
import { secondsOf } from './text/times.ts'

const WRITES: readonly Method[] = ['POST', 'PATCH', 'DELETE']
/** Whoever watches the server must be answered at any rate. */
const UNCOUNTED = ['/healthz', '/readyz']
const SIGN_IN = ['auth', 'oauth']

export interface RequestDependencies {
  readonly config: Pick<Config, 'localMode' | 'trustedProxies'>
  readonly database: Database
  readonly now: () => number
  readonly secret: string
  readonly life: TokenLife
  readonly rates: Rates
  /** The kinds whose handles may stand in a path. */
  readonly handles: Parameters<typeof joinHandles>[1]
  readonly routes: readonly Route[]
  readonly wakeMail: () => void
}

/** What is known of a request so far, and said of it whatever becomes of it. */
interface Known {
  zone: string
  route?: string
  headers: Readonly<Record<string, string>>
}

/** Answers every request that the door lets in; throws only what is no answer. */
export function requestHandler(deps: RequestDependencies): (knock: Knock) => Promise<Outcome> {
  const orderedId = orderedIds(randomBytes)
  return async (knock) => {
    const known: Known = { zone: 'UTC', headers: {} }
    try {
      return { answer: await carryOut(deps, knock, known, orderedId), ...known }
    } catch (error) {
      if (error instanceof ApiError && !error.cause) return { answer: error, ...known }
      throw error
    }
  }
}

async function carryOut(
  { config, database, now, secret, life, rates, handles, routes, wakeMail }: RequestDependencies,
  knock: Knock,
  known: Known,
  orderedId: ReturnType<typeof orderedIds>,
): Promise<Answer | ApiError> {
  if (config.localMode && isForeign(knock.headers)) throw fail.localOnly()
  const milliseconds = now()
  const seconds = secondsOf(milliseconds)
  const segments = joinHandles(knock.target.segments, handles)
  const client = clientAddress(knock.remoteAddress, forwardedFor(knock), config.trustedProxies)
  if (!UNCOUNTED.includes(`/${segments.join('/')}`))
    known.headers = await rates.ofAddress(client, SIGN_IN.includes(segments[0]!), seconds)
  const { route, params } = findRoute(routes, knock.method, segments)
  known.route = `${route.method} ${route.path}`
  let caller: Caller | undefined
  if (route.who === 'member') {
    caller = await authenticate(database, life, knock.headers.authorization, milliseconds)
    known.zone = caller.zone
    known.headers = await rates.ofToken(caller.tokenId, caller.userId, seconds)
    const refused =
      refuseApp(caller, route.permission, route.method) ??
      (route.within ? undefined : refuseRole(caller.role, route.permission))
    if (refused) throw refused
  }
  const open = {
    now: milliseconds,
    random: randomBytes,
    secret,
    wakeMail,
    orderedId: (prefix: string) => orderedId(prefix, milliseconds),
  }
  const read = <T>(job: (ctx: OpenContext) => Promise<T>) => job({ ...open, db: database.read, afterCommit: () => {} })
  const write = async <T>(job: (ctx: OpenContext) => Promise<T>) => {
    let followUps: (() => void)[] = []
    const value = await database.write((db: Connection) => {
      followUps = []
      return job({ ...open, db, afterCommit: (followUp: () => void) => void followUps.push(followUp) })
    })
    for (const followUp of followUps) followUp()
    return value
  }
  if (route.who === 'itself') {
    const whoCalls = () => authenticate(database, life, knock.headers.authorization, milliseconds)
    return route.run(knock, { client, read, write, authenticate: whoCalls })
  }
  if (route.parameters) refuseUnknownParameters(knock.target.query, route.parameters)
  const asked: Asked = {
    ...{ params, query: knock.target.query, body: knock.body(), ifMatch: knock.headers['if-match'] },
    escalationCode: single(knock.headers['x-escalation-code']),
  }
  if (route.who === 'nobody') return route.run(asked)
  const run = (ctx: OpenContext) =>
    route.who === 'member' ? route.run({ ...ctx, caller: caller! }, asked) : route.run(ctx, asked)
  if (!WRITES.includes(route.method)) return read(run)
  const keyed =
    caller &&
    readKey(single(knock.headers['idempotency-key']), [route.method, segments, asked.query, asked.body, asked.ifMatch])
  return write((ctx) => (keyed ? once({ ...ctx, caller: caller! }, keyed, () => run(ctx)) : run(ctx)))
}

function forwardedFor({ headers }: Knock): string | undefined {
  return single(headers['x-forwarded-for'])
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header
}
