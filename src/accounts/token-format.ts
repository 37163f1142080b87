// What a token looks like: `ck_`, 28 random characters (166 bits), and a checksum by which a leaked or mistyped one is
// recognised without asking the database.

import { crc32 } from 'node:zlib'
import type { Random } from '../declare/handles.ts'

export const TOKEN_START = 'ck_'
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const RANDOM_LENGTH = 28
const CHECKSUM_LENGTH = 6
const TOKEN = /^ck_[0-9A-Za-z]{34}$/

export function newToken(random: Random): string {
  let body = ''
  while (body.length < RANDOM_LENGTH)
    for (const byte of random(RANDOM_LENGTH)) if (byte < 248 && body.length < RANDOM_LENGTH) body += ALPHABET[byte % 62]
  return `${TOKEN_START}${body}${checksum(body)}`
}

/** Whether a text has the form and the checksum of a token. */
export function isToken(text: string): boolean {
  return TOKEN.test(text) && text.slice(-CHECKSUM_LENGTH) === checksum(text.slice(TOKEN_START.length, -CHECKSUM_LENGTH))
}

/** CRC-32 of the random part in base62, six characters. */
function checksum(body: string): string {
  let text = ''
  for (let rest = crc32(body); text.length < CHECKSUM_LENGTH; rest = Math.floor(rest / 62))
    text = ALPHABET[rest % 62] + text
  return text
}
