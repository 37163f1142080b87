// Somebody else's text inside a sentence of ours.

import { nearest } from '../text/nearest.ts'
import { printValue } from './logfmt.ts'

const QUOTED_LENGTH_MAX = 80

/** What was typed, and the known name that was probably meant. */
export function didYouMean(typed: string, known: readonly string[]): string {
  const near = nearest(typed, known)
  return orRather(typed, near && `"${near}"`)
}

/** What was typed, and what was meant where that is known, in quotes. */
export function orRather(typed: string, meant: string | undefined): string {
  return meant ? `${quoted(typed)} - did you mean ${meant}?` : `${quoted(typed)}.`
}

/** As a value of the text grammar, always in quotes, and short. */
export function quoted(text: string): string {
  const characters = [...text.slice(0, 2 * QUOTED_LENGTH_MAX)]
  const cut = characters.slice(0, QUOTED_LENGTH_MAX).join('') + (characters.length > QUOTED_LENGTH_MAX ? '…' : '')
  const printed = printValue(cut)
  return printed.startsWith('"') ? printed : `"${printed}"`
}
