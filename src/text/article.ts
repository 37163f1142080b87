// A noun of ours in a sentence.

/** `a contact`, `an activity`, `a user`. */
export function withArticle(name: string): string {
  return `${/^[aeio]/.test(name) ? 'an' : 'a'} ${name}`
}
