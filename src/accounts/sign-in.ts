// Signing in: ask for a code, then trade it for a token.

import type { OpenContext } from '../context.ts'
import { handleOf } from '../declare/handles.ts'
import { type ApiError, fail } from '../errors.ts'
import type { Answer, Line } from '../render/answer.ts'
import { printValue } from '../render/logfmt.ts'
import { addressKey } from '../text/addresses.ts'
import { LIVE_CODES_MAX } from './codes.ts'
import { WORKSPACE } from './handles.ts'
import { acceptInvites } from './invites.ts'
import { type CodeRules, issueSignInCode, useSignInCode } from './sign-in-codes.ts'
import { maySignIn } from './sign-up.ts'
import { mintedLines, mintToken } from './tokens.ts'
import { findUser, makeUser } from './users.ts'
import { chooseWorkspace, makeOwnWorkspace, type WorkspaceRow } from './workspaces.ts'

/** How the server is set up, as far as sign-in cares. */
export interface SignInRules extends CodeRules {
  readonly idleSeconds: number
}

/** POST /auth/request: the same answer, after the same work, for every address; in local mode it holds the code. */
export async function requestCode(ctx: OpenContext, rules: SignInRules, address: string): Promise<Answer> {
  const email = addressKey(address)
  const code = await issueSignInCode(ctx, rules, email)
  const verify = 'POST /auth/verify {"email","code"} with the code, within 10 minutes.'
  const lines: Line[] = [['email', { value: email }]]
  if (!rules.showCode)
    lines.push([
      'note',
      {
        words: `If this address may sign in, a code is on its way to it; ask its owner. At most ${LIVE_CODES_MAX} unused codes live at once: an earlier mail may hold the one to use.`,
      },
    ])
  else if (code) lines.push(['local_code', { words: code }])
  else
    lines.push([
      'note',
      {
        words: `No new code: ${LIVE_CODES_MAX} for this address still live, or this server does not admit it. Use one of them, or wait.`,
      },
    ])
  return { form: 'lines', lines: [...lines, ['next', { words: verify }]] }
}

/** Who signed in, and the workspaces that pending invites brought. */
export interface Entered {
  readonly userId: string
  readonly joined: readonly WorkspaceRow[]
}

/**
 * A right code makes the address its user, who is made at the first sign-in with a workspace of their own, and turns
 * pending invites into memberships. Undefined where the code is wrong; the guess is counted, so the transaction is kept.
 */
export async function enterByCode(
  ctx: OpenContext,
  rules: CodeRules,
  email: string,
  code: string,
): Promise<Entered | undefined> {
  if (!(await useSignInCode(ctx, email, code))) return undefined
  if (!(await maySignIn(ctx, rules.signUp, email))) return undefined
  const userId = (await findUser(ctx, email)) ?? (await signUp(ctx, email))
  return { userId, joined: await acceptInvites(ctx, userId, email) }
}

async function signUp(ctx: OpenContext, email: string): Promise<string> {
  const userId = await makeUser(ctx, email)
  await makeOwnWorkspace(ctx, userId, email)
  return userId
}

/** POST /auth/verify: a right code becomes a token. A wrong one is answered rather than thrown, so that the count is kept. */
export async function verifyCode(
  ctx: OpenContext,
  rules: SignInRules,
  sent: { email: string; code: string; tokenName?: string; workspaceId?: string },
): Promise<Answer | ApiError> {
  const email = addressKey(sent.email)
  const entered = await enterByCode(ctx, rules, email, sent.code)
  if (!entered) return fail.invalidCode()
  const workspace = await chooseWorkspace(ctx, entered.userId, email, sent.workspaceId)
  const name = sent.tokenName ?? 'default'
  const token = await mintToken(ctx, {
    ...{ userId: entered.userId, workspaceId: workspace.id, name, idleSeconds: rules.idleSeconds },
  })
  const lines: Line[] = [
    ...mintedLines(token, workspace),
    ['user', { value: email }],
    [
      'joined',
      {
        each: entered.joined.map(
          ({ id, name }) =>
            `${handleOf(WORKSPACE, id)} name=${printValue(name)} - for a token there: POST /workspaces/${id}/tokens`,
        ),
      },
    ],
    [
      'next',
      {
        words:
          'Keep the token; it is shown once. Send it with every call as "Authorization: Bearer ck_…". Then: GET /help',
      },
    ],
  ]
  return { form: 'lines', lines, verdict: 'created' }
}
