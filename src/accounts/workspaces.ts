// Workspaces: what a token acts in, made and named by people.

import type { Context, OpenContext, Role } from '../context.ts'
import { newId } from '../declare/handles.ts'
import { choice, text, time } from '../declare/kinds.ts'
import { fail } from '../errors.ts'
import { lockExclusively } from '../records/workspace-lock.ts'
import type { ListView, RecordView } from '../render/answer.ts'
import { deleteWorkspaceRows } from '../store/workspace-rows.ts'
import { secondsOf } from '../text/times.ts'
import { type Author, recordTeamEvent, recordTeamEventBy } from './audit.ts'
import { PEOPLE_ID_LENGTH, WORKSPACE } from './handles.ts'

/** In code points. */
export const WORKSPACE_NAME_LENGTH_MAX = 100

const LIST_MAX = 1000

export interface WorkspaceRow {
  readonly id: string
  readonly name: string
}

/** A workspace as one of its members sees it. */
export interface MyWorkspace extends WorkspaceRow {
  readonly timezone: string
  readonly plan: string
  readonly created_at: number
  readonly role: Role
}

/** The caller's workspaces with their role in each; an app that may not switch sees the one it is for. */
export async function listWorkspaces(ctx: Context): Promise<ListView> {
  const { caller } = ctx
  let mine = workspacesOf(ctx, caller.userId)
  if (caller.connector && !caller.connector.maySwitch) mine = mine.where('workspaces.id', '=', caller.workspaceId)
  const rows = await mine.orderBy('workspaces.created_at').orderBy('workspaces.id').limit(LIST_MAX).execute()
  const items = rows.map((row) => workspaceView(row as MyWorkspace, caller.workspaceId))
  return { items, total: items.length, totalMax: LIST_MAX, clipped: false }
}

/** A user's workspaces, the one last used first. */
export async function myWorkspaces(ctx: OpenContext, userId: string): Promise<readonly MyWorkspace[]> {
  const rows = await workspacesOf(ctx, userId)
    .orderBy('memberships.last_used_at', 'desc')
    .orderBy('workspaces.created_at')
    .limit(LIST_MAX)
    .execute()
  return rows as MyWorkspace[]
}

/** The workspace of this id, where the user is its member; undefined looks the same as one that never was. */
export async function findMyWorkspace(ctx: OpenContext, userId: string, id: string): Promise<MyWorkspace | undefined> {
  const row = await workspacesOf(ctx, userId).where('workspaces.id', '=', id).executeTakeFirst()
  return row as MyWorkspace | undefined
}

/** Makes a workspace whose admin the user is. Throws plan_limit_reached past `cap` workspaces of their own. */
export async function createWorkspace(
  ctx: OpenContext,
  userId: string,
  name: string,
  cap: number | undefined,
): Promise<MyWorkspace> {
  await lockUser(ctx, userId)
  const used = await countOwnWorkspaces(ctx, userId)
  const room = 'GET /workspaces shows those that you have: use one, delete one of your own (DELETE /workspaces/{id})'
  if (cap !== undefined && used >= cap)
    throw fail.planLimitReached({ resource: 'workspaces', used, limit: cap, one: 'workspace', room })
  const created_at = secondsOf(ctx.now)
  const id = newId(WORKSPACE.prefix, ctx.random, PEOPLE_ID_LENGTH)
  const workspace = { id, name, timezone: 'UTC', plan: '', created_by: userId, created_at }
  await ctx.db.typed.insertInto('workspaces').values(workspace).execute()
  await ctx.db.typed
    .insertInto('memberships')
    .values({ workspace_id: id, user_id: userId, role: 'admin', created_at, last_used_at: 0 })
    .execute()
  return { ...workspace, role: 'admin' }
}

/** The same where somebody asks for one, which its log begins with. */
export async function createNamedWorkspace(
  ctx: OpenContext,
  userId: string,
  name: string,
  cap: number | undefined,
  by: Author,
): Promise<MyWorkspace> {
  const made = await createWorkspace(ctx, userId, name, cap)
  const event = { action: 'create', of: WORKSPACE, id: made.id } as const
  await recordTeamEventBy(ctx, made.id, { ...event, changes: { name: [null, name] } }, by)
  return made
}

/**
 * How many workspaces of their own somebody has: those they made and are a member of since. Who left one and was invited
 * back has joined it by invitation.
 */
export async function countOwnWorkspaces(ctx: OpenContext, userId: string): Promise<number> {
  const [row] = await ctx.db.rows(
    `SELECT count(*) AS count FROM workspaces w JOIN memberships m ON m.workspace_id = w.id AND m.user_id = w.created_by
      WHERE w.created_by = ? AND m.created_at = w.created_at`,
    [userId],
  )
  return Number(row!.count)
}

/** Renames it, or sets the zone that its times are shown in. Throws 404 where it, or the membership, is gone. */
export async function changeWorkspace(
  ctx: Context,
  id: string,
  change: { readonly name?: string; readonly timezone?: string },
): Promise<MyWorkspace> {
  await lockWorkspaceRow(ctx, id)
  const before = await findMyWorkspace(ctx, ctx.caller.userId, id)
  if (!before) throw noSuchWorkspace()
  const after = { ...before, ...change }
  const fields = (['name', 'timezone'] as const).filter((field) => after[field] !== before[field])
  if (fields.length === 0) return after
  const changed = Object.fromEntries(fields.map((field) => [field, after[field]]))
  await ctx.db.typed.updateTable('workspaces').set(changed).where('id', '=', id).execute()
  await recordTeamEvent(ctx, id, {
    ...{ action: 'update', of: WORKSPACE, id },
    changes: Object.fromEntries(fields.map((field) => [field, [before[field], after[field]]])),
  })
  return after
}

export function noSuchWorkspace() {
  return fail.notFound({ what: 'workspace of that id', next: 'See yours: GET /workspaces' })
}

/** Deletes it with all its data, members, invites, tokens and its audit log. */
export async function deleteWorkspace(ctx: Context, workspace: MyWorkspace): Promise<void> {
  // Whoever is changing its records ends first, and nobody begins.
  await lockExclusively(ctx.db, workspace.id)
  await lockWorkspaceRow(ctx, workspace.id)
  await deleteWorkspaceRows(ctx.db, workspace.id)
}

/** Members, invites and caps of a workspace change one after the other. */
export function lockWorkspaceRow(ctx: OpenContext, id: string): Promise<void> {
  return lockAs(ctx, id, ctx.db.dialect.forUpdate)
}

/** The same for who takes nothing away that a token rests on: whoever holds it need not be waited for. */
export function lockForMore(ctx: OpenContext, id: string): Promise<void> {
  return lockAs(ctx, id, ctx.db.dialect.forCount)
}

/** It can't be locked or deleted before the transaction ends. Whoever also locks what is in it does this first. */
export function holdWorkspace(ctx: OpenContext, id: string): Promise<void> {
  return lockAs(ctx, id, ctx.db.dialect.forReference)
}

/** `how` is empty where one transaction runs at a time. */
async function lockAs({ db }: OpenContext, id: string, how: string): Promise<void> {
  if (how) await db.rows(`SELECT id FROM workspaces WHERE id = ?${how}`, [id])
}

/** Workspaces of somebody's own are made one after the other. */
async function lockUser(ctx: OpenContext, id: string): Promise<void> {
  const { forUpdate } = ctx.db.dialect
  if (forUpdate) await ctx.db.rows(`SELECT id FROM users WHERE id = ?${forUpdate}`, [id])
}

/**
 * The workspace that a new token is for: the one asked for, else the one last used, else one's own, which is made where
 * there is none. Never one that somebody else added them to and they never chose. Throws 404.
 */
export async function chooseWorkspace(
  ctx: OpenContext,
  userId: string,
  email: string,
  wanted: string | undefined,
): Promise<WorkspaceRow> {
  if (wanted !== undefined) {
    const found = await findMyWorkspace(ctx, userId, wanted)
    if (found) return found
    throw fail.notFound({ what: 'workspace of that id', next: 'Leave workspace_id out to sign in to your own.' })
  }
  const used = await lastUsedWorkspace(ctx, userId)
  if (used) return used
  await lockUser(ctx, userId)
  return (await lastUsedWorkspace(ctx, userId)) ?? makeOwnWorkspace(ctx, userId, email)
}

/** The one last used, else one's own. */
function lastUsedWorkspace(ctx: OpenContext, userId: string): Promise<WorkspaceRow | undefined> {
  return workspacesOf(ctx, userId)
    .where((is) => is.or([is('memberships.last_used_at', '>', 0), is('workspaces.created_by', '=', userId)]))
    .orderBy('memberships.last_used_at', 'desc')
    .orderBy('workspaces.created_at')
    .executeTakeFirst()
}

/** The workspace that everybody has from their first sign-in on. */
export function makeOwnWorkspace(ctx: OpenContext, userId: string, email: string): Promise<MyWorkspace> {
  return createWorkspace(ctx, userId, `${email.split('@')[0]}'s workspace`, undefined)
}

export function workspaceView(row: MyWorkspace, current: string): RecordView {
  const cells = [
    { label: 'name', kind: text, stored: row.name },
    { label: 'role', kind: text, stored: row.role },
    { label: 'timezone', kind: text, stored: row.timezone },
    { label: 'created_at', kind: time, stored: row.created_at },
    { label: 'current', kind: yes, stored: row.id === current ? 'yes' : null },
  ]
  return { of: WORKSPACE, id: row.id, cells }
}

function workspacesOf(ctx: OpenContext, userId: string) {
  return ctx.db.typed
    .selectFrom('memberships')
    .innerJoin('workspaces', 'workspaces.id', 'memberships.workspace_id')
    .select(['workspaces.id', 'workspaces.name', 'workspaces.timezone', 'workspaces.plan', 'workspaces.created_at'])
    .select('memberships.role')
    .where('memberships.user_id', '=', userId)
}

const yes = choice('yes', ['yes'])
