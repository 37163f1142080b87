// Revocation (RFC 7009): an app gives back its token. The answer is the same whether there was one to give back.

import { endAppToken, holdToken } from '../accounts/token-ending.ts'
import { isToken } from '../accounts/token-format.ts'
import type { OpenContext } from '../context.ts'
import { sha256 } from '../text/digests.ts'
import { type Fault, fault } from './fault.ts'
import type { ReadParameters } from './parameters.ts'

/** Ends a token that was given to an app, and to this one where the request names itself. */
export async function giveBackToken(ctx: OpenContext, { sent, repeated }: ReadParameters): Promise<Fault | undefined> {
  if (repeated.length > 0) return fault('invalid_request', 'A parameter was sent more than once.')
  if (sent.token === undefined) return fault('invalid_request', 'token is missing.')
  if (!isToken(sent.token)) return undefined
  const held = await holdToken(ctx, 'hash', sha256(sent.token))
  if (held && mayGiveBack(held.clientId, sent.client_id)) await endAppToken(ctx, held)
  return undefined
}

/** Whoever holds a token may end it, but a client that says who it is only one of its own (RFC 7009 §2.1). */
export function mayGiveBack(givenTo: string | null, client: string | undefined): boolean {
  return givenTo !== null && (client === undefined || client === givenTo)
}
