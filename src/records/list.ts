// Lists: a query's page of records, its total and the cursor of the next page.

import type { Context } from '../context.ts'
import { writeCursor } from '../query/cursor.ts'
import { doubtOf } from '../query/doubts.ts'
import { shownBy } from '../query/grammar.ts'
import type { Resources } from '../query/paths.ts'
import type { Query } from '../query/query.ts'
import type { ListView } from '../render/answer.ts'
import { isKeyOfNone } from '../store/custom-keys.ts'
import { selectPage } from '../store/select.ts'
import { TOTAL_MAX } from '../store/totals.ts'
import { viewOf } from './view.ts'

export async function listRecords(ctx: Context, query: Query, resources: Resources): Promise<ListView> {
  const { workspaceId } = ctx.caller
  const paths = shownBy(query, resources)
  const page = await selectPage(ctx.db, workspaceId, query, paths)
  const binding = { secret: ctx.secret, workspaceId, identity: query.identity }
  return {
    items: page.records.map((record) => viewOf(query.resource, record, paths)),
    total: page.total,
    totalMax: TOTAL_MAX,
    next: page.end && writeCursor(page.end, binding),
    clipped: query.chosen === undefined,
    doubt: doubtOf(query, { ...page, paths, missing: page.total === 0 ? await missingKey(ctx, query) : undefined }),
  }
}

/** The first custom key of those that an answer must have had, where no record has it. */
async function missingKey(ctx: Context, { resource, filters }: Query): Promise<string | undefined> {
  const needed = filters.find(({ path, operator }) => path.customKey !== undefined && !['ne', 'is'].includes(operator))
  if (!needed) return undefined
  const isMissing = await isKeyOfNone(ctx.db, ctx.caller.workspaceId, resource, needed.path)
  return isMissing ? needed.path.label : undefined
}
