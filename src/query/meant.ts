// Questions in the words of other query languages and programs, and what they are in ours: the nearest by letters may be
// the opposite.

import { quoted } from '../render/quoted.ts'
import { nearest } from '../text/nearest.ts'

const OPERATORS = new Map(
  Object.entries({
    ...{ neq: '"ne"', noteq: '"ne"', nin: '"ne", once for each value', notin: '"ne", once for each value' },
    ...{ equals: '"eq"', before: '"lt"', after: '"gt"', since: '"gte"', from: '"gte"', until: '"lte"' },
    ...{ ge: '"gte"', min: '"gte"', le: '"lte"', max: '"lte"', over: '"gt"', under: '"lt"' },
    ...{ between: '"gte" and "lte", one parameter each', any: '"in"', isnull: '"is"', notnull: '"not"' },
    ...{ contains: '"like"', includes: '"like"', ilike: '"like"', match: '"like"', starts: '"like" with % behind' },
    ...{ startswith: '"like" with % behind', endswith: '"like" with % before' },
  }),
)
/** There is no such operator, and the nearest is the opposite. */
const NONE = new Set(['nlike', 'notlike', 'notcontains'])

/** The operator of ours, as words in a question; undefined where there is none. */
export function operatorMeant(word: string, known: readonly string[]): string | undefined {
  if (NONE.has(word)) return undefined
  const near = nearest(word, known)
  return OPERATORS.get(word) ?? (near && `"${near}"`)
}

const COMPARISON = /^([^!<>=]+)(<>|[!<>])(=?)(.*)$/s
const ALSO_EQUAL: Readonly<Record<string, string>> = { '<': 'lte', '>': 'gte' }
const ALONE: Readonly<Record<string, string>> = { '<': 'lt', '>': 'gt' }

/** `stage!=lead` and `created_at>2026-01-01`, which came as parameters `stage!` and `created_at>2026-01-01`, as filters of ours. */
export function filterMeant(name: string, value: string): string | undefined {
  const [, field, sign, equal, rest] = COMPARISON.exec(name) ?? []
  if (field === undefined) return undefined
  const sought = rest === '' ? value : rest!
  if (sign === '!' || sign === '<>')
    return quoted(/^(?:null)?$/i.test(sought) ? `${field}=not:null` : `${field}=ne:${sought}`)
  const operators = rest === '' || equal === '=' ? ALSO_EQUAL : ALONE
  return quoted(`${field}=${operators[sign!]}:${sought}`)
}

const PARAMETERS = new Map(
  [
    { meant: '"search"', called: 'q query keyword keywords term' },
    { meant: '"limit"', called: 'per_page page_size pagesize top size count' },
    { meant: '"fields"', called: 'include expand select' },
    { meant: '"sort=field" or "sort=-field"', called: 'order_by orderby order sort_by direction' },
    {
      meant: '"cursor", from the "# next:" line of the page before',
      called: 'page offset skip after start starting_after',
    },
  ].flatMap(({ meant, called }) => called.split(' ').map((name) => [name, meant] as const)),
)
const ENDINGS: Readonly<Record<string, string>> = {
  ...{ after: 'gt', since: 'gte', before: 'lt', until: 'lte', from: 'gte', to: 'lte', min: 'gte', max: 'lte' },
  ...{ contains: 'like', icontains: 'like', eq: 'eq', ne: 'ne', gt: 'gt', gte: 'gte', lt: 'lt', lte: 'lte' },
  ...{ like: 'like', in: 'in' },
}

/**
 * A parameter of a list as other programs call it: `q`, `page`, `company_name`, `created_after`, `amount_cents__gte`.
 * `isFilter` tells the names that are filters.
 */
export function parameterMeant(name: string, value: string, isFilter: (name: string) => boolean): string | undefined {
  const plain = name.replace(/^\$/, '').toLowerCase()
  const known = PARAMETERS.get(plain.replace(/\[(\w+)\]$/, '_$1'))
  if (known) return known
  const at = Math.max(plain.lastIndexOf('_'), plain.lastIndexOf('['))
  if (at < 1) return undefined
  const [stem, ending] = [plain.slice(0, at).replace(/_$/, ''), plain.slice(at + 1).replace(/\]$/, '')]
  if (isFilter(`${stem}.${ending}`)) return quoted(`${stem}.${ending}=${value}`)
  const field = [stem, `${stem}_at`].find(isFilter)
  const operator = Object.hasOwn(ENDINGS, ending) ? ENDINGS[ending] : undefined
  return field && operator ? quoted(`${field}=${operator}:${value}`) : undefined
}
