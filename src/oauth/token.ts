// The token endpoint (OAuth 2.1 §3.2 and §4.1.3): a code becomes an ordinary token of its user, named after the app.

import { recordTeamEventBy } from '../accounts/audit.ts'
import { TOKEN } from '../accounts/handles.ts'
import { type Minted, mintToken } from '../accounts/tokens.ts'
import { addressOf } from '../accounts/users.ts'
import type { OpenContext } from '../context.ts'
import { ApiError } from '../errors.ts'
import { DAY_SECONDS } from '../text/times.ts'
import { noteUse } from './clients.ts'
import { lockCode, type StoredCode, useCode } from './codes.ts'
import { type Fault, fault, isFault } from './fault.ts'
import type { ReadParameters } from './parameters.ts'
import { isOurResource, scopeOf } from './resource.ts'

/** Clients that are not told a life ask the person to sign in again within the hour; each use renews the token. */
const EXPIRES_IN_SECONDS = 365 * DAY_SECONDS

/** OAuth 2.1 §3.2.3; there is no refresh token. */
export interface TokenAnswer {
  readonly access_token: string
  readonly token_type: 'Bearer'
  readonly expires_in: number
  readonly scope: string
}

/** Trades a code. Refusals are answered rather than thrown, as a stolen code takes its token with it. */
export async function giveToken(
  ctx: OpenContext,
  request: ReadParameters,
  rules: { readonly issuer: string; readonly idleSeconds: number },
): Promise<TokenAnswer | Fault> {
  const wrong = tokenRequestFault(request, rules.issuer)
  if (wrong) return wrong
  const { sent } = request
  const code = await lockCode(ctx, {
    code: sent.code!,
    clientId: sent.client_id!,
    redirectUri: sent.redirect_uri,
    verifier: sent.code_verifier!,
  })
  if (isFault(code)) return code
  const token = await mintFor(ctx, code, rules.idleSeconds)
  if (isFault(token)) return token
  await useCode(ctx, sent.code!, token.id)
  await recordGift(ctx, code, token)
  await noteUse(ctx, code.client_id)
  const scope = scopeOf(code.access)
  return { access_token: token.token, token_type: 'Bearer', expires_in: EXPIRES_IN_SECONDS, scope }
}

/** Notes in the log that an app got a token, in the name of whoever let it in. */
async function recordGift(
  ctx: OpenContext,
  { workspace_id, user_id }: StoredCode,
  { id, name }: Minted,
): Promise<void> {
  const event = { action: 'create', of: TOKEN, id, changes: { name: [null, name] } } as const
  await recordTeamEventBy(ctx, workspace_id, event, { address: await addressOf(ctx, user_id), tokenName: name })
}

/** Whoever left the workspace, or lost it, since the code was given gets no token. */
async function mintFor(ctx: OpenContext, code: StoredCode, idleSeconds: number): Promise<Minted | Fault> {
  const connector = { clientId: code.client_id, access: code.access, maySwitch: code.may_switch === 1 }
  const { user_id: userId, workspace_id: workspaceId, client_name: name } = code
  try {
    return await mintToken(ctx, { userId, workspaceId, name, idleSeconds, connector })
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error
    return fault('invalid_grant', 'The workspace of this code is gone, or its user is no member any more.')
  }
}

/** What is wrong with a request before its code is looked at. */
export function tokenRequestFault({ sent, repeated }: ReadParameters, issuer: string): Fault | undefined {
  if (repeated.length > 0) return fault('invalid_request', 'A parameter was sent more than once.')
  if (sent.grant_type === undefined) return fault('invalid_request', 'grant_type is missing.')
  if (sent.grant_type !== 'authorization_code')
    return fault('unsupported_grant_type', 'grant_type must be authorization_code.')
  if (sent.client_id === undefined)
    return fault(
      'invalid_client',
      'client_id is missing. Send it as a parameter: apps here have no secret, and no Basic header.',
    )
  if (sent.code === undefined) return fault('invalid_request', 'code is missing.')
  if (sent.code_verifier === undefined) return fault('invalid_request', 'code_verifier is missing.')
  if (sent.resource !== undefined && !isOurResource(sent.resource, issuer))
    return fault('invalid_target', 'resource must be the address of this MCP server.')
  return undefined
}
