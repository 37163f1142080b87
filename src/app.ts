// How the server is put together: what each request passes, in order, and the whole list of routes.

import { randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import { authenticate } from './access/authenticate.ts'
import { isForeign } from './access/local-mode.ts'
import type { Config } from './config.ts'
import type { Context, OpenContext } from './context.ts'
import { closedAt } from './crm/deal-closing.ts'
import { activity, company, contact, deal, resources } from './crm/index.ts'
import { orderedIds } from './declare/handles.ts'
import { accountEndpoints } from './endpoints/accounts.ts'
import { refuseUnknownParameters } from './endpoints/parameters.ts'
import { questionEndpoints } from './endpoints/questions.ts'
import { endpointsOf, nestedEndpointsOf, type Rules } from './endpoints/records.ts'
import { serviceEndpoints } from './endpoints/service.ts'
import { type ApiError, fail } from './errors.ts'
import { type Knock, type Outcome, openDoor } from './http/door.ts'
import { greeting } from './manual/greeting.ts'
import { manual } from './manual/help.ts'
import { countActivities } from './records/activity-counts.ts'
import { type Asked, findRoute, joinHandles, type Method, type Route } from './route.ts'
import type { Database } from './store/dialect.ts'
import { secretOf } from './store/secret.ts'

const DAY_SECONDS = 24 * 3600
const WRITES: readonly Method[] = ['POST', 'PATCH', 'DELETE']

export interface AppDependencies {
  readonly config: Config
  readonly database: Database
  /** The clock: milliseconds since 1970. */
  readonly now: () => number
  readonly log: Logger
  /** Shows a line to the person at the terminal. */
  readonly print: (line: string) => void
}

export interface App {
  readonly routes: readonly Route[]
  /** Starts to serve; gives the address. */
  readonly listen: () => Promise<{ url: string }>
  /** Stops accepting, and resolves when what runs has finished. */
  readonly close: () => Promise<void>
}

/** Puts the server together over a database that is open and migrated. */
export function createApp({ config, database, now, log, print }: AppDependencies): App {
  const secret = secretOf(config)
  const life = {
    idleSeconds: config.tokenIdleDays * DAY_SECONDS,
    maxSeconds: config.tokenMaxDays && config.tokenMaxDays * DAY_SECONDS,
  }
  const orderedId = orderedIds(randomBytes)
  const planOf = (name: string) => config.plans[name] ?? { name, caps: {} }
  const urls = { public: config.publicUrl ?? `http://localhost:${config.port}` }

  const showCode = (email: string, code: string) => print(`Sign-in code for ${email}: ${code}`)
  const signIn = { idleSeconds: life.idleSeconds, plan: config.defaultPlan, showCode }
  const rules: Rules = { capOf: (ctx, { plural }) => planOf(ctx.caller.plan).caps[plural] }
  const closing: Rules['settle'] = (before, after, at) => ({ closed_at: closedAt(before, after, at) })
  const counting: Rules['changed'] = (ctx, before, after) =>
    countActivities(ctx, { activity, resources }, before, after)

  const routes: readonly Route[] = [
    ...serviceEndpoints({
      ready: database.ready,
      greeting: () => greeting(urls.public),
      manual: () => manual(resources, urls.public),
    }),
    ...accountEndpoints({ signIn, planOf, counted: [contact, company, deal] }),
    ...endpointsOf(contact, resources, rules),
    ...endpointsOf(company, resources, rules),
    ...endpointsOf(deal, resources, { ...rules, settle: closing }),
    ...endpointsOf(activity, resources, { ...rules, changed: counting }),
    ...nestedEndpointsOf(activity, resources, { ...rules, changed: counting }),
    ...questionEndpoints(resources),
  ]

  /** The path of a request, from the door to the answer. */
  const handle = async (knock: Knock): Promise<Outcome> => {
    if (config.localMode && isForeign(knock.headers)) throw fail.localOnly()
    const segments = joinHandles(knock.target.segments, resources)
    const { route, params } = findRoute(routes, knock.method, segments)
    const name = `${route.method} ${route.path}`
    const caller =
      route.who === 'member' ? await authenticate(database, life, knock.headers.authorization, now()) : undefined
    const zone = caller?.zone ?? 'UTC'
    const open = { now: now(), random: randomBytes, secret, orderedId: (prefix: string) => orderedId(prefix, now()) }
    try {
      if (route.parameters) refuseUnknownParameters(knock.target.query, route.parameters)
      const asked: Asked = { params, query: knock.target.query, body: knock.body(), ifMatch: knock.headers['if-match'] }
      if (route.who === 'nobody') return { answer: await route.run(asked), zone, route: name }
      const run = (db: OpenContext['db']) =>
        route.who === 'member'
          ? route.run({ ...open, db, caller: caller! } satisfies Context, asked)
          : route.run({ ...open, db }, asked)
      const answer = WRITES.includes(route.method) ? await database.write(run) : await run(database.read)
      return { answer, zone, route: name }
    } catch (error) {
      if (isApiError(error)) return { answer: error, zone, route: name }
      throw error
    }
  }

  const server = openDoor(handle, log)
  return {
    routes,
    listen: async () => {
      const address = await server.listen({ host: config.host, port: config.port })
      const { port } = new URL(address)
      if (!config.publicUrl) urls.public = `http://localhost:${port}`
      return { url: address }
    },
    close: () => server.close(),
  }
}

function isApiError(error: unknown): error is ApiError {
  return error instanceof Error && 'hint' in error && !error.cause
}
