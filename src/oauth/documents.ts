// Fetching a document that a stranger named (client-ID metadata documents, §6 of their draft): only over https, only
// from public addresses, and never more or longer than such a document can need.

import type { LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { request } from 'node:https'
import { isPublicAddress } from './public-addresses.ts'

const DOCUMENT_BYTES_MAX = 5 * 1024
const MILLISECONDS_MAX = 3_000
const JSON_TYPE = /^application\/(?:[a-z0-9.+-]+\+)?json(?:\s*;.*)?$/i

/** Gives the bytes of a JSON document. Throws Error with a reason for the log, whatever went wrong. */
export type FetchDocument = (url: URL) => Promise<Uint8Array>

/** What a test puts in the place of the internet. */
export interface Internet {
  readonly resolve: (host: string) => Promise<readonly LookupAddress[]>
  readonly isPublic: (address: string) => boolean
  readonly port: number
  /** Certificates to trust beside the usual ones. */
  readonly ca?: string
}

const theInternet: Internet = {
  resolve: (host) => lookup(host, { all: true, verbatim: true }),
  isPublic: isPublicAddress,
  port: 443,
}

/**
 * Resolves the host, refuses unless every address is public, and connects to one of exactly those: a name that
 * answers otherwise the second time gains nothing. Follows no redirects.
 */
export function documentFetcher(internet: Internet = theInternet): FetchDocument {
  return async (url) => {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(new Error('It took too long.')), MILLISECONDS_MAX)
    try {
      return await Promise.race([fetchFrom(internet, url, late.signal), untilAborted(late.signal)])
    } finally {
      clearTimeout(timer)
      late.abort(new Error('It is over.'))
    }
  }
}

async function fetchFrom(internet: Internet, url: URL, signal: AbortSignal): Promise<Uint8Array> {
  // What the resolver says of it names the host, which is a stranger's text and has no place in the log.
  const addresses = await internet.resolve(url.hostname).catch(({ code }: NodeJS.ErrnoException) => {
    throw new Error(`Its host can't be found (${code}).`)
  })
  if (addresses.length === 0 || !addresses.every(({ address }) => internet.isPublic(address)))
    throw new Error('Its host has addresses that are not public.')
  signal.throwIfAborted()
  const [pinned] = addresses
  return new Promise((done, failed) => {
    const sent = request(
      {
        host: pinned!.address,
        family: pinned!.family,
        port: internet.port,
        servername: url.hostname,
        path: `${url.pathname}${url.search}`,
        headers: { host: url.host, accept: 'application/json', 'accept-encoding': 'identity', 'user-agent': 'crmkit' },
        ca: internet.ca,
        agent: false,
        signal,
      },
      (response) => {
        const type = response.headers['content-type'] ?? ''
        if (response.statusCode !== 200 || !JSON_TYPE.test(type)) {
          response.destroy()
          return failed(new Error(`It answers ${response.statusCode}, or no JSON.`))
        }
        const chunks: Uint8Array[] = []
        let bytes = 0
        response.on('data', (chunk: Uint8Array) => {
          bytes += chunk.length
          if (bytes > DOCUMENT_BYTES_MAX) response.destroy(new Error('It is too long.'))
          else chunks.push(chunk)
        })
        response.on('end', () => done(Buffer.concat(chunks)))
        response.on('error', (error) => failed(inOurWords(error)))
      },
    )
    sent.on('error', (error) => failed(inOurWords(error)))
    sent.end()
  })
}

/** What the system or TLS says may quote the other side, whose words have no place in the log. */
function inOurWords(error: Error & { readonly code?: string }): Error {
  return error.code === undefined ? error : new Error(`The connection failed: ${error.code}.`)
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, failed) => signal.addEventListener('abort', () => failed(signal.reason), { once: true }))
}
