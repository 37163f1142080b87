// Sign-in, tokens and whoami.

import { TOKEN, WORKSPACE } from '../accounts/handles.ts'
import { requestCode, type SignInRules, verifyCode } from '../accounts/sign-in.ts'
import { listTokens, revokeToken } from '../accounts/tokens.ts'
import type { Plan } from '../config.ts'
import { handleOf, idOf } from '../declare/handles.ts'
import type { Resource } from '../declare/resources.ts'
import { fail } from '../errors.ts'
import type { Line } from '../render/answer.ts'
import { forAnyone, forMembers, type Route } from '../route.ts'
import { usageOf } from '../store/write.ts'
import { isMailbox } from '../text/addresses.ts'
import { readTexts } from './parameters.ts'

export interface AccountRules {
  readonly signIn: SignInRules
  readonly planOf: (name: string) => Plan
  /** The nouns that plans count. */
  readonly counted: readonly Resource[]
}

export function accountEndpoints({ signIn, planOf, counted }: AccountRules): Route[] {
  return [
    forAnyone('POST', '/auth/request', [], async (ctx, { body }) =>
      requestCode(ctx, signIn, readMailbox(readTexts(body, ['email'], []).email)),
    ),
    forAnyone('POST', '/auth/verify', [], async (ctx, { body }) => {
      const { email, code, token_name, workspace_id } = readTexts(
        body,
        ['email', 'code'],
        ['token_name', 'workspace_id'],
      )
      const workspaceId = workspace_id === undefined ? undefined : (idOf(WORKSPACE, workspace_id) ?? workspace_id)
      return verifyCode(ctx, signIn, { email: readMailbox(email), code, tokenName: token_name, workspaceId })
    }),
    forMembers('GET', '/tokens', [], async (ctx) => ({ form: 'list', list: await listTokens(ctx) })),
    forMembers('DELETE', '/tokens/:id', [], async (ctx, { params }) => ({
      form: 'record',
      verdict: 'deleted',
      record: await revokeToken(ctx, idOf(TOKEN, params.id!)),
    })),
    forMembers('GET', '/whoami', [], async (ctx) => {
      const { caller } = ctx
      const used = await usageOf(ctx.db, caller.workspaceId)
      const { caps } = planOf(caller.plan)
      const usage = counted.map(
        ({ plural }): Line => [plural, { words: `${used.get(plural) ?? 0} / ${caps[plural] ?? 'unlimited'}` }],
      )
      const lines: Line[] = [
        ['user', { value: caller.email }],
        ['user_id', { words: `user/${caller.userId}` }],
        ['workspace', { value: caller.workspaceName }],
        ['workspace_id', { words: handleOf(WORKSPACE, caller.workspaceId) }],
        ['timezone', { words: caller.zone }],
        ['role', { words: caller.role }],
        ['token', { value: caller.tokenName }],
        ['token_id', { words: handleOf(TOKEN, caller.tokenId) }],
        ['plan', { words: caller.plan }],
        ...usage,
      ]
      return { form: 'lines', lines }
    }),
  ]
}

function readMailbox(email: string): string {
  if (isMailbox(email)) return email
  throw fail.invalidBody([
    { code: 'invalid_value', field: 'email', problem: 'must be one plain e-mail address, such as ada@acme.com' },
  ])
}
