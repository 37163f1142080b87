// The server as others see it, through whatever stands before it: TLS, health, the challenge, metadata, CORS.

import { connect } from 'node:tls'
import { isLoopback } from '../../config.ts'
import { type Finding, findingsOf } from './finding.ts'

const { ok, note, fault } = findingsOf('public URL')
const WAIT_MILLISECONDS_MAX = 10_000
const CLOCK_SECONDS_MAX = 60
/** By then whoever renews it should have: 15 days before the end of one that holds for 90. */
const CERTIFICATE_SHARE_MIN = 1 / 6
/** A web page of some other site, such as a client that runs in a browser. */
const ORIGIN = 'https://client.example'
const CORS_HEADERS = ['authorization', 'content-type', 'mcp-protocol-version', 'mcp-method', 'mcp-name']

/** Calls `url` (a base URL) as strangers do. */
export async function checkPublicUrl(url: string): Promise<Finding[]> {
  const health = await call(url, 'GET', '/healthz')
  if ('trouble' in health) return [fault(`${url} can't be reached: ${health.trouble}.`, todoFor(health.trouble))]
  if (health.status === 403 && health.body.includes('local_only'))
    return [
      fault(
        `${url} reaches a server in local mode through a proxy, which it refuses.`,
        'Configure CRMKIT_SMTP_URL, CRMKIT_PUBLIC_URL and CRMKIT_TRUST_PROXY, and start it again.',
      ),
    ]
  if (health.status !== 200 || !health.headers.has('x-request-id'))
    return [
      fault(
        `${url}/healthz answers ${health.status}, and it is not crmkit.`,
        'Check what the proxy passes on to crmkit: everything, with its path.',
      ),
    ]
  const ready = await call(url, 'GET', '/readyz')
  return [
    ok(`${url} answers.`),
    ...('trouble' in ready || ready.status !== 200
      ? [
          fault(
            '/readyz says that the database does not answer.',
            'Run crmkit doctor on the server, and look at its log.',
          ),
        ]
      : []),
    ...checkDate(health.headers.get('date')),
    ...(await checkTls(url)),
    ...(await checkChallenge(url)),
    ...(await checkMetadata(url)),
    ...(await checkCors(url)),
  ]
}

interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

async function call(
  url: string,
  method: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<Reply | { trouble: string }> {
  try {
    const signal = AbortSignal.timeout(WAIT_MILLISECONDS_MAX)
    const response = await fetch(`${url}${path}`, { method, headers, signal, redirect: 'manual' })
    return { status: response.status, headers: response.headers, body: await response.text() }
  } catch (error) {
    const { cause, name } = error as { cause?: { code?: string; message?: string }; name: string }
    return { trouble: cause?.code ?? cause?.message ?? name }
  }
}

function todoFor(trouble: string): string {
  if (/CERT|SIGNED|TLS|SSL/.test(trouble))
    return 'Renew or mend the certificate of the proxy; Caddy gets one by itself.'
  if (/ENOTFOUND|EAI_AGAIN/.test(trouble)) return 'The name has no address. Check DNS and the spelling of the URL.'
  if (/ECONNREFUSED/.test(trouble)) return 'Nothing listens there. Start the server or the proxy, and check the port.'
  return 'Check the firewall, the proxy and the server.'
}

function checkDate(date: string | null): Finding[] {
  const seconds = Math.abs(Date.now() - Date.parse(date ?? '')) / 1000
  if (!(seconds > CLOCK_SECONDS_MAX)) return []
  return [fault(`Its clock and this one are ${Math.round(seconds)} seconds apart.`, 'Keep both set by NTP.')]
}

async function checkTls(url: string): Promise<Finding[]> {
  const { protocol, hostname, port } = new URL(url)
  if (protocol === 'http:')
    return isLoopback(hostname)
      ? [note('Plain http, which is fine on this machine.')]
      : [
          fault(
            'Plain http: tokens cross the network readable by all.',
            'Put TLS before it; packaging/caddy/Caddyfile does so in three lines.',
          ),
        ]
  const { from, until } = await certificateLife(hostname, Number(port || 443))
  const ends = new Date(until).toISOString()
  if (until - Date.now() >= (until - from) * CERTIFICATE_SHARE_MIN) return [ok(`Its certificate holds until ${ends}.`)]
  return [fault(`Its certificate ends at ${ends}.`, 'Renew it, and let it be renewed by itself.')]
}

/** In milliseconds since 1970. Throws where the connection breaks, which the call before did not. */
function certificateLife(host: string, port: number): Promise<{ from: number; until: number }> {
  return new Promise((done, failed) => {
    const socket = connect({ host, port, servername: host }, () => {
      const { valid_from, valid_to } = socket.getPeerCertificate()
      done({ from: Date.parse(valid_from), until: Date.parse(valid_to) })
      socket.end()
    })
    socket.once('error', failed)
  })
}

/** Clients begin to sign in when they see this header; proxies have been seen to drop it. */
async function checkChallenge(url: string): Promise<Finding[]> {
  const refused = await call(url, 'POST', '/mcp')
  if ('trouble' in refused) return [fault(`/mcp does not answer: ${refused.trouble}.`, todoFor(refused.trouble))]
  const challenge = refused.headers.get('www-authenticate') ?? ''
  const named = /resource_metadata="([^"]+)"/.exec(challenge)?.[1]
  if (refused.status !== 401 || !named)
    return [
      fault(
        `/mcp without a token answers ${refused.status}${challenge ? '' : ' without WWW-Authenticate'}, so that MCP clients can't sign in.`,
        'Let the proxy pass on POST /mcp and the header WWW-Authenticate.',
      ),
    ]
  if (!named.startsWith(`${url}/`))
    return [fault(`Its challenge names ${named}.`, `Set CRMKIT_PUBLIC_URL=${url} and start the server again.`)]
  return [ok('A call without a token is sent to sign in.')]
}

async function checkMetadata(url: string): Promise<Finding[]> {
  const found = await call(url, 'GET', '/.well-known/oauth-protected-resource')
  const resource = 'trouble' in found ? undefined : (jsonOf(found.body) as { resource?: string } | undefined)?.resource
  if (resource?.startsWith(url)) return [ok('The metadata of the protected resource name this URL.')]
  return [
    fault(
      resource ? `The metadata name ${resource}.` : 'There are no metadata at /.well-known/oauth-protected-resource.',
      resource
        ? `Set CRMKIT_PUBLIC_URL=${url} and start the server again.`
        : 'Let the proxy pass on /.well-known/ too, also where it answers ACME challenges there.',
    ),
  ]
}

async function checkCors(url: string): Promise<Finding[]> {
  const asked = {
    origin: ORIGIN,
    'access-control-request-method': 'POST',
    'access-control-request-headers': CORS_HEADERS.join(','),
  }
  const preflight = await call(url, 'OPTIONS', '/.well-known/oauth-protected-resource', asked)
  if (!('trouble' in preflight) && preflight.body.includes('local_only'))
    return [note('The server is in local mode: it answers programs on this machine, and no web page.')]
  const allowed = 'trouble' in preflight ? null : preflight.headers.get('access-control-allow-origin')
  if (allowed === '*' || allowed === ORIGIN) return [ok('Clients in a browser may read the metadata (CORS).')]
  return [
    fault(
      'Clients in a browser may not read the metadata: CORS headers are missing.',
      'Let the proxy pass on OPTIONS and the Access-Control-… headers, and not answer them itself.',
    ),
  ]
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
