// The steps of signing in on the page: address, code, consent. Each is one form that came back, and says what follows.

import { enterByCode } from '../accounts/sign-in.ts'
import { type CodeRules, issueSignInCode } from '../accounts/sign-in-codes.ts'
import { chooseWorkspace, createNamedWorkspace, type MyWorkspace, myWorkspaces } from '../accounts/workspaces.ts'
import type { OpenContext } from '../context.ts'
import { ApiError } from '../errors.ts'
import { addressKey, isMailbox } from '../text/addresses.ts'
import { backTo } from './authorize.ts'
import { noteUse } from './clients.ts'
import { codeOf, codeWaits, type Grant, keepCode } from './codes.ts'
import { type Choice, readChoice } from './consent.ts'
import type { Sent } from './parameters.ts'
import { type AuthorizationRequest, noteAddress, noteAnswer, noteUser, reopen, stageOf } from './requests.ts'

export interface StepRules {
  readonly codes: CodeRules
  /** How many workspaces of their own a user may have. */
  readonly workspacesCap: (ctx: OpenContext, userId: string) => Promise<number | undefined>
}

export type Step =
  /** The next page, or the same one; a new secret is for the browser's cookie. */
  | { readonly next: 'page'; readonly browserSecret?: string; readonly sentAgain?: true }
  /** The same page again with a sentence that says what to do. */
  | { readonly next: 'mend'; readonly problem: string }
  /** Back to the app. */
  | { readonly next: 'app'; readonly to: string }
  | { readonly next: 'answered' }

/** What somebody signed in may choose from. */
export interface Choices {
  readonly workspaces: readonly MyWorkspace[]
  /** The workspace that is chosen unless they choose another. */
  readonly usual: string
}

/**
 * Takes a form. Runs inside a transaction that must be kept whatever comes of it, as wrong guesses are counted there.
 * A form of a stage that is over changes nothing: the page of the stage that it is leads on.
 */
export async function takeStep(
  ctx: OpenContext,
  rules: StepRules,
  request: AuthorizationRequest,
  browserSecret: string,
  sent: Sent,
): Promise<Step> {
  if (request.answered) return answeredAlready(ctx, request, browserSecret, sent)
  const stage = stageOf(request)
  if (sent.step === 'cancel' || (sent.step === 'consent' && sent.decision === 'deny')) return refuse(ctx, request)
  if (sent.step === 'email' && stage !== 'consent') return takeAddress(ctx, rules, request, sent.email ?? '')
  if (sent.step === 'resend' && stage === 'code') return sendAgain(ctx, rules, request)
  if (sent.step === 'back' && stage === 'code') {
    await noteAddress(ctx, request.id, undefined)
    return { next: 'page' }
  }
  if (sent.step === 'code' && stage === 'code') return takeCode(ctx, rules, request, sent.code ?? '')
  if (sent.step === 'consent' && stage === 'consent' && sent.decision === 'allow')
    return allow(ctx, rules, request, browserSecret, sent)
  return { next: 'page' }
}

/** The workspaces of who signed in; they have one of their own at least. */
export async function choicesOf(ctx: OpenContext, request: AuthorizationRequest): Promise<Choices> {
  const usual = await chooseWorkspace(ctx, request.userId!, request.email!, undefined)
  return { workspaces: await myWorkspaces(ctx, request.userId!), usual: usual.id }
}

async function takeAddress(
  ctx: OpenContext,
  rules: StepRules,
  { id }: AuthorizationRequest,
  typed: string,
): Promise<Step> {
  if (!isMailbox(typed)) return { next: 'mend', problem: 'Type one plain e-mail address, such as ada@acme.com.' }
  const email = addressKey(typed)
  await issueSignInCode(ctx, rules.codes, email)
  await noteAddress(ctx, id, email)
  return { next: 'page' }
}

async function sendAgain(ctx: OpenContext, rules: StepRules, { email }: AuthorizationRequest): Promise<Step> {
  await issueSignInCode(ctx, rules.codes, email!)
  return { next: 'page', sentAgain: true }
}

async function takeCode(
  ctx: OpenContext,
  rules: StepRules,
  request: AuthorizationRequest,
  typed: string,
): Promise<Step> {
  const entered = await enterByCode(ctx, rules.codes, request.email!, typed)
  if (!entered)
    return {
      next: 'mend',
      problem: 'This code is wrong, used or older than 10 minutes. Type it again, or have a new one sent.',
    }
  return { next: 'page', browserSecret: await noteUser(ctx, request.id, entered.userId, request.email!) }
}

async function allow(
  ctx: OpenContext,
  rules: StepRules,
  request: AuthorizationRequest,
  browserSecret: string,
  sent: Sent,
): Promise<Step> {
  const { workspaces } = await choicesOf(ctx, request)
  const choice = readChoice(
    sent,
    request.access,
    workspaces.map(({ id }) => id),
  )
  if ('problem' in choice) return { next: 'mend', problem: choice.problem }
  if (!(await noteAnswer(ctx, request.id))) return answeredAlready(ctx, request, browserSecret, sent)
  const workspaceId = choice.workspaceId ?? (await newWorkspace(ctx, rules, request, choice))
  if (typeof workspaceId !== 'string') {
    await reopen(ctx, request.id)
    return { next: 'mend', problem: workspaceId.problem }
  }
  const granted: Grant = { userId: request.userId!, workspaceId, access: choice.access, maySwitch: choice.maySwitch }
  const code = codeOf(ctx.secret, request.id, browserSecret)
  await keepCode(ctx, code, { ...request, ...granted })
  await noteUse(ctx, request.clientId)
  return { next: 'app', to: backTo(request, request.issuer, { code }) }
}

async function newWorkspace(
  ctx: OpenContext,
  rules: StepRules,
  { userId, email }: AuthorizationRequest,
  { workspaceName }: Choice,
): Promise<string | { problem: string }> {
  try {
    const cap = await rules.workspacesCap(ctx, userId!)
    const by = { address: email!, tokenName: '' }
    const made = await createNamedWorkspace(ctx, userId!, workspaceName, cap, by)
    return made.id
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'plan_limit_reached') throw error
    return { problem: `Your plan allows ${error.details.limit} workspaces. Choose one of those that you have.` }
  }
}

async function refuse(ctx: OpenContext, request: AuthorizationRequest): Promise<Step> {
  await noteAnswer(ctx, request.id)
  const answer = { error: 'access_denied', error_description: 'The person did not allow it.' }
  return { next: 'app', to: backTo(request, request.issuer, answer) }
}

/** A second click on "Allow" leads where the first one did, as long as the app has not come for the code. */
async function answeredAlready(
  ctx: OpenContext,
  request: AuthorizationRequest,
  browserSecret: string,
  sent: Sent,
): Promise<Step> {
  const code = codeOf(ctx.secret, request.id, browserSecret)
  if (sent.decision !== 'allow' || !(await codeWaits(ctx, code))) return { next: 'answered' }
  return { next: 'app', to: backTo(request, request.issuer, { code }) }
}
