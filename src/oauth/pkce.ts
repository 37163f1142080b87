// Proof Key for Code Exchange (RFC 7636) with S256, the only method that OAuth 2.1 §4.1.1 leaves to the careful.

import { hash, timingSafeEqual } from 'node:crypto'

/** A SHA-256 in base64url without padding. */
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/
const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/

export function isChallenge(text: string): boolean {
  return CHALLENGE.test(text)
}

/** Whether `verifier` is what `challenge` was made of (RFC 7636 §4.6). */
export function verifies(verifier: string, challenge: string): boolean {
  if (!VERIFIER.test(verifier) || !isChallenge(challenge)) return false
  return timingSafeEqual(Buffer.from(hash('sha256', verifier, 'base64url')), Buffer.from(challenge))
}
