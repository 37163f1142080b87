// Headers as they are compared and as they become keys: "E-mail 1 - Value" is email1value, and e_mail_1_value.

import { isCustomKey } from '../declare/custom.ts'
import { quoted } from '../render/quoted.ts'

const KEY_LENGTH_MAX = 64
const HEADERS_SAID_MAX = 12

/** Letters and digits alone, folded: however a product writes a header today, it is the same. */
export function headerKey(header: string): string {
  return fold(header).replace(/[^\p{L}\p{N}]/gu, '')
}

/** Keys as the tables of headers have them, with blanks between. */
export function headerKeys(words: string): string[] {
  return words.split(/\s+/)
}

/** A key of `custom` for a header that means nothing to us; `number` names the column where no letter is left. */
export function customKeyFor(header: string, number: number): string {
  const words = fold(header)
    .replace(/[^a-z0-9]+/g, '_')
    .slice(0, KEY_LENGTH_MAX + 1)
  const key = words.replace(/^_|_$/g, '').slice(0, KEY_LENGTH_MAX)
  if (key === '') return `column_${number}`
  return isCustomKey(key) ? key : `${key}_`
}

/** The first headers of a file, for a sentence that asks what they mean. */
export function saidHeaders(headers: readonly string[]): string {
  return headers.slice(0, HEADERS_SAID_MAX).map(quoted).join(', ')
}

function fold(header: string): string {
  return header.slice(0, 300).normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/ß/g, 'ss')
}
