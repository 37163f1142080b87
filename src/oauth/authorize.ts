// The authorization request (OAuth 2.1 §4.1.1, RFC 7636, RFC 8707, RFC 9207): what a browser brings from an app, as
// data, or who is told what is wrong with it. As long as the redirect address is not known to be the client's, that is
// the person alone.

import type { Client } from './clients.ts'
import { type Fault, fault } from './fault.ts'
import type { ReadParameters } from './parameters.ts'
import { isChallenge } from './pkce.ts'
import { redirectAllowed, withParameters } from './redirects.ts'
import { type Access, accessAsked, isOurResource } from './resource.ts'

const STATE_LENGTH_MAX = 4_000

export interface Authorization {
  readonly clientId: string
  readonly clientName: string
  readonly redirectUri: string
  readonly state: string | undefined
  readonly challenge: string
  /** The most that the app asks for. */
  readonly access: Access
}

export type AuthorizationReading =
  | { readonly authorization: Authorization }
  /** Goes back to the app, as the address is one of its own. */
  | { readonly redirect: string }
  /** For the person: sending a browser there could serve a thief. */
  | { readonly refusal: 'client' | 'redirect' }

/** Reads the parameters; `issuer` is the base URL under which the client knows this server. */
export function readAuthorization(
  { sent, repeated }: ReadParameters,
  client: Client | undefined,
  issuer: string,
): AuthorizationReading {
  if (!client || repeated.includes('client_id')) return { refusal: 'client' }
  const [only, ...more] = client.redirectUris
  const redirectUri = sent.redirect_uri ?? (more.length === 0 ? only! : '')
  if (repeated.includes('redirect_uri') || !redirectAllowed(client.redirectUris, redirectUri))
    return { refusal: 'redirect' }
  const state = repeated.includes('state') ? undefined : sent.state
  const wrong = authorizationFault({ sent, repeated }, issuer)
  if (wrong) return { redirect: backTo({ redirectUri, state }, issuer, { ...wrong }) }
  return {
    authorization: {
      ...{ clientId: client.id, clientName: client.name, redirectUri, state },
      ...{ challenge: sent.code_challenge!, access: accessAsked(sent.scope) },
    },
  }
}

/** An answer to the app: its address with `state`, and with `iss`, so that it can tell servers apart (RFC 9207). */
export function backTo(
  { redirectUri, state }: Pick<Authorization, 'redirectUri' | 'state'>,
  issuer: string,
  answer: Readonly<Record<string, string>>,
): string {
  return withParameters(redirectUri, { ...answer, state, iss: issuer })
}

function authorizationFault({ sent, repeated }: ReadParameters, issuer: string): Fault | undefined {
  // Several resources may be named (RFC 8707 §2), but there is one here.
  const twice = repeated.find((name) => name !== 'resource')
  if (twice) return fault('invalid_request', 'A parameter was sent more than once.')
  if (sent.request !== undefined || sent.request_uri !== undefined)
    return fault('invalid_request', 'Request objects are not taken.')
  if (sent.response_type === undefined) return fault('invalid_request', 'response_type is missing; send code.')
  if (sent.response_type !== 'code') return fault('unsupported_response_type', 'response_type must be code.')
  if (sent.response_mode !== undefined && sent.response_mode !== 'query')
    return fault('invalid_request', 'response_mode must be query.')
  if ((sent.state?.length ?? 0) > STATE_LENGTH_MAX)
    return fault('invalid_request', `state may have at most ${STATE_LENGTH_MAX} characters.`)
  if (sent.code_challenge === undefined) return fault('invalid_request', 'code_challenge is missing; PKCE is required.')
  if (sent.code_challenge_method !== 'S256') return fault('invalid_request', 'code_challenge_method must be S256.')
  if (!isChallenge(sent.code_challenge))
    return fault('invalid_request', 'code_challenge must be a SHA-256 in base64url, 43 characters.')
  if (repeated.includes('resource') || (sent.resource !== undefined && !isOurResource(sent.resource, issuer)))
    return fault('invalid_target', 'resource must be the address of this MCP server.')
  return undefined
}
