// The workspaces of this machine, who is in them, and the plan that caps each.

import { USER, WORKSPACE } from '../accounts/handles.ts'
import { listMembers } from '../accounts/members.ts'
import { lockWorkspaceRow } from '../accounts/workspaces.ts'
import { idOf } from '../declare/handles.ts'
import { email, integer, text, time } from '../declare/kinds.ts'
import type { ListView, RecordView } from '../render/answer.ts'
import type { Plan } from '../settings/plans.ts'
import { isThere, NOT_GONE } from '../store/workspace-rows.ts'
import { addressKey } from '../text/addresses.ts'
import { LIST_MAX, listOf, type OwnerContext, OwnerError, recordOwnerEvent } from './owner.ts'
import { userOf } from './users.ts'

/** Every workspace with its plan, members and what plans count, oldest first. */
export async function listWorkspaces(
  ctx: OwnerContext,
  counted: readonly string[],
  defaultPlan: string,
): Promise<ListView> {
  const used = counted.map(
    (resource) =>
      `(SELECT used FROM workspace_usage x WHERE x.workspace_id = w.id AND x.resource = '${resource}') AS ${resource}`,
  )
  const rows = await ctx.db.rows(
    `SELECT w.id, w.name, w.plan, w.timezone, w.created_at, ${used.join(', ')},
      (SELECT count(*) FROM memberships m WHERE m.workspace_id = w.id) AS members
      FROM workspaces w WHERE w.${NOT_GONE} ORDER BY w.created_at, w.id LIMIT ?`,
    [LIST_MAX + 1],
  )
  return listOf(
    rows.map((row) => ({
      of: WORKSPACE,
      id: String(row.id),
      cells: [
        { label: 'name', kind: text, stored: row.name! },
        { label: 'plan', kind: text, stored: row.plan || defaultPlan },
        { label: 'timezone', kind: text, stored: row.timezone! },
        { label: 'created_at', kind: time, stored: row.created_at! },
        { label: 'members', kind: integer, stored: row.members! },
        ...counted.map((label) => ({ label, kind: integer, stored: row[label] ?? 0 })),
      ],
    })),
  )
}

/** The members and pending invites of one workspace, longest first. Throws OwnerError. */
export async function listPeople(ctx: OwnerContext, sent: string): Promise<ListView> {
  return listMembers(ctx, (await workspaceOf(ctx, sent)).id)
}

/**
 * Puts a workspace (by id) on another plan, and tells its audit log; or a user (by address), whose plan caps how many
 * workspaces they have. Throws OwnerError for a plan, workspace or user that there is not.
 */
export async function setPlan(
  ctx: OwnerContext,
  whom: string,
  plan: string,
  plans: Readonly<Record<string, Plan>>,
): Promise<RecordView> {
  if (!Object.hasOwn(plans, plan))
    throw new OwnerError(`There is no plan ${JSON.stringify(plan)}. There are: ${Object.keys(plans).join(', ')}.`)
  if (whom.includes('@')) return setUserPlan(ctx, whom, plan)
  // What stands there is read once nobody else changes it.
  await lockWorkspaceRow(ctx, (await workspaceOf(ctx, whom)).id)
  const workspace = await workspaceOf(ctx, whom)
  await ctx.db.typed.updateTable('workspaces').set({ plan }).where('id', '=', workspace.id).execute()
  await recordOwnerEvent(ctx, workspace.id, { action: 'update', changes: { plan: [workspace.plan || null, plan] } })
  const cells = [
    { label: 'name', kind: text, stored: workspace.name },
    { label: 'plan', kind: text, stored: plan },
  ]
  return { of: WORKSPACE, id: workspace.id, cells }
}

async function setUserPlan(ctx: OwnerContext, address: string, plan: string): Promise<RecordView> {
  const id = await userOf(ctx, address)
  await ctx.db.typed.updateTable('users').set({ plan }).where('id', '=', id).execute()
  const cells = [
    { label: 'email', kind: email, stored: addressKey(address) },
    { label: 'plan', kind: text, stored: plan },
  ]
  return { of: USER, id, cells }
}

/** The workspace that an id or a handle means. Throws OwnerError. */
export async function workspaceOf(
  ctx: OwnerContext,
  sent: string,
): Promise<{ id: string; name: string; plan: string }> {
  const found = await ctx.db.typed
    .selectFrom('workspaces')
    .select(['id', 'name', 'plan'])
    .where('id', '=', idOf(WORKSPACE, sent) ?? '')
    .executeTakeFirst()
  if (found && (await isThere(ctx.db, found.id))) return found
  throw new OwnerError(`There is no workspace ${JSON.stringify(sent)}. See: crmkit workspace list`)
}
