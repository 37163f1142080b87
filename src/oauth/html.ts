// HTML in which every value is escaped, unless it is HTML itself.

export interface Html {
  readonly html: string
}

type Part = Html | string | number | false | undefined | readonly Html[]

/** A template tag: what stands in `${…}` is text, HTML made by this tag, a list of it, or nothing. */
export function html(words: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { html: words.map((word, at) => word + (at < parts.length ? printed(parts[at]) : '')).join('') }
}

function printed(part: Part): string {
  if (part === undefined || part === false) return ''
  if (typeof part === 'object') return 'html' in part ? part.html : part.map(({ html }) => html).join('')
  return escaped(String(part))
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!)
}
