// Questions over several nouns at once: search, reminders, the audit log.

import type { Context } from '../context.ts'
import { type HandleKind, idOf } from '../declare/handles.ts'
import { time } from '../declare/kinds.ts'
import { isSearched, type Resource } from '../declare/resources.ts'
import { fail } from '../errors.ts'
import { OWNER } from '../owner/owner.ts'
import { readLimit, readOperator, readQuery, readSearch } from '../query/grammar.ts'
import { type Resources, resourceCalled } from '../query/paths.ts'
import { listAudit } from '../records/audit-list.ts'
import { listRecords } from '../records/list.ts'
import { followedOf, settingReminder } from '../records/reminder-fields.ts'
import { listReminders } from '../records/reminders.ts'
import { type Asked, forMembers, type Route } from '../route.ts'
import type { AuditFilter } from '../store/audit.ts'
import { addressAsked, isAddress } from '../text/addresses.ts'
import { readParameters } from './parameters.ts'

const PAGE = { default: 50, max: 200 } as const
const SEARCH_PAGE = { default: 10, max: 200 } as const
const DAYS_MAX = 3650
const AT_OPERATORS = ['eq', 'gt', 'gte', 'lt', 'lte'] as const
const ACTIONS = ['create', 'update', 'delete', 'prune']

export function questionEndpoints(resources: Resources, people: readonly HandleKind[]): Route[] {
  const targets = [...resources, ...people]
  const followed = followedOf(resources)
  return [
    forMembers('GET', '/search', ['q', 'types', 'limit'], async (ctx, { query }) => ({
      form: 'groups',
      groups: await search(ctx, resources, query),
    })),
    {
      ...forMembers('GET', '/reminders', ['days', 'limit'], async (ctx, { query }) => {
        const { days = '0', limit } = readParameters(query)
        if (!/^\d{1,4}$/.test(days) || Number(days) > DAYS_MAX)
          throw fail.invalidValue({ field: 'days', value: days, problem: `is a whole number from 0 to ${DAYS_MAX}` })
        return {
          form: 'list',
          list: await listReminders(ctx, followed, resources, Number(days), readLimit(limit, PAGE)),
        }
      }),
      instead: { POST: `To set one: ${settingReminder(resources)}` },
      below: new Map([['{id}', [`${settingReminder(resources)}, null to end it`]]]),
    },
    forMembers(
      'GET',
      '/audit',
      ['target', 'by', 'token', 'action', 'since', 'at', 'limit', 'cursor'],
      async (ctx, { query }) => {
        const { target, by, token, action, since, limit, cursor } = readParameters(
          query.filter(([name]) => name !== 'at'),
        )
        const bounds = query.flatMap(([name, value]) => (name === 'at' ? [readAt(value, ctx.caller.zone)] : []))
        if (since !== undefined) bounds.push({ since: readSince('since', since, ctx.caller.zone) })
        const filter = {
          record_id: target === undefined ? undefined : readTarget(targets, target),
          by_address: by === undefined ? undefined : readBy(by),
          token_name: token === undefined ? undefined : readTokenName(token),
          action: action === undefined ? undefined : readAction(action),
          ...narrowest(bounds),
        }
        return {
          form: 'list',
          list: await listAudit(ctx, targets, filter, { limit: readLimit(limit, PAGE), cursor }),
        }
      },
    ),
  ]
}

async function search(ctx: Context, resources: Resources, query: Asked['query']) {
  const { q, types, limit } = readParameters(query)
  const all = resources.filter(isSearched)
  if (q === undefined)
    throw fail.invalidValue({ field: 'q', value: '', problem: 'is what to look for, such as q=acme' })
  // Faults are told under the name that the caller knows.
  readSearch(q, 'q')
  const asked = types === undefined ? all : types.split(',').map((type) => readType(all, type.trim()))
  const { workspaceId, zone } = ctx.caller
  const asking = { secret: ctx.secret, workspaceId, zone, resources }
  const shown = readLimit(limit, SEARCH_PAGE)
  const groups = []
  for (const resource of new Set(asked)) {
    const parsed = readQuery(resource, [['search', q]], asking)
    const { plural } = resource
    const list = await listRecords(ctx, { ...parsed, limit: shown }, resources)
    // A cursor would belong to the noun's own list.
    const more = list.next && `/${plural}?search=${encodeURIComponent(q)}`
    groups.push({ plural, list: { ...list, next: undefined }, more })
  }
  return groups
}

function readType(resources: readonly Resource[], type: string): Resource {
  const found = resourceCalled(resources, type)
  if (found) return found
  throw fail.invalidValue({
    field: 'types',
    value: type,
    problem: `takes a list of ${resources.map(({ plural }) => plural).join(', ')}`,
  })
}

function readTarget(targets: readonly HandleKind[], target: string): string {
  for (const kind of targets) {
    const id = idOf(kind, target)
    if (id) return id
  }
  throw fail.invalidValue({
    field: 'target',
    value: target,
    problem: 'takes the handle of a record, such as contact/c_7k2m9qxa',
  })
}

/** A name would find nothing, as if its bearer had changed nothing. */
function readBy(by: string): string {
  const address = addressAsked(by)
  if (isAddress(address) || address === OWNER.by_address) return address
  const problem = `takes a whole address, such as ada@acme.com, or ${OWNER.by_address} for this server's command line`
  throw fail.invalidValue({ field: 'by', value: by, problem })
}

/** None would find what was done without a token, which prints no name. */
function readTokenName(token: string): string {
  if (token !== '') return token
  throw fail.invalidValue({ field: 'token', value: token, problem: 'takes the name of a token, such as laptop' })
}

function readAction(action: string): string {
  if (ACTIONS.includes(action)) return action
  throw fail.invalidValue({ field: 'action', value: action, problem: `is one of ${ACTIONS.join(', ')}` })
}

function readSince(field: string, since: string, zone: string): number {
  const read = time.ask(since, zone)
  if ('problem' in read) throw fail.invalidValue({ field, value: since, problem: read.problem })
  return Number(read.value)
}

type Bounds = Pick<AuditFilter, 'since' | 'before'>

/** `at` with an operator, as times are compared everywhere: by the second. */
function readAt(value: string, zone: string): Bounds {
  const { operator, rest } = readOperator('at', value, AT_OPERATORS)
  const second = readSince('at', rest, zone)
  if (operator === 'eq') return { since: second, before: second + 1 }
  if (operator === 'gt' || operator === 'gte') return { since: operator === 'gt' ? second + 1 : second }
  return { before: operator === 'lte' ? second + 1 : second }
}

/** All of them at once. */
function narrowest(bounds: readonly Bounds[]): Bounds {
  const sinces = bounds.flatMap(({ since }) => since ?? [])
  const befores = bounds.flatMap(({ before }) => before ?? [])
  return {
    since: sinces.length > 0 ? Math.max(...sinces) : undefined,
    before: befores.length > 0 ? Math.min(...befores) : undefined,
  }
}
