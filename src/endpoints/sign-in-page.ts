// The sign-in page over HTTP: an app sends a browser here, forms go back and forth, and the browser leaves with a code.

import type { OpenContext } from '../context.ts'
import { readAuthorization } from '../oauth/authorize.ts'
import { cookieName, isFromOurPage, pageHeaders, readCookie, setCookie } from '../oauth/browser.ts'
import { findClient } from '../oauth/clients.ts'
import type { FetchDocument } from '../oauth/documents.ts'
import { codePage, consentPage, emailPage, messagePage, type PageFacts } from '../oauth/pages.ts'
import { readPairs, readSent, type Sent } from '../oauth/parameters.ts'
import { destinationOf } from '../oauth/redirects.ts'
import { type AuthorizationRequest, findRequest, formKey, isFormKey, openRequest, stageOf } from '../oauth/requests.ts'
import { choicesOf, type StepRules, takeStep } from '../oauth/steps.ts'
import { style } from '../oauth/style.ts'
import type { Answer } from '../render/answer.ts'
import { forItself, type Itself, type Knock, type Route } from '../route.ts'

export interface SignInPageRules extends StepRules {
  /** The base URL under which the browser knows this server. */
  readonly baseOf: (knock: Knock) => string
  readonly fetchDocument: FetchDocument
  /** Counts the fetching of a document for an address. Throws rate_limited. */
  readonly countDocument: (client: string) => Promise<void>
  /** Hears why a client's document was refused. */
  readonly refusedDocument: (reason: Error) => void
}

export function signInPageEndpoints(rules: SignInPageRules): Route[] {
  return [
    forItself('GET', '/oauth/authorize', (knock, itself) => begin(rules, knock, itself)),
    forItself('GET', '/oauth/sign-in', (knock, itself) => show(rules, knock, itself)),
    forItself('POST', '/oauth/sign-in', (knock, itself) => take(rules, knock, itself)),
  ]
}

/** An app sends somebody: the first page, or straight back with what is wrong. */
async function begin(rules: SignInPageRules, knock: Knock, itself: Itself): Promise<Answer> {
  const base = rules.baseOf(knock)
  const parameters = readPairs(knock.target.query)
  const fetchDocument: FetchDocument = async (url) => {
    await rules.countDocument(itself.client)
    return rules.fetchDocument(url)
  }
  const client = await findClient(itself, fetchDocument, parameters.sent.client_id ?? '', rules.refusedDocument)
  const reading = readAuthorization(parameters, client, base)
  if ('refusal' in reading) return page(400, refusalPage(reading.refusal, parameters.sent.client_id))
  if ('redirect' in reading) return leave(reading.redirect)
  const { authorization } = reading
  return itself.write(async (ctx) => {
    const { id, browserSecret } = await openRequest(ctx, authorization, base)
    const facts = factsOf(ctx, { ...authorization, id }, browserSecret)
    return page(200, emailPage(facts), { 'set-cookie': setCookie(base, id, browserSecret) })
  })
}

/** The page of the stage that a request is at. */
async function show(rules: SignInPageRules, knock: Knock, { write }: Itself): Promise<Answer> {
  const { sent } = readPairs(knock.target.query)
  return write(async (ctx) => {
    const found = await findOwn(ctx, rules, knock, sent.request)
    return found ? pageOf(ctx, rules, found, sent) : page(400, endedPage())
  })
}

/** A form comes back. */
async function take(rules: SignInPageRules, knock: Knock, { write }: Itself): Promise<Answer> {
  const base = rules.baseOf(knock)
  const query = readPairs(knock.target.query).sent
  const { sent, repeated } = readSent(knock.bytes, knock.body)
  if (repeated.length > 0 || !isFromOurPage(knock.headers, base)) return page(403, foreignPage())
  return write(async (ctx) => {
    const found = await findOwn(ctx, rules, knock, query.request)
    if (!found) return page(400, endedPage())
    const { request, browserSecret } = found
    if (!isFormKey(sent.form_key, formKey(ctx.secret, request.id, browserSecret))) return page(403, foreignPage())
    const step = await takeStep(ctx, rules, request, browserSecret, sent)
    if (step.next === 'app') return leave(step.to)
    if (step.next === 'mend') return pageOf(ctx, rules, found, { ...query, ...sent }, step.problem)
    if (step.next === 'answered') return page(400, answeredPage(request))
    const location = `sign-in?request=${request.id}${step.sentAgain ? '&sent=again' : ''}`
    return leave(location, step.browserSecret && setCookie(base, request.id, step.browserSecret))
  })
}

interface Found {
  readonly request: AuthorizationRequest
  readonly browserSecret: string
}

/** The request of this id, if it is this browser's. */
async function findOwn(
  ctx: OpenContext,
  rules: SignInPageRules,
  knock: Knock,
  id: string | undefined,
): Promise<Found | undefined> {
  const browserSecret = id && readCookie(knock.headers, cookieName(rules.baseOf(knock), id))
  if (!browserSecret) return undefined
  const request = await findRequest(ctx, id, browserSecret)
  return request && { request, browserSecret }
}

/** `sent` is what was typed or chosen, where the page is shown again for a `problem`. */
async function pageOf(
  ctx: OpenContext,
  rules: SignInPageRules,
  { request, browserSecret }: Found,
  sent: Sent,
  problem?: string,
): Promise<Answer> {
  if (request.answered) return page(400, answeredPage(request))
  const facts = { ...factsOf(ctx, request, browserSecret), problem }
  const status = problem === undefined ? 200 : 400
  const stage = stageOf(request)
  if (stage === 'email') return page(status, emailPage(facts, sent.email))
  const email = request.email!
  if (stage === 'code') {
    const localMode = rules.codes.showCode !== undefined
    return page(
      status,
      codePage(facts, { email, localMode, letters: sent.letters === 'yes', sentAgain: sent.sent === 'again' }),
    )
  }
  const { workspaces, usual } = await choicesOf(ctx, request)
  const chosen = {
    workspace: sent.workspace ?? usual,
    workspaceName: sent.workspace_name ?? '',
    access: sent.access === 'read' ? ('read' as const) : request.access,
    maySwitch: sent.may_switch === 'yes',
  }
  return page(status, consentPage(facts, { email, asked: request.access, workspaces, chosen }))
}

function factsOf(
  ctx: OpenContext,
  request: Pick<AuthorizationRequest, 'id' | 'clientName' | 'redirectUri'>,
  browserSecret: string,
): PageFacts {
  return {
    clientName: request.clientName,
    destination: destinationOf(request.redirectUri),
    action: `sign-in?request=${request.id}`,
    formKey: formKey(ctx.secret, request.id, browserSecret),
  }
}

function page(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { form: 'raw', status, headers: { ...pageHeaders(style), ...headers }, body }
}

/** 303, so that the browser brings no form to the app (RFC 9700 §4.12). */
function leave(to: string, cookie?: string): Answer {
  const headers = { ...pageHeaders(style), location: to, ...(cookie ? { 'set-cookie': cookie } : {}) }
  return { form: 'raw', status: 303, headers, body: '' }
}

/** Why a document was refused is for the log: it would tell a stranger what this server can reach. */
function refusalPage(refusal: 'client' | 'redirect', clientId: string | undefined): string {
  if (refusal === 'client' && clientId?.startsWith('https://'))
    return messagePage('This app is not known here', [
      'It names itself by an address, and this server could not read there who it is, or does not take what it read.',
      'Try again in a few minutes. If it stays so, whoever runs this server finds the reason in its log.',
    ])
  if (refusal === 'client')
    return messagePage('This app is not known here', [
      'The app that sent you did not register with this server, or registered long ago and was never used.',
      'Remove the connection in the app and add it again.',
    ])
  return messagePage('This app may not send you here', [
    'It asks to be answered at an address that it did not register. Somebody may be trying to get at your data.',
    'Close this page. If you just set the app up yourself, remove the connection and add it again.',
  ])
}

function endedPage(): string {
  return messagePage('This sign-in has ended', [
    'It took longer than 30 minutes, was begun in another browser, or cookies are switched off.',
    'Go back to the app and connect again.',
  ])
}

function foreignPage(): string {
  return messagePage('This form did not come from here', [
    'Another page tried to act in your name, or the browser kept an old page. Nothing was done.',
    'Go back to the app and connect again.',
  ])
}

function answeredPage({ clientName }: AuthorizationRequest): string {
  return messagePage('This was answered already', [
    `Go back to ${clientName}. If it is not connected, begin there again.`,
  ])
}
