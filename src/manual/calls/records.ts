// The calls that every noun has, derived from its declaration as the routes are.

import { isSearched, type Resource, referencesOf } from '../../declare/resources.ts'
import { operators } from '../../query/operators.ts'
import { filterNames, resourceNamed, sortNames } from '../../query/paths.ts'
import { withArticle } from '../../text/article.ts'
import { recordSchemaName, writtenSchema } from '../schemas.ts'
import type { Calls, CallWords, Words } from './call-words.ts'

const SHOWN = 'which fields to show: a list, or all (default)'

export function recordCalls(resources: readonly Resource[]): Calls {
  return Object.assign(
    {},
    ...resources.map((resource) => ownCalls(resource)),
    ...resources.map((child) => nestedCalls(child, resources)),
  )
}

function ownCalls(resource: Resource): Calls {
  const { name, plural } = resource
  const one = `/${plural}/:id`
  const tag = titled(plural)
  const record = { form: 'record', of: recordSchemaName(resource) } as const
  const unique = Object.keys(resource.fields).find((field) => resource.fields[field]!.unique)
  return {
    [`GET /${plural}`]: { ...listing(resource), id: `list${titled(plural)}`, tag, summary: `List ${plural}` },
    [`POST /${plural}`]: {
      ...{ id: unique ? `createOrUpdate${titled(name)}` : `create${titled(name)}`, tag },
      summary: unique
        ? `Make ${withArticle(name)}, or update the one with this ${unique}`
        : `Make ${withArticle(name)}`,
      parameters: { fields: SHOWN },
      body: { schema: { ...writtenSchema(resource), ...needing(resource) } },
      ...{ statuses: unique ? [200, 201] : [201], answer: record },
      errors: ['invalid_field', 'plan_limit_reached', ...(unique ? ['version_mismatch'] : [])],
      ...(unique ? { conditional: true as const } : {}),
    },
    [`GET ${one}`]: {
      ...{ id: `get${titled(name)}`, tag, summary: `Read one ${name} with all its fields`, answer: record },
      parameters: { fields: SHOWN },
    },
    [`PATCH ${one}`]: {
      ...{
        id: `update${titled(name)}`,
        tag,
        summary: `Change ${withArticle(name)}`,
        answer: record,
        conditional: true,
      },
      about: 'Omitted fields stay, null empties a field, custom merges key by key, tags are replaced.',
      parameters: { fields: SHOWN },
      body: { schema: writtenSchema(resource, 'nullable') },
      errors: ['invalid_field', 'version_mismatch', ...(unique ? ['conflict'] : [])],
    },
    [`DELETE ${one}`]: {
      ...{
        id: `delete${titled(name)}`,
        tag,
        summary: `Delete ${withArticle(name)}, after a confirmation`,
        answer: record,
      },
      about:
        'The first call is 409 confirmation_required and says what would go with the record; repeat it with confirm.',
      parameters: { confirm: 'the confirm token that the first call answered' },
      conditional: true,
      errors: ['confirmation_required', 'invalid_confirmation', 'version_mismatch'],
    },
  }
}

function nestedCalls(child: Resource, resources: readonly Resource[]): Calls {
  const calls = referencesOf(child).map(({ to }): Calls => {
    // Only what is logged on others has lists below them.
    if (child.newest.tie === 'id') return {}
    const parent = resourceNamed(resources, to)
    const [tag, path] = [titled(child.plural), `/${parent.plural}/:id/${child.plural}`]
    return {
      [`GET ${path}`]: {
        ...{ ...listing(child), id: `list${titled(to)}${titled(child.plural)}`, tag },
        summary: `List the ${child.plural} of a ${to}`,
        errors: [...listing(child).errors!, 'not_found'],
      },
      [`POST ${path}`]: {
        ...{ id: `log${titled(to)}${titled(child.name)}`, tag, summary: `Log ${withArticle(child.name)} on a ${to}` },
        ...{ body: { schema: writtenSchema(child) }, statuses: [201] },
        answer: { form: 'record', of: recordSchemaName(child) },
        errors: ['invalid_field'],
      },
    }
  })
  return Object.assign({}, ...calls)
}

function listing(resource: Resource): Pick<CallWords, 'parameters' | 'otherParameters' | 'answer' | 'errors'> {
  const { page, newest } = resource
  const fields = filterNames(resource).filter((name) => !name.includes('<'))
  const filters: Words = Object.fromEntries(fields.map((name) => [name, filterWords(resource, name)]))
  const references: Words = Object.fromEntries(
    referencesOf(resource).map(({ field, to }) => [to, `the same as ${field}; several ids are separated by commas`]),
  )
  return {
    parameters: {
      ...filters,
      ...references,
      ...(isSearched(resource) ? { search: 'fuzzy, best match first: forgives typos, case and accents' } : {}),
      sort: `one of ${sortNames(resource).join(', ')}; a minus before it turns it round; -${newest.field} unless given`,
      limit: `how many rows, 1 to ${page.max}; ${page.default} unless given`,
      cursor: 'the next_cursor of the page before, with the same filters and sort',
      fields: 'which fields to show: a list, or all; a summary unless given',
    },
    otherParameters: `custom.<key> and ${referencesOf(resource)
      .map(({ to }) => `${to}.<field>`)
      .join(', ')}: [op:]value, as for the fields`.replace(' and :', ':'),
    answer: { form: 'list', of: recordSchemaName(resource) },
    errors: ['invalid_filter', 'invalid_operator', 'invalid_sort', 'invalid_cursor', 'invalid_limit', 'unknown_field'],
  }
}

/** `[op:]value; op is one of eq (equal; the default), …` for one field. */
function filterWords(resource: Resource, name: string): string {
  const served = resource.fields[name]?.kind.operators ?? ['eq', 'ne', 'in', 'is', 'not']
  const told = operators.filter((operator) => served.includes(operator.name))
  return `[op:]value, where op is ${told.map((operator) => `${operator.name} (${operator.about})`).join(', ')}`
}

function needing({ needs }: Resource) {
  return { anyOf: needs.map((field) => ({ required: [field] })) }
}

function titled(name: string): string {
  return name[0]!.toUpperCase() + name.slice(1)
}
