// Keeps `activities=` and `last_activity_at=` of the records that an activity is logged on.

import type { Context } from '../context.ts'
import { type Resource, referencesOf } from '../declare/resources.ts'
import { type Resources, resourceNamed } from '../query/paths.ts'
import { countOneMore, recount, type Values } from '../store/write.ts'

/** Counts after an activity was made (`before` absent), changed, or deleted (`after` absent). */
export async function countActivities(
  ctx: Context,
  { activity, resources }: { activity: Resource; resources: Resources },
  before: Values | undefined,
  after: Values | undefined,
): Promise<void> {
  const { workspaceId } = ctx.caller
  // As others lock them who change what refers to another: a deal before its company and contact.
  for (const { field, to } of referencesOf(activity).toReversed()) {
    const resource = resourceNamed(resources, to)
    // In order, so that two who move activities between the same records don't wait for each other.
    for (const id of [...new Set([before?.[field], after?.[field]])].sort()) {
      if (id === null || id === undefined) continue
      const holder = { resource, id: String(id) }
      if (before === undefined) await countOneMore(ctx.db, workspaceId, holder, activity, Number(after!.occurred_at))
      else await recount(ctx.db, workspaceId, holder, activity)
    }
  }
}
