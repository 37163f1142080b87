// Filters, sorting, paging and search in depth.

import { isSearched, referencesOf } from '../../declare/resources.ts'
import { CUSTOM_FILTERS_MAX, SEARCH_WORDS_MAX } from '../../query/grammar.ts'
import { operators } from '../../query/operators.ts'
import type { Told } from '../topics.ts'

export function queriesTopic({ resources }: Told): string {
  const told = operators.map(({ name, about, takes }) => `- ${name}: ${about}${forms[takes]}`)
  const hops = resources.flatMap((resource) =>
    referencesOf(resource).map(({ to }) => `/${resource.plural}?${to}.<field>=…`),
  )
  return `# Queries
GET /contacts?field=[op:]value&… All parameters must hold; a field may be asked twice: created_at=gte:2026-01-01&created_at=lt:2026-02-01.

## Operators
${told.join('\n')}
Without one it is eq. gt gte lt lte serve numbers and times, like serves texts. ne also finds empty fields. A value that begins with a lower-case word and a colon is read as an operator; write eq: before it: name=eq:re: hello.

## What can be asked
- Any field of GET /help/fields, and id.
- tags=vip: has that tag; tags=in:vip,partner: has one of them; tags=like:vi: has one that contains it.
- custom.<key>=…: texts by eq ne like in is not, numbers also by gt gte lt lte.
- One hop over a reference: ${[...new Set(hops)].join(', ')}
- Ids take c_7k2m9qxa and contact/c_7k2m9qxa, and several with commas: contact_id=c_1,c_2.
- email and domain are compared in their normal form: email=Ada@ACME.com finds ada@acme.com; like looks at what is printed too.
- In a URL, + is a space: send a plus sign as %2B, and letters beyond ASCII encoded (ü as %C3%BC).
- At most ${CUSTOM_FILTERS_MAX} filters on custom keys.
- Times: RFC 3339 with an offset, or a date, which is midnight in the workspace's zone; compared by the second.

## Sort, page, choose
- sort=field or sort=-field, of the record's own fields; empty values last, ties by id; default newest first.
- limit=1…200 (activities 500). \`# total: N\` is exact up to 10,000, then 10000+.
- \`# next: <cursor>\`: the same call with cursor=<cursor>. Rows that do not change appear exactly once, whatever is written meanwhile. A cursor fits its own filters and sort alone.
- fields=a,b shows these; fields=all shows all; neither cuts long values.
`
}

const forms = {
  value: '',
  pattern: '; % stands for anything',
  list: '; items with a comma in double quotes, a quote doubled',
  null: '',
} as const

export function searchTopic({ resources }: Told): string {
  const places = resources.filter(isSearched).map((resource) => {
    const { plural, fields } = resource
    const found = Object.entries(fields).filter(([, { search }]) => search)
    return `- ${plural}: ${found.map(([name]) => name).join(', ')}${referencesOf(resource).length > 0 ? ', and the names of the records referred to' : ''}`
  })
  return `# Search
?search=words on a list, together with filters; or GET /search?q=words&types=contacts,deals&limit=10 over all records, grouped.

Words are runs of letters and digits; case, accents and width do not count; a search takes ${SEARCH_WORDS_MAX} at the most. Every word must match a word of the record:
- as the whole word or a part of it (from 3 letters), or as its beginning (1 or 2 letters);
- with one typo from 4 letters on, two from 8 on (one where there is a digit): a letter wrong, missing, too many, or two swapped. amce finds Acme.

Where it looks:
${places.join('\n')}

Best match first: the whole word, then a beginning, a part, a typo; names and key fields before notes; then the newest. With sort= the order is that. Phone numbers are also found by their digits alone.
`
}
