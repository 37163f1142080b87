// Codes that are mailed: six digits, or sixteen characters for an address at which too much was guessed.

import { createHmac } from 'node:crypto'
import type { Random } from '../declare/handles.ts'
import { DAY_SECONDS } from '../text/times.ts'

export const CODE_SECONDS_MAX = 600
export const LIVE_CODES_MAX = 3
/** SQL for a code that lives, with the values of `liveAt`. One of a clock that was ahead and was put right does not live on. */
export const IS_LIVE = 'expires_at > ? AND expires_at <= ?'
/** Wrong guesses in a window after which only long codes are made and accepted. */
export const GUESSES_MAX = 20
export const GUESS_WINDOW_SECONDS = DAY_SECONDS

const LONG_CODE_LENGTH = 16
const LONG_CODE_ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const SHORT_CODES = 1_000_000
/** The largest multiple of a million in 32 bits: above it a remainder would be uneven. */
const EVEN_BELOW = 4_294_000_000

/** Seconds. */
export function liveAt(now: number): readonly [number, number] {
  return [now, now + 2 * CODE_SECONDS_MAX]
}

/** Whether an address at which so many wrong guesses were made takes long codes alone; its short ones are dead then. */
export function takesLongCodes(guesses: number): boolean {
  return guesses >= GUESSES_MAX
}

export function newCode(random: Random, long: boolean): string {
  return long ? newLongCode(random) : newShortCode(random)
}

/** Whether a guess is compared at all; `guesses` counts it already. */
export function mayGuess(code: string, guesses: number): boolean {
  return guesses <= GUESSES_MAX || code.length === LONG_CODE_LENGTH
}

/** What is stored of a code: an HMAC with its purpose and all that it is bound to inside. */
export function codeMac(
  secret: string,
  purpose: 'sign-in' | 'step-up',
  bound: readonly string[],
  code: string,
): string {
  return createHmac('sha256', secret)
    .update(JSON.stringify([purpose, ...bound, code]))
    .digest('hex')
}

/** What a person typed, without the spaces and dashes that mail programs and people put in. */
export function typedCode(text: string): string {
  return text.replace(/[\s-]/g, '').toLowerCase()
}

/** Six digits, each value as likely as any other. */
function newShortCode(random: Random): string {
  for (;;) {
    const [a, b, c, d] = random(4)
    const number = a! * 0x1000000 + (b! << 16) + (c! << 8) + d!
    if (number < EVEN_BELOW) return String(number % SHORT_CODES).padStart(6, '0')
  }
}

function newLongCode(random: Random): string {
  return [...random(LONG_CODE_LENGTH)].map((byte) => LONG_CODE_ALPHABET[byte & 31]).join('')
}
