// What a client says of itself (RFC 7591 §2), and what of it we keep: a name and where it may be sent back to. All
// clients are public ones, so there is nothing else to agree on.

import type { Body } from '../records/change.ts'
import { type Fault, fault } from './fault.ts'
import { redirectFault } from './redirects.ts'

const REDIRECTS_MAX = 20
const NAME_LENGTH_MAX = 60
export const NAMELESS = 'An unnamed app'

export interface ClientMetadata {
  readonly name: string
  /** In the order of the registration. */
  readonly redirectUris: readonly string[]
}

/** Reads what we keep; members that we do not know are ignored, and null is as good as absent. */
export function readClientMetadata(body: Body): ClientMetadata | Fault {
  const uris = body.redirect_uris
  if (!Array.isArray(uris) || uris.length === 0 || !uris.every((uri) => typeof uri === 'string'))
    return fault('invalid_redirect_uri', 'redirect_uris must be a list of at least one address.')
  if (uris.length > REDIRECTS_MAX)
    return fault('invalid_redirect_uri', `redirect_uris may hold at most ${REDIRECTS_MAX} addresses.`)
  for (const uri of uris as string[]) {
    const wrong = redirectFault(uri)
    if (wrong !== undefined) return fault('invalid_redirect_uri', `A redirect address ${ascii(wrong)}.`)
  }
  if (!offers(body.grant_types, 'authorization_code'))
    return fault('invalid_client_metadata', 'grant_types must hold authorization_code.')
  if (!offers(body.response_types, 'code')) return fault('invalid_client_metadata', 'response_types must hold code.')
  if (!isAbsent(body.client_name) && typeof body.client_name !== 'string')
    return fault('invalid_client_metadata', 'client_name must be text.')
  return { name: plainName(body.client_name), redirectUris: [...new Set(uris as string[])] }
}

/** A name as it may stand on a page and in a list: one line of visible characters, not too long. */
export function plainName(name: unknown): string {
  if (typeof name !== 'string') return NAMELESS
  const visible = name.normalize('NFC').replace(/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu, '')
  const line = visible.replace(/\p{White_Space}+/gu, ' ').trim()
  const characters = [...line]
  if (characters.length === 0) return NAMELESS
  return characters.length > NAME_LENGTH_MAX ? `${characters.slice(0, NAME_LENGTH_MAX - 1).join('')}…` : line
}

function offers(list: unknown, needed: string): boolean {
  return isAbsent(list) || (Array.isArray(list) && list.includes(needed))
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null
}

/** Descriptions of errors hold printable ASCII without quotes and backslashes (OAuth 2.1 §3.2.4). */
function ascii(text: string): string {
  return text.replace(/[^\x20-\x7e]|["\\]/g, '')
}
