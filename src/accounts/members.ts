// Members of a workspace and what they may do. A workspace never loses its last admin: whatever changes its members
// holds the workspace locked.

import type { Context, OpenContext, Role } from '../context.ts'
import { fail } from '../errors.ts'
import type { ListView, RecordView } from '../render/answer.ts'
import { killTokens } from '../store/workspace-rows.ts'
import { recordTeamEvent } from './audit.ts'
import { USER } from './handles.ts'
import { inviteView, memberView, type Person } from './team-views.ts'
import { lockWorkspaceRow } from './workspaces.ts'

const LIST_MAX = 1000

/** Members first, then pending invites, each in the order in which they came. */
export async function listMembers(ctx: OpenContext, workspaceId: string): Promise<ListView> {
  const members = await membersOf(ctx, workspaceId)
    .orderBy('memberships.created_at')
    .orderBy('users.id')
    .limit(LIST_MAX)
    .execute()
  const invites = await ctx.db.typed
    .selectFrom('invites')
    .select(['id', 'email', 'role', 'created_at'])
    .where('workspace_id', '=', workspaceId)
    .orderBy('created_at')
    .orderBy('id')
    .limit(LIST_MAX)
    .execute()
  const items = [...members.map(memberView), ...invites.map(inviteView)]
  return { items, total: await countMembers(ctx, workspaceId), totalMax: LIST_MAX, clipped: false }
}

/** Gives a member another role. Throws 404, last_admin. */
export async function setRole(ctx: Context, workspaceId: string, userId: string, role: Role): Promise<RecordView> {
  await lockWorkspaceRow(ctx, workspaceId)
  const member = await findMember(ctx, workspaceId, userId)
  if (member.role === role) return memberView(member)
  if (role !== 'admin') await refuseLastAdmin(ctx, workspaceId, member)
  await ctx.db.typed
    .updateTable('memberships')
    .set({ role })
    .where('workspace_id', '=', workspaceId)
    .where('user_id', '=', userId)
    .execute()
  await recordTeamEvent(ctx, workspaceId, {
    ...{ action: 'update', of: USER, id: userId },
    changes: { role: [member.role, role] },
  })
  return memberView({ ...member, role })
}

/** Takes a member out; their tokens for the workspace die with the answer. Throws 404, last_admin. */
export async function removeMember(ctx: Context, workspaceId: string, userId: string): Promise<RecordView> {
  await lockWorkspaceRow(ctx, workspaceId)
  const member = await findMember(ctx, workspaceId, userId)
  await refuseLastAdmin(ctx, workspaceId, member)
  // The tokens first, as who renews one does.
  await killTokens(ctx.db, 'workspace_id = ? AND user_id = ?', [workspaceId, userId])
  await ctx.db.typed
    .deleteFrom('memberships')
    .where('workspace_id', '=', workspaceId)
    .where('user_id', '=', userId)
    .execute()
  await recordTeamEvent(ctx, workspaceId, {
    ...{ action: 'delete', of: USER, id: userId },
    changes: { email: [member.email, null], role: [member.role, null] },
  })
  return memberView(member)
}

/** Members and pending invites. */
export async function countMembers(ctx: OpenContext, workspaceId: string): Promise<number> {
  const [row] = await ctx.db.rows(
    `SELECT (SELECT count(*) FROM memberships WHERE workspace_id = ?) + (SELECT count(*) FROM invites WHERE workspace_id = ?) AS count`,
    [workspaceId, workspaceId],
  )
  return Number(row!.count)
}

/** Throws plan_limit_reached where one more would pass the cap. The workspace is locked. */
export async function refuseMoreMembers(ctx: Context, workspaceId: string, cap: number | undefined): Promise<void> {
  if (cap === undefined) return
  const used = await countMembers(ctx, workspaceId)
  const room = `GET /workspaces/${workspaceId}/members shows who counts: withdraw an invite, remove a member`
  if (used >= cap) throw fail.planLimitReached({ resource: 'members', used, limit: cap, one: 'member', room })
}

async function findMember(ctx: Context, workspaceId: string, userId: string): Promise<Person> {
  const member = await membersOf(ctx, workspaceId).where('users.id', '=', userId).executeTakeFirst()
  if (member) return member
  throw fail.notFound({ what: 'member of that id', next: `See GET /workspaces/${workspaceId}/members` })
}

async function refuseLastAdmin(ctx: Context, workspaceId: string, member: Person): Promise<void> {
  if (member.role !== 'admin') return
  const admins = await ctx.db.typed
    .selectFrom('memberships')
    .select('user_id')
    .where('workspace_id', '=', workspaceId)
    .where('role', '=', 'admin')
    .limit(2)
    .execute()
  if (admins.length < 2) throw fail.lastAdmin({ call: `POST /workspaces/${workspaceId}/members/{userId}/role` })
}

function membersOf(ctx: OpenContext, workspaceId: string) {
  return ctx.db.typed
    .selectFrom('memberships')
    .innerJoin('users', 'users.id', 'memberships.user_id')
    .select(['users.id', 'users.email', 'memberships.role', 'memberships.created_at'])
    .where('memberships.workspace_id', '=', workspaceId)
}
