// Invites: bound to one address, turned into a membership when that address signs in.

import type { Context, OpenContext, Role } from '../context.ts'
import { handleOf, newId } from '../declare/handles.ts'
import { fail } from '../errors.ts'
import { enqueueMail, mailsUsedUp } from '../mail/outbox.ts'
import type { RecordView } from '../render/answer.ts'
import { secondsOf } from '../text/times.ts'
import { recordTeamEvent, recordTeamEventBy } from './audit.ts'
import { lockAddress } from './guesses.ts'
import { INVITE, PEOPLE_ID_LENGTH, USER } from './handles.ts'
import { refuseMoreMembers } from './members.ts'
import { inviteView, type Person } from './team-views.ts'
import { lockForMore, lockWorkspaceRow, type WorkspaceRow } from './workspaces.ts'

const INVITES_MAX = 100
const INVITES_SECONDS = 3600

export interface Invited {
  readonly invite: Person
  readonly verdict: 'created' | 'updated'
}

/**
 * Invites an address in its normal form. Inviting it again mails it again, a few times an hour, and changes the role
 * where one is given. Throws conflict for a member, plan_limit_reached past `cap` members and invites.
 */
export async function invite(
  ctx: Context,
  workspace: WorkspaceRow,
  { email, ...asked }: { email: string; role: Role | undefined },
  { cap, mailed }: { cap: number | undefined; mailed: boolean },
): Promise<Invited> {
  // First the address, as whoever signs in does.
  if (mailed) await lockAddress(ctx, email)
  await lockWorkspaceRow(ctx, workspace.id)
  await refuseMember(ctx, workspace.id, email)
  const before = await ctx.db.typed
    .selectFrom('invites')
    .select(['id', 'email', 'role', 'created_at'])
    .where('workspace_id', '=', workspace.id)
    .where('email', '=', email)
    .executeTakeFirst()
  if (!before) {
    await refuseMoreMembers(ctx, workspace.id, cap)
    await refuseManyInvites(ctx, workspace.id)
  }
  const role = asked.role ?? before?.role ?? 'member'
  const after: Person = before
    ? { ...before, role }
    : { id: newId(INVITE.prefix, ctx.random, PEOPLE_ID_LENGTH), email, role, created_at: secondsOf(ctx.now) }
  await ctx.db.typed
    .insertInto('invites')
    .values({ workspace_id: workspace.id, invited_by: ctx.caller.userId, ...after })
    .onConflict((at) => at.columns(['workspace_id', 'email']).doUpdateSet({ role }))
    .execute()
  if (before?.role !== role)
    await recordTeamEvent(ctx, workspace.id, {
      ...{ action: before ? 'update' : 'create', of: INVITE, id: after.id },
      changes: { email: [before ? email : null, email], role: [before?.role ?? null, role] },
    })
  if (mailed && !(await mailsUsedUp(ctx, email, 'invite')))
    await enqueueMail(ctx, { kind: 'invite', to: email, workspaceName: workspace.name })
  return { invite: after, verdict: before ? 'updated' : 'created' }
}

/** Takes a pending invite back. Throws 404. */
export async function withdrawInvite(ctx: Context, workspaceId: string, id: string | undefined): Promise<RecordView> {
  await lockWorkspaceRow(ctx, workspaceId)
  const gone = await ctx.db.typed
    .deleteFrom('invites')
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id ?? '')
    .returning(['id', 'email', 'role', 'created_at'])
    .executeTakeFirst()
  if (!gone)
    throw fail.notFound({ what: 'pending invite of that id', next: `See GET /workspaces/${workspaceId}/members` })
  await recordTeamEvent(ctx, workspaceId, {
    ...{ action: 'delete', of: INVITE, id: gone.id },
    changes: { email: [gone.email, null], role: [gone.role, null] },
  })
  return inviteView(gone)
}

/** Turns the pending invites of an address into memberships; none of them counts as chosen yet. */
export async function acceptInvites(ctx: OpenContext, userId: string, email: string): Promise<WorkspaceRow[]> {
  const pending = await ctx.db.rows('SELECT workspace_id FROM invites WHERE email = ? ORDER BY workspace_id', [email])
  const joined: WorkspaceRow[] = []
  for (const { workspace_id: invited } of pending) {
    await lockForMore(ctx, String(invited))
    const accepted = await ctx.db.typed
      .deleteFrom('invites')
      .where('workspace_id', '=', String(invited))
      .where('email', '=', email)
      .returning(['workspace_id', 'role'])
      .executeTakeFirst()
    if (!accepted) continue
    const { workspace_id, role } = accepted
    await ctx.db.typed
      .insertInto('memberships')
      .values({ workspace_id, user_id: userId, role, created_at: secondsOf(ctx.now), last_used_at: 0 })
      .onConflict((at) => at.columns(['workspace_id', 'user_id']).doNothing())
      .execute()
    const event = { action: 'create', of: USER, id: userId } as const
    const changes = { email: [null, email], role: [null, role] } as const
    await recordTeamEventBy(ctx, workspace_id, { ...event, changes }, { address: email, tokenName: '' })
    joined.push(
      await ctx.db.typed
        .selectFrom('workspaces')
        .select(['id', 'name'])
        .where('id', '=', workspace_id)
        .executeTakeFirstOrThrow(),
    )
  }
  return joined
}

/** Whoever invites mails strangers: a workspace does so only so often. The log counts, which nobody can shorten. */
async function refuseManyInvites(ctx: Context, workspaceId: string): Promise<void> {
  const since = secondsOf(ctx.now) - INVITES_SECONDS
  const [row] = await ctx.db.rows(
    "SELECT count(*) AS count FROM audit_events WHERE workspace_id = ? AND at > ? AND resource = 'invite' AND action = 'create'",
    [workspaceId, since],
  )
  if (Number(row!.count) >= INVITES_MAX)
    throw fail.rateLimited({ retryAfter: INVITES_SECONDS, what: `invites: ${INVITES_MAX} an hour in a workspace` })
}

async function refuseMember(ctx: Context, workspaceId: string, email: string): Promise<void> {
  const member = await ctx.db.typed
    .selectFrom('memberships')
    .innerJoin('users', 'users.id', 'memberships.user_id')
    .select('users.id')
    .where('memberships.workspace_id', '=', workspaceId)
    .where('users.email', '=', email)
    .executeTakeFirst()
  if (!member) return
  const handle = handleOf(USER, member.id)
  throw fail.alreadyMember({ handle, call: `POST /workspaces/${workspaceId}/members/${member.id}/role` })
}
