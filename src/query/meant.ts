// Parameters of a list in the words of other query languages and programs, and what they are in ours: the nearest by letters
// may be the opposite.

import type { OperatorName } from '../declare/kinds.ts'
import { isSearched, type Resource } from '../declare/resources.ts'
import { quoted } from '../render/quoted.ts'
import { nearest } from '../text/nearest.ts'
import { inAddress, leavingOut, nullTest } from './meant-values.ts'
import { operatorsOf } from './operators.ts'
import { pathOf, type Resources } from './paths.ts'

/** What a list can be asked. */
interface Askable {
  readonly resource: Resource
  readonly resources: Resources
  /** The names that hints may give: filters, and what else the list takes. */
  readonly names: readonly string[]
}

/**
 * What a parameter that no list takes means in ours, as words in a question: a filter in the words of others, else the
 * nearest name. Undefined where there is none, or the nearest is the opposite.
 */
export function parameterMeant(name: string, value: string, at: Askable): string | undefined {
  if (isComparison(name)) return comparisonMeant(name, value, at)
  const meant = knownElsewhere(name, value, at) ?? withEnding(name, value, at)
  if (meant || NEGATED.test(name)) return meant
  const near = nearest(name, at.names)
  // `!stage`, `-stage`, `nostage`.
  if (near && name.endsWith(near) && /^(?:[-!~]|non?|not|un)[_-]?$/i.test(name.slice(0, -near.length)))
    return leavingOut(near, value)
  // `amount` is not `amount_cents`; `stge` is `stage`.
  const about = near?.startsWith(`${name}_`) ? at.resource.fields[near]?.about : undefined
  return near && (about ? `"${near}" (${about})` : `"${near}"`)
}

const COMPARISON = /^([^!<>=]+)(<>|[!<>])(=?)(.*)$/s
const ALSO_EQUAL: Readonly<Record<string, OperatorName>> = { '<': 'lte', '>': 'gte' }
const ALONE: Readonly<Record<string, OperatorName>> = { '<': 'lt', '>': 'gt' }
const NEGATED = /(?:^|_)(?:not|exclude|without)(?:_|$)/i

/** Whether the name of a parameter ends in, or holds, a sign that compares. */
export function isComparison(name: string): boolean {
  return COMPARISON.test(name)
}

/** `stage!=lead` and `created_at>2026-01-01`, which came as parameters `stage!` and `created_at>2026-01-01`. */
function comparisonMeant(name: string, value: string, at: Askable): string | undefined {
  const [, before, sign, equal, rest] = COMPARISON.exec(name)!
  const field = before!.trim()
  const sought = (rest === '' ? value : rest!).trim()
  // Two values, or another sign: what is meant can't be told.
  if ((rest !== '' && value !== '') || /^[~<>=!]/.test(sought)) return undefined
  if (sign === '!' || sign === '<>') return serves(at, field, 'ne') ? leavingOut(field, sought) : undefined
  const operator = (rest === '' || equal === '=' ? ALSO_EQUAL : ALONE)[sign!]!
  return serves(at, field, operator) ? quoted(`${field}=${operator}:${inAddress(sought)}`) : undefined
}

const PARAMETERS = new Map(
  [
    { meant: '"limit"', called: 'per_page page_size pagesize top size count' },
    { meant: '"fields"', called: 'include expand select' },
    { meant: '"sort=field" or "sort=-field"', called: 'order_by orderby order sort_by direction' },
    {
      meant: '"cursor", from the "# next:" line of the page before',
      called: 'page offset skip after start starting_after',
    },
  ].flatMap(({ meant, called }) => called.split(' ').map((name) => [name, meant] as const)),
)
const SEARCHES = new Set('search q query keyword keywords term'.split(' '))
/** Of the time that the list is in the order of. */
const TIMES = new Map<string, OperatorName>(
  Object.entries({ since: 'gte', until: 'lte', before: 'lt', after: 'gt' } as const),
)
/** `2026-11-01`; `after` and `before` of other programs may be cursors. */
const DATED = /^\d{4}-\d\d/

/** `q`, `page`, `page[size]`, `since`. */
function knownElsewhere(name: string, value: string, { resource }: Askable): string | undefined {
  const plain = plainName(name).replace(/\[(\w+)\]$/, '_$1')
  const time = TIMES.get(plain)
  if (time && DATED.test(value)) return quoted(`${resource.newest.field}=${time}:${inAddress(value)}`)
  if (!SEARCHES.has(plain)) return PARAMETERS.get(plain)
  if (isSearched(resource)) return '"search"'
  const field = Object.entries(resource.fields).find(([, each]) => each.summary && each.kind.operators.includes('like'))
  return field && quoted(`${field[0]}=like:<text>`)
}

const ENDINGS = new Map<string, OperatorName>(
  Object.entries({
    ...{ after: 'gt', since: 'gte', before: 'lt', until: 'lte', from: 'gte', to: 'lte', min: 'gte', max: 'lte' },
    ...{ contains: 'like', icontains: 'like', eq: 'eq', gt: 'gt', gte: 'gte', lt: 'lt', lte: 'lte' },
    ...{ like: 'like', in: 'in', ne: 'ne', neq: 'ne', not: 'ne', nin: 'ne' },
  } as const),
)

/** `company_name`, `created_after`, `amount_cents__gte`, `name[like]`. */
function withEnding(name: string, value: string, at: Askable): string | undefined {
  const plain = plainName(name)
  const place = Math.max(plain.lastIndexOf('_'), plain.lastIndexOf('['))
  if (place < 1) return undefined
  const [stem, ending] = [plain.slice(0, place).replace(/_$/, ''), plain.slice(place + 1).replace(/\]$/, '')]
  if (serves(at, `${stem}.${ending}`, 'eq')) return quoted(`${stem}.${ending}=${inAddress(value)}`)
  const operator = nullTest(ending, value) ? 'is' : ENDINGS.get(ending)
  const field = operator && [stem, `${stem}_at`].find((each) => serves(at, each, operator))
  if (!field) return undefined
  if (operator === 'ne') return leavingOut(field, value)
  return quoted(`${field}=${operator === 'is' ? nullTest(ending, value) : `${operator}:${inAddress(value)}`}`)
}

function plainName(name: string): string {
  return name.replace(/^\$/, '').toLowerCase()
}

/** Whether there is a filter of that name, and it takes the operator. */
function serves({ resource, resources }: Askable, name: string, operator: OperatorName): boolean {
  const path = pathOf(resource, name, resources)
  return path !== undefined && !('badKey' in path) && operatorsOf(path).includes(operator)
}
