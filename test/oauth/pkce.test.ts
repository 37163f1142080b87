// PKCE: S256 alone, and every way of falling short of it.

import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { isChallenge, verifies } from '../../src/oauth/pkce.ts'

const s256 = (verifier: string) => createHash('sha256').update(verifier).digest('base64url')

test('the example of RFC 7636, appendix B', () => {
  const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
  const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
  expect(verifies(verifier, challenge)).toBe(true)
  expect(verifies(`${verifier.slice(0, -1)}l`, challenge)).toBe(false)
})

test.each([43, 44, 127, 128])('a verifier of %i characters', (length) => {
  const verifier = 'a-._~9Z'.repeat(20).slice(0, length)
  expect(verifies(verifier, s256(verifier))).toBe(true)
})

test.each([
  ['too short', 'a'.repeat(42)],
  ['too long', 'a'.repeat(129)],
  ['empty', ''],
  ['of other characters', `${'a'.repeat(43)}+`],
  ['with a line break', `${'a'.repeat(43)}\n`],
])('a verifier that is %s fits nothing', (_, verifier) => {
  expect(verifies(verifier, s256(verifier))).toBe(false)
})

test('a challenge that is its own verifier ("plain") proves nothing', () => {
  const text = s256('x'.repeat(43))
  expect(verifies(text, text)).toBe(false)
})

test.each(['', 'a', 'a'.repeat(42), 'a'.repeat(44), `${'a'.repeat(42)}=`, `${'a'.repeat(41)}+A`])(
  '%j is no challenge',
  (text) => expect(isChallenge(text)).toBe(false),
)

test('a challenge that is nearly the one of a verifier, with other bits where none count, fits nothing', () => {
  const verifier = 'x'.repeat(43)
  const challenge = s256(verifier)
  const last = challenge.at(-1)!
  const alike = `${challenge.slice(0, -1)}${String.fromCharCode(last.charCodeAt(0) + 1)}`
  expect(Buffer.from(alike, 'base64url')).toEqual(Buffer.from(challenge, 'base64url'))
  expect([isChallenge(alike), verifies(verifier, alike), verifies(verifier, challenge)]).toEqual([true, false, true])
})
