// The text of a question to a Query. Refuses names, operators and values that nothing answers to, and says what does.

import type { OperatorName, Stored } from '../declare/kinds.ts'
import { isSearched, type Resource } from '../declare/resources.ts'
import { fail } from '../errors.ts'
import { quoted } from '../render/quoted.ts'
import { wordsOf } from '../text/words.ts'
import { type CursorBinding, readCursor } from './cursor.ts'
import { readCustomFilter } from './custom-filter.ts'
import { isComparison, parameterMeant } from './meant.ts'
import { besideNull, leavingOut, lostAmpersand, operatorMeant, sortMeant } from './meant-values.ts'
import { likePattern, operatorNames, operatorOf, operatorsOf, readList } from './operators.ts'
import { allPaths, filterNames, pathOf, type Resources, sortNames, summaryPaths } from './paths.ts'
import type { Filter, Path, Query, Sort } from './query.ts'

const LIST_ITEMS_MAX = 200
const SEARCH_LENGTH_MAX = 200
const PATTERN_LENGTH_MAX = 200
/** Wild cards inside a pattern. */
const WILD_CARDS_MAX = 5
/** Each takes a value out of the JSON of every record. */
export const CUSTOM_FILTERS_MAX = 10
export const SEARCH_WORDS_MAX = 12
const OPERATOR = /^([a-z]+):/

export type Parameters = readonly (readonly [name: string, value: string])[]

/** What the grammar must know beside the question. */
export interface Asking extends Omit<CursorBinding, 'identity'> {
  readonly zone: string
  readonly resources: Resources
  /** Filters that the path of the request adds: `/contacts/{id}/activities`. */
  readonly fixed?: readonly Filter[]
}

/** Reads the query string of a list. Throws the 400s of contract §5, each with what is allowed. */
export function readQuery(resource: Resource, parameters: Parameters, asking: Asking): Query {
  const once = new Map<string, string>()
  const filters: Filter[] = [...(asking.fixed ?? [])]
  for (const [place, [name, value]] of parameters.entries()) {
    if (!ONCE.has(name) || (name === 'search' && !isSearched(resource)))
      filters.push(readFilter(resource, { name, value, place }, asking))
    else if (once.has(name)) throw fail.repeatedParameter({ name })
    else once.set(name, value)
  }
  if (filters.filter(({ path }) => path.customKey !== undefined).length > CUSTOM_FILTERS_MAX)
    throw fail.tooMany({ what: 'filters on custom keys', max: CUSTOM_FILTERS_MAX })
  const words = once.has('search') ? readSearch(once.get('search')!) : []
  const sort = readSort(resource, once.get('sort'), asking.resources)
  const best = words.length > 0 && !once.has('sort')
  const identity = JSON.stringify([
    resource.name,
    filters.map(({ path, operator, values }) => JSON.stringify([path.label, operator, values])).sort(),
    words,
    best ? null : [sort.path.label, sort.descending],
  ])
  const after = readCursor(once.get('cursor'), { ...asking, identity })
  return {
    ...{ resource, filters, words, after, identity },
    sort: best ? undefined : sort,
    limit: readLimit(once.get('limit'), resource.page),
    chosen: readChosen(resource, once.get('fields'), asking.resources),
  }
}

const ONCE = new Set(['search', 'sort', 'limit', 'cursor', 'fields', 'format'])

/** A whole number from 1 on; more than the most counts as the most. Throws invalid_limit. */
export function readLimit(text: string | undefined, page: { default: number; max: number }): number {
  if (text === undefined) return page.default
  const limit = /^\d+$/.test(text) ? Number(text) : 0
  if (limit < 1) throw fail.invalidLimit({ max: page.max })
  return Math.min(limit, page.max)
}

/** The folded words of a search, each once. Throws invalid_value where there is none or too much. */
export function readSearch(text: string, field = 'search'): string[] {
  if ([...text].length > SEARCH_LENGTH_MAX)
    throw fail.invalidValue({ field, value: text, problem: `takes at most ${SEARCH_LENGTH_MAX} characters` })
  const words = wordsOf(text)
  if (words.length === 0) throw fail.invalidValue({ field, value: text, problem: 'takes at least one letter or digit' })
  if (words.length > SEARCH_WORDS_MAX)
    throw fail.invalidValue({ field, value: text, problem: `takes at most ${SEARCH_WORDS_MAX} words` })
  return words
}

/** What a list takes beside filters. */
function otherParameters(resource: Resource): string[] {
  return [...ONCE].filter((name) => name !== 'search' || isSearched(resource))
}

/** A parameter, and how many stood before it. */
interface Placed {
  readonly name: string
  readonly value: string
  readonly place: number
}

function readFilter(resource: Resource, { name, value, place }: Placed, asking: Asking): Filter {
  const found = pathOf(resource, name, asking.resources)
  if (found && 'badKey' in found && !isComparison(name)) throw fail.unknownCustomKey({ key: found.badKey })
  const path = found && 'field' in found ? found : undefined
  const custom = path?.customKey !== undefined
  if (!path || (path.kind.keys && !custom)) {
    const [known, others] = [filterNames(resource), otherParameters(resource)]
    const meant = lostAmpersand(name, value, place) ?? meantBy(resource, name, value, asking)
    throw fail.unknownFilter({ field: name, known, others, meant })
  }
  const known = operatorsOf(path)
  const { operator, rest } = readOperator(path.label, value, known)
  const problem = (problem: string) => fail.invalidValue({ field: name, value: rest, problem })
  if (operatorOf(operator).takes === 'null') {
    if (rest !== 'null') throw problem(`takes ${operator}:null${besideNull(name, operator, rest, known)}`)
    return { path, operator, values: [] }
  }
  const items = readItems(path, operator, rest)
  if (!items) throw problem('takes a list such as in:a,b or in:"Doe, Jane",x')
  if (operator === 'like') refuseCostlyPattern(rest, problem)
  if (operator === 'like' && path.kind.many && rest.includes(','))
    throw problem('takes a part of one tag, which holds no comma')
  if (operator === 'ne' && path.kind.many && rest.includes(','))
    throw problem(`leaves out one tag; for several write ${leavingOut(name, rest) ?? quoted(`${name}=ne:<tag>`)}`)
  if (items.length > LIST_ITEMS_MAX) throw fail.tooMany({ what: `values in ${name}`, max: LIST_ITEMS_MAX })
  const values = items.map((item): Stored => {
    if (custom) return readCustomFilter(name, operator, item)
    if (operator === 'like') return likePattern(item)
    const asked = path.kind.ask(item, asking.zone)
    if (!('problem' in asked)) return asked.value ?? ''
    // `amount_cents=>1000`, as others write a filter behind its name.
    const isSigned = item === value && isComparison(name + value)
    const meant = isSigned ? meantBy(resource, name + value, '', asking) : undefined
    const question = meant ? `; did you mean ${meant}?` : ''
    throw fail.invalidValue({ field: name, value: item, problem: asked.problem + question })
  })
  return { path, operator: items.length > 1 ? 'in' : operator, values }
}

function meantBy(resource: Resource, name: string, value: string, { resources }: Asking): string | undefined {
  const names = [...filterNames(resource), ...otherParameters(resource)]
  return parameterMeant(name, value, { resource, resources, names })
}

function refuseCostlyPattern(pattern: string, problem: (problem: string) => Error): void {
  if ([...pattern].length > PATTERN_LENGTH_MAX)
    throw problem(`takes a pattern of at most ${PATTERN_LENGTH_MAX} characters`)
  const inside = pattern.replace(/^%+|%+$/g, '').split('%').length - 1
  if (inside > WILD_CARDS_MAX) throw problem(`takes a pattern with at most ${WILD_CARDS_MAX} wild cards inside`)
}

/** One value, or several: ids may always be given as a plain list. */
function readItems(path: Path, operator: OperatorName, rest: string): string[] | undefined {
  if (operatorOf(operator).takes === 'list') return readList(rest)
  return operator === 'eq' && path.kind.refersTo ? rest.split(',').map((id) => id.trim()) : [rest]
}

/** `lt:` of `lt:2026-02-01`, and what stands behind it. Throws invalid_operator for one that is not among `known`. */
export function readOperator<Known extends OperatorName>(
  field: string,
  value: string,
  known: readonly Known[],
): { operator: Known; rest: string } {
  const [prefix, word] = OPERATOR.exec(value) ?? ['', 'eq']
  const operator = operatorNames.find((name) => name === word)
  const at = { operator: word!, field, known }
  if (!operator) throw fail.unknownOperator({ ...at, meant: operatorMeant(word!, value.slice(prefix.length), known) })
  const served = known.find((name) => name === operator)
  if (!served) throw fail.operatorNotServed(at)
  return { operator: served, rest: value.slice(prefix.length) }
}

function readSort(resource: Resource, text: string | undefined, resources: Resources): Sort {
  const descending = text === undefined || text.startsWith('-')
  const field = text === undefined ? resource.newest.field : text.slice(descending ? 1 : 0)
  const known = sortNames(resource)
  if (!known.includes(field))
    throw fail.invalidSort({ field: text ?? field, known, meant: sortMeant(text ?? field, known) })
  return { path: pathOf(resource, field, resources) as Path, descending }
}

/** The paths that `fields=` names: a list, or all. Throws invalid_value where a name is empty, unknown_field where it is none. */
export function readChosen(
  resource: Resource,
  text: string | undefined,
  resources: Resources,
): readonly Path[] | undefined {
  if (text === undefined) return undefined
  if (text === 'all') return allPaths(resource, resources)
  const names = text.split(',').map((name) => name.trim())
  if (names.includes(''))
    throw fail.invalidValue({
      field: 'fields',
      value: text,
      problem: 'takes all, or names with one comma between them',
    })
  const others = names.filter((name) => name !== 'id')
  const chosen = others.map((name) => {
    const path = pathOf(resource, name, resources)
    if (path && 'field' in path) return path
    throw fail.unknownChosenField({
      field: name,
      known: ['id', 'custom', ...filterNames(resource).filter((known) => known !== 'id')],
    })
  })
  return chosen.filter((path, index) => !chosen.some((other, at) => showsAlready(other, at < index, path)))
}

/** Whether a label would stand twice in a record's line: chosen twice, or one key beside all of them. */
function showsAlready(other: Path, isBefore: boolean, path: Path): boolean {
  const whole = path.customKey !== undefined && other.customKey === undefined && other.kind.keys !== undefined
  return whole ? path.label === `${other.label}.${path.customKey}` : isBefore && other.label === path.label
}

/** The paths that the answer to a query shows. */
export function shownBy(query: Query, resources: Resources): readonly Path[] {
  return query.chosen ?? summaryPaths(query.resource, resources)
}
