// Crockford's base32 in lower case: no i, l, o, u, so that an id read aloud survives.

export const BASE32 = '0123456789abcdefghjkmnpqrstvwxyz'

/** A whole number in so many digits, which sort as the numbers do. */
export function base32(value: number, length: number): string {
  let text = ''
  for (let rest = value; text.length < length; rest = Math.floor(rest / 32)) text = BASE32[rest % 32] + text
  return text
}
