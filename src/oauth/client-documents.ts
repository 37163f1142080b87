// Clients that are addresses of a document about themselves (draft-ietf-oauth-client-id-metadata-document): which
// addresses may be one, and what the document must say.

import { isIP } from 'node:net'
import { type ClientMetadata, readClientMetadata } from './client-metadata.ts'
import type { FetchDocument } from './documents.ts'
import { isFault } from './fault.ts'

const LENGTH_MAX = 500
/** Not of the draft, but a host in the public internet has a name with a dot that ends in letters. */
const PUBLIC_NAME = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{2,59})$/

/** The address that a client id is, or undefined where it is none that we would ask (§3 of the draft). */
export function documentUrl(clientId: string): URL | undefined {
  if (clientId.length > LENGTH_MAX || !clientId.startsWith('https://') || !/^[\x21-\x7e]+$/.test(clientId))
    return undefined
  const url = URL.canParse(clientId) ? new URL(clientId) : undefined
  // Written otherwise than the parser writes it: ports, dot segments, odd hosts and users would hide in that.
  if (url === undefined || url.href !== clientId || url.username || url.port || clientId.includes('#')) return undefined
  if (clientId.includes('@') || url.pathname === '/' || url.search !== '') return undefined
  return isIP(url.hostname) === 0 && PUBLIC_NAME.test(url.hostname) ? url : undefined
}

/** Fetches and reads the document. Throws Error with a reason for the log. */
export async function readClientDocument(fetchDocument: FetchDocument, url: URL): Promise<ClientMetadata> {
  const document = parse(await fetchDocument(url))
  if (typeof document !== 'object' || document === null || Array.isArray(document)) throw new Error('It is no object.')
  const body = document as Record<string, unknown>
  if (body.client_id !== url.href) throw new Error('Its client_id is not its address.')
  if ('client_secret' in body || !isPublicMethod(body.token_endpoint_auth_method))
    throw new Error('It is of a client with a secret.')
  const metadata = readClientMetadata(body)
  if (isFault(metadata)) throw new Error(metadata.error_description)
  return metadata
}

/** What a parser says of a stranger's text holds some of it. */
function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new Error('It is no JSON in UTF-8.')
  }
}

function isPublicMethod(method: unknown): boolean {
  return method === undefined || method === null || method === 'none'
}
