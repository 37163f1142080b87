// How the server is put together: what each request passes, in order, and the whole list of routes.

import { randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import { loopbackBase } from './access/local-mode.ts'
import { type Limit, rateLimiter } from './access/rate-limit.ts'
import { countNetwork, requestRates } from './access/rates.ts'
import { peopleHandles, peopleKinds } from './accounts/handles.ts'
import { startHousekeeping } from './accounts/housekeeping.ts'
import type { CodeRules } from './accounts/sign-in-codes.ts'
import { planNameOf } from './accounts/users.ts'
import { type Config, tokenMaxSeconds, VERSION } from './config.ts'
import { closedAt } from './crm/deal-closing.ts'
import { activity, company, contact, deal, resources } from './crm/index.ts'
import { accountEndpoints } from './endpoints/accounts.ts'
import { oauthEndpoints } from './endpoints/oauth.ts'
import { questionEndpoints } from './endpoints/questions.ts'
import { endpointsOf, nestedEndpointsOf } from './endpoints/records.ts'
import { serviceEndpoints } from './endpoints/service.ts'
import { signInPageEndpoints } from './endpoints/sign-in-page.ts'
import { transferEndpoints } from './endpoints/transfer.ts'
import { workspaceEndpoints } from './endpoints/workspaces.ts'
import { openDoor } from './http/door.ts'
import { mailTrouble } from './mail/outbox.ts'
import { type Sending, startSending } from './mail/sending.ts'
import { type Mailer, smtpMailer } from './mail/smtp.ts'
import { brief } from './manual/brief.ts'
import { greeting } from './manual/greeting.ts'
import { manual } from './manual/help.ts'
import { openApiJson } from './manual/openapi.ts'
import { topic, topicNames } from './manual/topics.ts'
import { callTool } from './mcp/call.ts'
import { mcpEndpoints } from './mcp/endpoint.ts'
import { documentFetcher, type FetchDocument } from './oauth/documents.ts'
import { removeExpiredSignIns } from './oauth/housekeeping.ts'
import { countActivities } from './records/activity-counts.ts'
import { EVENT } from './records/audit-list.ts'
import { idsAt } from './records/record-ids.ts'
import type { Saving, SavingOf } from './records/save.ts'
import { requestHandler } from './request.ts'
import type { Answered, Knock, Route } from './route.ts'
import { asBase } from './settings/server-url.ts'
import type { Database } from './store/dialect.ts'
import { secretOf } from './store/secret.ts'
import { DAY_SECONDS, secondsOf } from './text/times.ts'

/** New apps, and documents fetched for them, in an hour from one address. */
const REGISTRATIONS: Limit = { name: 'registration', max: 60, seconds: 3600 }
const DOCUMENTS: Limit = { name: 'document', max: 60, seconds: 3600 }

export interface AppDependencies {
  readonly config: Config
  readonly database: Database
  /** The clock: milliseconds since 1970. */
  readonly now: () => number
  readonly log: Logger
  /** Shows a line to the person at the terminal. */
  readonly print: (line: string) => void
  /** Fetches the documents that apps are named by. */
  readonly documents?: FetchDocument
  /** Is told of each answer, for the metrics. */
  readonly answered?: (answered: Answered) => void
}

export interface App {
  readonly routes: readonly Route[]
  /** Starts to serve; gives the address. */
  readonly listen: () => Promise<{ url: string }>
  /** Stops accepting, and resolves when what runs has finished, mails that are being sent too. */
  readonly close: () => Promise<void>
}

/** Puts the server together over a database that is open and migrated. */
export function createApp(dependencies: AppDependencies): App {
  const { config, database, now, log, print, answered, documents = documentFetcher() } = dependencies
  const secret = secretOf(config)
  const idleSeconds = config.tokenIdleDays * DAY_SECONDS
  const life = { idleSeconds, maxSeconds: tokenMaxSeconds(config) }
  const planOf = (name: string) => config.plans[name] ?? config.plans[config.defaultPlan]!
  const urls = { public: config.publicUrl ?? `http://localhost:${config.port}` }
  /** Without a public URL a client on this machine may call by any loopback name, and must find itself in the metadata. */
  const baseOf = ({ headers }: Knock) => config.publicUrl ?? loopbackBase(headers) ?? urls.public
  const mailer: Mailer | undefined = config.mail && smtpMailer(config.mail)

  const limiter = rateLimiter(database)
  const rates = requestRates(limiter, config.rateLimit)
  const counted = (limit: Limit, client: string) =>
    config.rateLimit === 0 ? Promise.resolve() : countNetwork(limiter, limit, client, secondsOf(now()))

  const ids = idsAt(randomBytes, now)
  const thisMoment = () => {
    const at = now()
    return { now: at, ...ids(at) }
  }
  const codes: CodeRules = {
    signUp: config.signUp,
    showCode: mailer ? undefined : (about, email, code) => print(`${about} for ${email}: ${code}`),
  }
  /** What one noun does beyond what all do, whichever way its records are saved. */
  const own = new Map<string, Pick<Saving, 'settle' | 'changed'>>([
    [deal.name, { settle: (before, after, at) => ({ closed_at: closedAt(before, after, at) }) }],
    [activity.name, { changed: (ctx, before, after) => countActivities(ctx, { activity, resources }, before, after) }],
  ])
  const savingOf: SavingOf = (ctx, resource) => ({
    ...{ resource, resources, cap: planOf(ctx.caller.plan).caps[resource.plural] },
    ...own.get(resource.name),
  })

  const routes: readonly Route[] = [
    ...serviceEndpoints({
      ready: database.ready,
      mailTrouble: async () => (mailer ? mailTrouble(database.read) : undefined),
      greeting: () => greeting(urls.public),
      manual: () => manual(resources, urls.public),
      topic: (name) => topic(name, { resources, routes, url: urls.public }),
      topicNames,
      openApi: () => document(urls.public),
    }),
    ...accountEndpoints({
      ...{ signIn: { ...codes, idleSeconds }, tokenMaxSeconds: life.maxSeconds, planOf },
      counted: [contact, company, deal],
    }),
    ...workspaceEndpoints({ codes, idleSeconds, planOf }),
    ...endpointsOf(contact, resources, savingOf),
    ...endpointsOf(company, resources, savingOf),
    ...endpointsOf(deal, resources, savingOf),
    ...endpointsOf(activity, resources, savingOf),
    ...nestedEndpointsOf(activity, resources, savingOf),
    ...questionEndpoints(resources, peopleKinds),
    ...transferEndpoints({ database, resources, savingOf, thisMoment }),
    ...oauthEndpoints({
      ...{ baseOf, idleSeconds, countRegistration: (client) => counted(REGISTRATIONS, client) },
      publicPath: config.publicUrl === undefined ? '' : asBase(new URL(config.publicUrl).pathname),
    }),
    ...signInPageEndpoints({
      ...{ baseOf, codes, fetchDocument: documents },
      workspacesCap: async (ctx, userId) => planOf(await planNameOf(ctx, userId)).caps.workspaces,
      countDocument: (client) => counted(DOCUMENTS, client),
      refusedDocument: (reason) => log.info({ reason: reason.message }, 'client_document_refused'),
    }),
    ...mcpEndpoints({
      facts: { version: VERSION, description: brief(resources) },
      baseOf,
      callTool: (outer, args) => callTool({ handle, mannersOf, log }, outer, args),
    }),
  ]
  const document = openApiJson(routes, resources)

  const nouns = resources.map((noun) => ({ ...noun, seenAt: (id: string) => `/${noun.plural}/${id}` }))
  const places = [...nouns, ...peopleHandles, { ...EVENT, plural: 'audit', seenAt: () => '/audit' }]
  const handle = requestHandler({
    config,
    database,
    thisMoment,
    secret,
    life,
    rates,
    places,
    routes,
    wakeMail: () => sending?.poke(),
  })
  const manners = new Map(routes.map((route) => [`${route.method} ${route.path}`, route]))
  const ofPaths = new Map(
    routes.flatMap(({ path, onlyJson, headers }) => (onlyJson || headers ? [[path, { onlyJson, headers }]] : [])),
  )
  const mannersOf = (method: string, path: string) => manners.get(`${method} ${path}`) ?? ofPaths.get(path) ?? {}
  const server = openDoor(handle, log, mannersOf, answered)
  const housekeeping = startHousekeeping({ database, now, log, removesToo: removeExpiredSignIns })
  let sending: Sending | undefined
  return {
    routes,
    listen: async () => {
      const address = await server.listen({ host: config.host, port: config.port })
      const { port } = new URL(address)
      if (!config.publicUrl) urls.public = `http://localhost:${port}`
      if (mailer) sending = startSending({ database, mailer, secret, now, log, publicUrl: () => urls.public })
      return { url: address }
    },
    close: async () => {
      housekeeping.stop()
      await server.close()
      await sending?.stop()
    },
  }
}
