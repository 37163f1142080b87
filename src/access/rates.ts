// The limits on requests, and what an answer says of them (RateLimit header fields for HTTP, IETF draft 10).

import { type ApiError, fail } from '../errors.ts'
import { networkOf } from './client-address.ts'
import type { Limit, RateLimiter, Taken } from './rate-limit.ts'

const WINDOW_SECONDS = 60

/** Several tokens of a user, and several users behind an address, share a larger window each. */
const USER_FACTOR = 3
const ADDRESS_FACTOR = 10
/** Signing in is rare: all who sign in from one address share half of what one token may. */
const SIGN_IN_SHARE = 2

export interface Rates {
  /** Counts a request of a client address. Throws rate_limited. */
  readonly ofAddress: (address: string, signingIn: boolean, now: number) => Promise<Headers>
  /** Counts a request of a token and its user. Throws rate_limited. */
  readonly ofToken: (tokenId: string, userId: string, now: number) => Promise<Headers>
}

export type Headers = Readonly<Record<string, string>>

/** `perToken` requests a minute; 0: nothing is counted. */
export function requestRates(limiter: RateLimiter, perToken: number): Rates {
  if (perToken === 0) return { ofAddress: async () => ({}), ofToken: async () => ({}) }
  const limit = (name: string, max: number): Limit => ({
    name,
    max: Math.max(1, Math.ceil(max)),
    seconds: WINDOW_SECONDS,
  })
  const token = limit('token', perToken)
  const user = limit('user', perToken * USER_FACTOR)
  const address = limit('address', perToken * ADDRESS_FACTOR)
  const signIn = limit('sign-in', perToken / SIGN_IN_SHARE)
  const count = async (of: Limit, who: string, what: string, now: number): Promise<Headers> => {
    const taken = await limiter.take(of, who, now)
    const headers = headersOf(of, taken)
    if (!taken.allowed) throw refusal(of, taken, what, headers)
    return headers
  }
  return {
    ofAddress: async (client, signingIn, now) => {
      const network = networkOf(client)
      const headers = await count(address, network, 'requests from your address', now)
      return signingIn ? count(signIn, network, 'sign-ins from your address', now) : headers
    },
    ofToken: async (tokenId, userId, now) => {
      await count(user, userId, 'requests of this user', now)
      return count(token, tokenId, 'requests with this token', now)
    },
  }
}

/** Counts one of `limit` for the network of a client. Throws rate_limited. */
export async function countNetwork(limiter: RateLimiter, limit: Limit, client: string, now: number): Promise<void> {
  const taken = await limiter.take(limit, networkOf(client), now)
  if (!taken.allowed) throw fail.rateLimited({ retryAfter: taken.seconds, what: `calls of this kind (${limit.name})` })
}

function headersOf({ name, max, seconds }: Limit, taken: Taken): Headers {
  return {
    'ratelimit-policy': `"${name}";q=${max};w=${seconds}`,
    ratelimit: `"${name}";r=${taken.remaining};t=${taken.seconds}`,
  }
}

function refusal(limit: Limit, taken: Taken, what: string, headers: Headers): ApiError {
  const refused = fail.rateLimited({ retryAfter: taken.seconds, what: `${what}: ${limit.max} a minute` })
  return Object.assign(refused, { headers: { ...refused.headers, ...headers } })
}
