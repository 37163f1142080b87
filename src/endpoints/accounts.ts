// Sign-in, tokens and whoami.

import { TOKEN, USER, WORKSPACE } from '../accounts/handles.ts'
import { countMembers } from '../accounts/members.ts'
import { requestCode, type SignInRules, verifyCode } from '../accounts/sign-in.ts'
import { revokeToken } from '../accounts/token-ending.ts'
import { listTokens } from '../accounts/token-list.ts'
import { countOwnWorkspaces } from '../accounts/workspaces.ts'
import { handleOf, idOf } from '../declare/handles.ts'
import type { Resource } from '../declare/resources.ts'
import { readLimit } from '../query/grammar.ts'
import type { Line } from '../render/answer.ts'
import { forAnyone, forMembers, type Route } from '../route.ts'
import type { Plan } from '../settings/plans.ts'
import { usageOf } from '../store/write.ts'
import { isMailbox } from '../text/addresses.ts'
import { secondsOf } from '../text/times.ts'
import { type Check, readParameters, readTexts } from './parameters.ts'

/** Few have more, and all of them fit on one page then. */
const TOKENS_PAGE = { default: 200, max: 200 } as const

export interface AccountRules {
  readonly signIn: SignInRules
  /** How old a token gets; for ever where it is undefined. */
  readonly tokenMaxSeconds: number | undefined
  readonly planOf: (name: string) => Plan
  /** The nouns that plans count. */
  readonly counted: readonly Resource[]
}

export function accountEndpoints({ signIn, tokenMaxSeconds, planOf, counted }: AccountRules): Route[] {
  return [
    forAnyone('POST', '/auth/request', [], async (ctx, { body }) =>
      requestCode(ctx, signIn, readTexts(body, ['email'], [], { email: isNoMailbox }).email),
    ),
    forAnyone('POST', '/auth/verify', [], async (ctx, { body }) => {
      const { email, code, token_name, workspace_id } = readTexts(
        body,
        ['email', 'code'],
        ['token_name', 'workspace_id'],
        { email: isNoMailbox },
      )
      const workspaceId = workspace_id === undefined ? undefined : (idOf(WORKSPACE, workspace_id) ?? workspace_id)
      return verifyCode(ctx, signIn, { email, code, tokenName: token_name, workspaceId })
    }),
    {
      ...forMembers(
        'GET',
        '/tokens',
        ['limit', 'cursor'],
        async (ctx, { query }) => {
          const { limit, cursor } = readParameters(query)
          return {
            form: 'list',
            list: await listTokens(ctx, tokenMaxSeconds, { limit: readLimit(limit, TOKENS_PAGE), cursor }),
          }
        },
        'list tokens',
      ),
      instead: { POST: 'To mint one: POST /workspaces/{id}/tokens {"token_name"}' },
    },
    {
      ...forMembers(
        'DELETE',
        '/tokens/:id',
        [],
        async (ctx, { params }) => ({
          ...{ form: 'record', verdict: 'deleted', record: await revokeToken(ctx, idOf(TOKEN, params.id!)) },
        }),
        'revoke tokens',
      ),
      instead: { GET: 'To see yours: GET /tokens' },
    },
    forMembers('GET', '/whoami', [], async (ctx) => {
      const { caller } = ctx
      const { caps } = planOf(caller.plan)
      const used = await usageOf(ctx.db, caller.workspaceId)
      const usage = (label: string, count: number, cap: number | undefined): Line => [
        label,
        { words: `${count} / ${cap ?? 'unlimited'}` },
      ]
      const lines: Line[] = [
        ['user', { value: caller.email }],
        ['user_id', { words: handleOf(USER, caller.userId) }],
        ['workspace', { value: caller.workspaceName }],
        ['workspace_id', { words: handleOf(WORKSPACE, caller.workspaceId) }],
        ['timezone', { words: caller.zone }],
        ['now', { time: secondsOf(ctx.now) }],
        ['role', { words: caller.role }],
        ['token', { value: caller.tokenName }],
        ['token_id', { words: handleOf(TOKEN, caller.tokenId) }],
        ...(caller.connector ? [['access', { words: caller.connector.access }] as const] : []),
        ['plan', { words: planOf(caller.plan).name }],
        usage('workspaces', await countOwnWorkspaces(ctx, caller.userId), planOf(caller.userPlan).caps.workspaces),
        usage('members', await countMembers(ctx, caller.workspaceId), caps.members),
        ...counted.map(({ plural }) => usage(plural, used.get(plural) ?? 0, caps[plural])),
      ]
      return { form: 'lines', lines }
    }),
  ]
}

export const isNoMailbox: Check = (email) =>
  isMailbox(email) ? undefined : 'must be one plain e-mail address, such as ada@acme.com'
