// OAuth for programs (contract §8): metadata, registration, tokens, revocation. All of it is open to any page, for none
// of it rests on a cookie, and answers JSON alone.

import { preflight, readable } from '../access/origins.ts'
import { ApiError } from '../errors.ts'
import { readClientMetadata } from '../oauth/client-metadata.ts'
import { type Client, findRegistered, registerClient } from '../oauth/clients.ts'
import { type Fault, fault, isFault } from '../oauth/fault.ts'
import { authorizationServerMetadata, protectedResourceMetadata } from '../oauth/metadata.ts'
import { readSent } from '../oauth/parameters.ts'
import { mcpUrl } from '../oauth/resource.ts'
import { giveBackToken } from '../oauth/revoke.ts'
import { giveToken } from '../oauth/token.ts'
import type { Answer } from '../render/answer.ts'
import { forItself, type Itself, type Knock, type Method, type Route } from '../route.ts'

const METADATA_SECONDS = 300

export interface OAuthRules {
  /** The base URL under which the client knows this server. */
  readonly baseOf: (knock: Knock) => string
  /** That of the public address, behind which clients look for the documents then; empty where it has none. */
  readonly publicPath: string
  readonly idleSeconds: number
  /** Counts a new client of an address. Throws rate_limited. */
  readonly countRegistration: (client: string) => Promise<void>
}

export function oauthEndpoints(rules: OAuthRules): Route[] {
  const { baseOf, publicPath } = rules
  const ofResource = (path: string, resourceOf: (base: string) => string) =>
    document(`/.well-known/oauth-protected-resource${path}`, (knock) =>
      protectedResourceMetadata(baseOf(knock), resourceOf(baseOf(knock))),
    )
  const ofServer = (path: string) =>
    document(`/.well-known/oauth-authorization-server${path}`, (knock) => authorizationServerMetadata(baseOf(knock)))
  return [
    ...ofResource('', (base) => base),
    ...ofResource('/mcp', mcpUrl),
    ...ofServer(''),
    ...ofServer('/mcp'),
    // RFC 9728 §3.1 and RFC 8414 §3.1: the path of what is described stands behind the well-known one.
    ...(publicPath === '' ? [] : [...ofResource(`${publicPath}/mcp`, mcpUrl), ...ofServer(publicPath)]),
    ...open('POST', '/oauth/register', (knock, itself) => register(rules, knock, itself)),
    ...open('POST', '/oauth/token', async (knock, { write }) => {
      const sent = readSent(knock.bytes, knock.body)
      const given = await write((ctx) =>
        giveToken(ctx, sent, { issuer: baseOf(knock), idleSeconds: rules.idleSeconds }),
      )
      return isFault(given) ? refusal(given) : json(200, given)
    }),
    ...open('POST', '/oauth/revoke', async (knock, { write }) => {
      const sent = readSent(knock.bytes, knock.body)
      const wrong = await write((ctx) => giveBackToken(ctx, sent))
      return wrong ? refusal(wrong) : json(200, {})
    }),
  ]
}

/** RFC 7591 §3; the same metadata is the same client, which costs nothing and is not counted. */
async function register(rules: OAuthRules, knock: Knock, { client, read, write }: Itself): Promise<Answer> {
  const metadata = readClientMetadata(knock.body())
  if (isFault(metadata)) return refusal(metadata)
  const known = await read((ctx) => findRegistered(ctx, metadata))
  if (!known) await rules.countRegistration(client)
  return json(201, registration(await write((ctx) => registerClient(ctx, metadata))))
}

/** RFC 7591 §3.2.1. */
function registration({ id, name, redirectUris, createdAt }: Client): Readonly<Record<string, unknown>> {
  return {
    ...{ client_id: id, client_id_issued_at: createdAt, client_name: name, redirect_uris: redirectUris },
    ...{ token_endpoint_auth_method: 'none', grant_types: ['authorization_code'], response_types: ['code'] },
  }
}

type Run = (knock: Knock, itself: Itself) => Promise<Answer>

/** A route that any page may call, with its preflight. Errors of ours are told as OAuth tells them. */
function open(method: Method, path: string, run: Run): Route[] {
  const route = forItself(method, path, async (knock, itself) => {
    try {
      return await run(knock, itself)
    } catch (error) {
      if (error instanceof ApiError && error.status < 500) return refusalOf(error)
      throw error
    }
  })
  return [
    { ...route, onlyJson: true, headers: readable },
    forItself('OPTIONS', path, async () => ({ form: 'raw', status: 204, headers: preflight([method]), body: '' })),
  ]
}

function document(path: string, of: (knock: Knock) => unknown): Route[] {
  return open('GET', path, async (knock) => json(200, of(knock), { 'cache-control': `max-age=${METADATA_SECONDS}` }))
}

function refusal(wrong: Fault): Answer {
  return json(wrong.error === 'invalid_client' ? 401 : 400, wrong)
}

/** A body that is no JSON, or too many requests: the status of ours with a code of OAuth. */
function refusalOf({ status, hint, headers }: ApiError): Answer {
  const words = hint.replace(/[^\x20-\x7e]|["\\]/g, '')
  return json(status, fault(status === 429 ? 'temporarily_unavailable' : 'invalid_request', words), headers)
}

function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  const type = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', pragma: 'no-cache' }
  return { form: 'raw', status, headers: { ...type, ...headers }, body: JSON.stringify(body) }
}
