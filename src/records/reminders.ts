// What must be followed up: records of several nouns whose follow_up_at has come, merged by time.

import type { Context } from '../context.ts'
import { choice } from '../declare/kinds.ts'
import type { Resource } from '../declare/resources.ts'
import { pathOf, type Resources } from '../query/paths.ts'
import type { Path, Query } from '../query/query.ts'
import type { ListView, RecordView } from '../render/answer.ts'
import { selectPage } from '../store/select.ts'
import { TOTAL_MAX } from '../store/totals.ts'
import { DAY_SECONDS, secondsOf } from '../text/times.ts'
import { DUE } from './reminder-fields.ts'
import { viewOf } from './view.ts'

/** The records due by now and `days` more, earliest first; `overdue=yes` on those whose time has passed. */
export async function listReminders(
  ctx: Context,
  followed: readonly Resource[],
  resources: Resources,
  days: number,
  limit: number,
): Promise<ListView> {
  const now = secondsOf(ctx.now)
  const due: { at: number; item: RecordView }[] = []
  let total = 0
  for (const resource of followed) {
    const labels = [resource.title, DUE, 'follow_up_note', 'company_id', 'company.name']
    const paths = labels.map((label) => pathOf(resource, label, resources) as Path)
    const query: Query = {
      ...{ resource, limit, words: [], identity: '', sort: { path: paths[1]!, descending: false } },
      filters: [{ path: paths[1]!, operator: 'lte', values: [now + days * DAY_SECONDS] }],
    }
    const page = await selectPage(ctx.db, ctx.caller.workspaceId, query, paths)
    total += page.total
    for (const record of page.records) {
      const at = Number(record.values[1])
      const view = viewOf(resource, record, paths)
      const overdue = { label: 'overdue', kind: yes, stored: at < now ? 'yes' : null }
      due.push({ at, item: { ...view, cells: [...view.cells, overdue] } })
    }
  }
  due.sort((a, b) => a.at - b.at || (a.item.id < b.item.id ? -1 : 1))
  return { items: due.slice(0, limit).map(({ item }) => item), total, totalMax: TOTAL_MAX, clipped: true }
}

const yes = choice('yes', ['yes'])
