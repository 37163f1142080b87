// Digests of secrets and keys, and comparing two texts of which one is secret.

import { hash, timingSafeEqual } from 'node:crypto'

/** SHA-256, hexadecimal. For what is random enough to need no salt. */
export function sha256(text: string): string {
  return hash('sha256', text)
}

/** Whether two texts are the same, in a time that tells nothing but their lengths. */
export function areSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)]
  return one.length === other.length && timingSafeEqual(one, other)
}
