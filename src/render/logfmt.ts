// The text grammar (contract §1): logfmt in which no stored value can add, break or forge a line.

/** Lists show so many code points of a value and say how many more there are. */
export const CLIP_CODE_POINTS = 280

const PLAIN_ASCII = /^[!#-[\]-~]+$/
/** Most names and sentences: nothing in them needs more than quotes. */
const SPACED_ASCII = /^[ !#-[\]-~]+$/
const UNSAFE = /["\\\p{White_Space}\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u
const ESCAPED = /["\\]|(?! )[\p{White_Space}\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu
const SHORT: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** Bare where every character is safe, else a JSON string literal in which every unsafe one but the space is escaped. */
export function printValue(text: string): string {
  if (PLAIN_ASCII.test(text)) return text
  if (SPACED_ASCII.test(text)) return `"${text}"`
  return text === '' || UNSAFE.test(text) ? quote(text) : text
}

/** The same, cut after `max` code points: `"…"+12` says that 12 more were left out. */
export function printClipped(text: string, max = CLIP_CODE_POINTS): string {
  if (text.length <= max) return printValue(text)
  let points = 0
  let cut = 0
  for (let at = 0; at < text.length; points++) {
    if (points === max) cut = at
    at += text.codePointAt(at)! > 0xffff ? 2 : 1
  }
  if (points <= max) return printValue(text)
  return `${quote(text.slice(0, cut))}+${points - max}`
}

/**
 * The value of a custom key, so that the JSON value can be told from it: numbers, true, false and null are bare; text
 * that looks like one of these is quoted; objects and arrays are their JSON, quoted.
 */
export function printCustom(value: unknown): string {
  if (typeof value === 'object' && value !== null) return quote(JSON.stringify(value))
  if (typeof value !== 'string') return String(JSON.stringify(value))
  if (isScalar(value)) return quote(value)
  const printed = printValue(value)
  if (!/^"[{[]/.test(printed)) return printed
  return `"\\u00${value.charCodeAt(0).toString(16)}${printed.slice(2)}`
}

/** A value in a record's line, behind the handle and the values before it. */
export function printPair(label: string, printed: string): string {
  return ` ${label}=${printed}`
}

/** Whether bare text would read back as a JSON number, true, false or null. */
export function isScalar(text: string): boolean {
  return /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/.test(text)
}

function quote(text: string): string {
  return `"${text.replace(ESCAPED, (character) => SHORT[character] ?? escapeUnits(character))}"`
}

function escapeUnits(character: string): string {
  let escaped = ''
  for (let at = 0; at < character.length; at++)
    escaped += `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`
  return escaped
}
