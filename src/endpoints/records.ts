// The calls that every noun has, derived from its declaration: list, make or update, read, change, delete, and the
// lists of what refers to it.

import type { Context } from '../context.ts'
import { idOf } from '../declare/handles.ts'
import { isSearched, type Resource, referencesOf } from '../declare/resources.ts'
import { fail, type Problem } from '../errors.ts'
import { type Asking, readChosen, readQuery } from '../query/grammar.ts'
import { pathOf, type Resources, resourceNamed } from '../query/paths.ts'
import type { Filter, Path } from '../query/query.ts'
import { type Change, readChange } from '../records/change.ts'
import { listRecords } from '../records/list.ts'
import { followedOf, pointToReminder, settingReminder } from '../records/reminder-fields.ts'
import { removeRecord } from '../records/remove.ts'
import { patchRecord, type Saved, type SavingOf, upsertRecord } from '../records/save.ts'
import { noSuchRecord, viewRecord, viewSaved } from '../records/view.ts'
import type { Answer } from '../render/answer.ts'
import { type Asked, forMembers, type Route } from '../route.ts'
import { readParameters } from './parameters.ts'

/** The routes of one noun. */
export function endpointsOf(resource: Resource, resources: Resources, savingOf: SavingOf): Route[] {
  const { plural } = resource
  const choose = (asked: Asked) => readChosen(resource, readParameters(asked.query).fields, resources)
  const shown = async (ctx: Context, saved: Saved, chosen: readonly Path[] | undefined): Promise<Answer> => ({
    form: 'record',
    status: saved.verdict === 'created' ? 201 : 200,
    verdict: saved.verdict,
    record: await viewSaved(ctx, resource, resources, saved, chosen),
  })
  const id = (asked: Asked) => readId(resource, asked.params.id!)
  const one = `/${plural}/:id`
  const found = isSearched(resource) ? `; to look for some: GET /${plural}?search=<words>` : ''
  const ofOne: Route[] = [
    {
      ...forMembers('GET', one, ['fields'], async (ctx, asked) => ({
        form: 'record',
        record: await viewRecord(ctx, resource, resources, id(asked), choose(asked)),
      })),
      instead: { POST: `To change one: PATCH /${plural}/{id}${found}; for many: POST /import` },
      below: belowOne(resource, resources),
    },
    forMembers('PATCH', one, ['fields'], async (ctx, asked) => {
      const chosen = choose(asked)
      const change = readConditional(ctx, resource, resources, asked)
      return shown(ctx, await patchRecord(ctx, savingOf(ctx, resource), id(asked), change), chosen)
    }),
    forMembers('DELETE', one, ['confirm'], async (ctx, asked) => {
      const condition = { confirm: readParameters(asked.query).confirm, version: readIfMatch(asked.ifMatch) }
      await removeRecord(ctx, savingOf(ctx, resource), id(asked), condition)
      return { form: 'record', record: { of: resource, id: id(asked), cells: [] }, verdict: 'deleted' }
    }),
  ]
  return [
    {
      ...forMembers('GET', `/${plural}`, undefined, async (ctx, { query }) => ({
        form: 'list',
        list: await list(ctx, resource, resources, query),
      })),
      instead: { PATCH: 'Of many: POST /import, a CSV with id and the columns to change' },
    },
    forMembers('POST', `/${plural}`, ['fields'], async (ctx, asked) => {
      const chosen = choose(asked)
      const change = readConditional(ctx, resource, resources, asked)
      return shown(ctx, await upsertRecord(ctx, savingOf(ctx, resource), change), chosen)
    }),
    ...ofOne.map((route) => ({ ...route, checkPath: idCheck(resource) })),
  ]
}

/** Where that is which others look for below a record: who refers to it, what it refers to, its reminder and changes. */
function belowOne(resource: Resource, resources: Resources): ReadonlyMap<string, readonly string[]> {
  const one = `/${resource.plural}/{id}`
  const calls = new Map([['audit', ['GET /audit?target={id}']]])
  if (followedOf([resource]).length > 0) calls.set('reminders', [settingReminder(resources, one)])
  for (const other of resources) {
    const { name, plural } = other
    const from = referencesOf(other).find(({ to }) => to === resource.name)
    if (from) calls.set(plural, [`GET /${plural}?${from.field}={id}`, `POST /${plural} {"${from.field}","…"}`])
    const own = referencesOf(resource).find(({ to }) => to === name)
    for (const word of own ? [name, plural] : []) calls.set(word, [`GET ${one}?fields=${own!.field}`])
  }
  return calls
}

/** `/contacts/{id}/activities` for each noun that `child` refers to: the list, and making one there. */
export function nestedEndpointsOf(child: Resource, resources: Resources, savingOf: SavingOf): Route[] {
  return referencesOf(child).flatMap(({ field, to }): Route[] => {
    const parent = resourceNamed(resources, to)
    const path = `/${parent.plural}/:id/${child.plural}`
    const parentId = async (ctx: Context, asked: Asked): Promise<string> => {
      const id = readId(parent, asked.params.id!)
      await viewRecord(ctx, parent, resources, id, [])
      return id
    }
    return [
      forMembers('GET', path, undefined, async (ctx, asked) => {
        const fixed: Filter = {
          path: pathOf(child, field, resources) as Path,
          operator: 'eq',
          values: [await parentId(ctx, asked)],
        }
        return { form: 'list', list: await list(ctx, child, resources, asked.query, [fixed]) }
      }),
      forMembers('POST', path, [], async (ctx, asked) => {
        const id = await parentId(ctx, asked)
        const change = readConditional(ctx, child, resources, asked, { parent, id })
        const other: Problem = { code: 'invalid_value', field, problem: `must be the ${to} of the path, or left out` }
        const problems = (change.values.get(field) ?? id) === id ? change.problems : [...change.problems, other]
        const values = new Map([...change.values, [field, id]])
        const saved = await upsertRecord(ctx, savingOf(ctx, child), { ...change, values, problems })
        return {
          form: 'record',
          status: 201,
          verdict: saved.verdict,
          record: await viewSaved(ctx, child, resources, saved),
        }
      }),
    ]
  })
}

async function list(
  ctx: Context,
  resource: Resource,
  resources: Resources,
  query: Asked['query'],
  fixed?: readonly Filter[],
) {
  const { workspaceId, zone } = ctx.caller
  const asking: Asking = { secret: ctx.secret, workspaceId, zone, resources, fixed }
  return listRecords(ctx, readQuery(resource, query, asking), resources)
}

/** A path that holds no id is none, whatever parameters it has: `/contacts/search?q=ada`. */
function idCheck(resource: Resource): Route['checkPath'] {
  return ({ id = '' }) => void readId(resource, id)
}

/** The bare id in a path. Throws 404. */
function readId(resource: Resource, text: string): string {
  const id = idOf(resource, text)
  if (id) return id
  throw noSuchRecord(resource)
}

/** The record under which another is made. */
interface Below {
  readonly parent: Resource
  readonly id: string
}

/** What the body asks for, on the condition that it or If-Match names. */
function readConditional(ctx: Context, resource: Resource, resources: Resources, asked: Asked, below?: Below): Change {
  const change = readChange(resource, asked.body, ctx.caller.zone)
  const keeper = below && followedOf([below.parent])[0]
  const setting = () => settingReminder(resources, keeper && `/${keeper.plural}/${below.id}`)
  const version = readIfMatch(asked.ifMatch)
  const contradicts = version !== undefined && change.version !== undefined && version !== change.version
  return {
    ...change,
    problems: pointToReminder(change.problems, resource, setting),
    version: contradicts ? NO_VERSION : (version ?? change.version),
  }
}

/** Of no record: what asks for two versions at once is answered with the one that there is. */
const NO_VERSION = -1

/** If-Match (RFC 9110 §13.1.1) with a version, quoted or not, or `*`, which any record fulfils. Throws 400. */
function readIfMatch(header: string | undefined): number | undefined {
  if (header === undefined || header.trim() === '*') return undefined
  const match = /^(?:"(0|[1-9]\d*)"|(0|[1-9]\d*))$/.exec(header.trim())
  if (!match) throw fail.invalidIfMatch()
  // One too long to be exact is none that a record has.
  return Number(match[1] ?? match[2])
}
