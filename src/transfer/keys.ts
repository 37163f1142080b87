// What a row is called where it comes from, as a short key: the product's id, or what the row says where it has none.

import { createHash } from 'node:crypto'

/** Bytes of SHA-256 that are kept. */
const KEY_BYTES = 18

/** The key of a product's own id of a record, such as HubSpot's Record ID. */
export function sourceKey(source: string, id: string): string {
  return keyOf(['id', source, idOf(source, id)])
}

/** The key of an id that other files may have too: below a header, in the form in which headers are compared, or of a product. */
export function columnKey(column: string, id: string): string {
  return keyOf(['column', column, idOf(column, id)])
}

/** Each stands for which of five characters are capitals. */
const CAPITALS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345'

/** Reports of Salesforce have 15 characters of an id, and the data loader three more that tell the capitals among them. */
function idOf(source: string, id: string): string {
  const text = id.trim()
  if (source !== 'salesforce' || !/^0[A-Za-z0-9]{14}$/.test(text)) return text
  const bitsOf = (five: string) =>
    [...five].reduce((bits, letter, at) => bits | (/[A-Z]/.test(letter) ? 1 << at : 0), 0)
  return text + [0, 5, 10].map((from) => CAPITALS[bitsOf(text.slice(from, from + 5))]).join('')
}

/** The key of what a row says, for rows that have nothing better. */
export function contentKey(parts: readonly (string | undefined)[]): string {
  return keyOf(['content', ...parts.map((part) => fold(part ?? ''))])
}

function keyOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest().subarray(0, KEY_BYTES).toString('base64url')
}

function fold(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\p{White_Space}+/gu, ' ')
    .trim()
}
