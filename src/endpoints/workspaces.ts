// Workspaces and teams: the calls of contract §3.

import { type Permission, refuseRole } from '../access/permissions.ts'
import { authorOf } from '../accounts/audit.ts'
import { lockAddress } from '../accounts/guesses.ts'
import { INVITE, USER, WORKSPACE } from '../accounts/handles.ts'
import { invite, withdrawInvite } from '../accounts/invites.ts'
import { listMembers, removeMember, setRole } from '../accounts/members.ts'
import { type CodeRules, forgetUnsentCodes } from '../accounts/sign-in-codes.ts'
import { signUpAllows } from '../accounts/sign-up.ts'
import { type Escalation, requireStepUp } from '../accounts/step-up.ts'
import { inviteView } from '../accounts/team-views.ts'
import { mintForMember } from '../accounts/tokens.ts'
import {
  changeWorkspace,
  createNamedWorkspace,
  deleteWorkspace,
  findMyWorkspace,
  listWorkspaces,
  type MyWorkspace,
  noSuchWorkspace,
  WORKSPACE_NAME_LENGTH_MAX,
  workspaceView,
} from '../accounts/workspaces.ts'
import type { Context, Role } from '../context.ts'
import { idOf } from '../declare/handles.ts'
import { type ApiError, fail } from '../errors.ts'
import type { Answer } from '../render/answer.ts'
import { type Asked, forMembers, type Method, type Route } from '../route.ts'
import type { Plan } from '../settings/plans.ts'
import { addressKey } from '../text/addresses.ts'
import { isZone, zoneName } from '../text/times.ts'
import { isNoMailbox } from './accounts.ts'
import { type Check, readParameters, readTexts } from './parameters.ts'

const JOINS = 'they join when they next sign in with this address'
const JOINS_IF_LISTED =
  'no mail was sent, as the owner of this server lists who may sign up, and this address is not listed; once it is, or if it has an account, they join when they next sign in'
const SEEN = { GET: 'To see members and pending invites: GET /workspaces/{id}/members' }
const ROLES: readonly Role[] = ['admin', 'member']

export interface TeamRules {
  readonly codes: CodeRules
  readonly idleSeconds: number
  readonly planOf: (name: string) => Plan
}

export function workspaceEndpoints({ codes, idleSeconds, planOf }: TeamRules): Route[] {
  const stepUp = (ctx: Context, asked: Asked, escalation: Escalation) =>
    requireStepUp(ctx, codes, escalation, readParameters(asked.query).code ?? asked.escalationCode)
  const membersCap = ({ plan }: MyWorkspace) => planOf(plan).caps.members
  return [
    forMembers(
      'GET',
      '/workspaces',
      [],
      async (ctx) => ({ form: 'list', list: await listWorkspaces(ctx) }),
      'list workspaces',
    ),
    forMembers(
      'POST',
      '/workspaces',
      [],
      async (ctx, { body }) => {
        const { name } = readTexts(body, ['name'], [], { name: isNoName })
        const cap = planOf(ctx.caller.userPlan).caps.workspaces
        const made = await createNamedWorkspace(ctx, ctx.caller.userId, name, cap, authorOf(ctx))
        return {
          ...{ form: 'record', status: 201, record: workspaceView(made, ctx.caller.workspaceId), verdict: 'created' },
          next: `your token stays in its workspace; for one of this: POST /workspaces/${made.id}/tokens`,
        }
      },
      'create workspaces',
    ),
    inWorkspace('GET', '', [], 'list workspaces', async (ctx, workspace) => ({
      form: 'record',
      record: workspaceView(workspace, ctx.caller.workspaceId),
    })),
    inWorkspace('PATCH', '', [], 'manage workspace', async (ctx, workspace, { body }) => {
      const sent = readTexts(body, [], ['name', 'timezone'], { name: isNoName, timezone: isNoZone })
      const change = sent.timezone === undefined ? sent : { ...sent, timezone: zoneName(sent.timezone) }
      const after = await changeWorkspace(ctx, workspace.id, change)
      const zone = workspace.id === ctx.caller.workspaceId ? change.timezone : undefined
      return { form: 'record', record: workspaceView(after, ctx.caller.workspaceId), verdict: 'updated', zone }
    }),
    inWorkspace('DELETE', '', ['code'], 'manage workspace', async (ctx, workspace, asked) => {
      const refused = await stepUp(ctx, asked, { action: 'delete-workspace', target: workspace.id })
      if (refused) return refused
      await deleteWorkspace(ctx, workspace)
      return { form: 'record', record: { of: WORKSPACE, id: workspace.id, cells: [] }, verdict: 'deleted' }
    }),
    {
      ...inWorkspace('POST', '/tokens', [], 'mint tokens', async (ctx, workspace, { body }) => {
        const { token_name } = readTexts(body, [], ['token_name'])
        return mintForMember(ctx, workspace, token_name ?? 'default', idleSeconds)
      }),
      instead: { GET: 'To see yours in all workspaces: GET /tokens' },
    },
    {
      ...inWorkspace('GET', '/members', [], 'see members', async (ctx, { id }) => ({
        form: 'list',
        list: await listMembers(ctx, id),
      })),
      instead: { POST: 'To invite somebody: POST /workspaces/{id}/invites {"email"}' },
    },
    {
      ...inWorkspace('POST', '/invites', ['code'], 'manage members', async (ctx, workspace, asked) => {
        const sent = readTexts(asked.body, ['email'], ['role'], { email: isNoMailbox, role: isNoRole })
        const [email, role] = [addressKey(sent.email), sent.role as Role | undefined]
        const target = `${workspace.id} ${email}`
        // The step-up locks the caller's, the invite the other: two who invite each other would wait for each other.
        if (role === 'admin') for (const each of [ctx.caller.email, email].sort()) await lockAddress(ctx, each)
        const refused = role === 'admin' ? await stepUp(ctx, asked, { action: 'invite-admin', target }) : undefined
        if (refused) return refused
        // As if nobody had that address, since an answer must not tell whether somebody does.
        const mayCome = signUpAllows(codes.signUp, email, { known: false, invited: true })
        const rules = { cap: membersCap(workspace), mailed: mayCome && codes.showCode === undefined }
        await forgetUnsentCodes(ctx, codes, email)
        const invited = await invite(ctx, workspace, { email, role }, rules)
        const status = invited.verdict === 'created' ? 201 : 200
        return {
          ...{ form: 'record', status, record: inviteView(invited.invite), verdict: invited.verdict },
          next: mayCome ? JOINS : JOINS_IF_LISTED,
        }
      }),
      instead: SEEN,
    },
    {
      ...inWorkspace('DELETE', '/invites/:inviteId', [], 'manage members', async (ctx, { id }, { params }) => ({
        ...{
          form: 'record',
          record: await withdrawInvite(ctx, id, idOf(INVITE, params.inviteId!)),
          verdict: 'deleted',
        },
      })),
      instead: SEEN,
    },
    inWorkspace('POST', '/members/:userId/role', ['code'], 'manage members', async (ctx, { id }, asked) => {
      const role = readTexts(asked.body, ['role'], [], { role: isNoRole }).role as Role
      const userId = idOf(USER, asked.params.userId!) ?? ''
      const target = `${id} ${userId}`
      const refused = role === 'admin' ? await stepUp(ctx, asked, { action: 'promote', target }) : undefined
      return refused ?? { form: 'record', record: await setRole(ctx, id, userId, role), verdict: 'updated' }
    }),
    {
      ...inWorkspace(
        'DELETE',
        '/members/:userId',
        [],
        'leave or remove members',
        async (ctx, { id, role }, { params }) => {
          const userId = idOf(USER, params.userId!) ?? ''
          const refused = userId === ctx.caller.userId ? undefined : refuseRole(role, 'manage members')
          return refused ?? { form: 'record', record: await removeMember(ctx, id, userId), verdict: 'deleted' }
        },
      ),
      instead: { ...SEEN, PATCH: 'To change the role: POST /workspaces/{id}/members/{userId}/role {"role"}' },
    },
  ]
}

type Run = (ctx: Context, workspace: MyWorkspace, asked: Asked) => Promise<Answer | ApiError>

/** A call on the workspace in the path: 404 for who is no member of it, whatever their own workspace is. */
function inWorkspace(
  method: Method,
  below: string,
  parameters: readonly string[],
  permission: Permission,
  run: Run,
): Route {
  const route = forMembers(
    method,
    `/workspaces/:id${below}`,
    parameters,
    async (ctx, asked) => {
      const { caller } = ctx
      const id = idOf(WORKSPACE, asked.params.id!)
      const workspace = id === undefined ? undefined : await findMyWorkspace(ctx, caller.userId, id)
      if (!workspace) throw noSuchWorkspace()
      if (caller.connector && !caller.connector.maySwitch && workspace.id !== caller.workspaceId)
        throw fail.connectorScope()
      const refused = refuseRole(workspace.role, permission)
      if (refused) throw refused
      return run(ctx, workspace, asked)
    },
    permission,
  )
  return { ...route, within: 'workspace' }
}

const isNoName: Check = (name) =>
  name.trim() !== '' && [...name].length <= WORKSPACE_NAME_LENGTH_MAX
    ? undefined
    : `must be text of 1 to ${WORKSPACE_NAME_LENGTH_MAX} characters`

const isNoZone: Check = (zone) =>
  isZone(zone) ? undefined : 'must be the IANA name of a time zone, such as Europe/Berlin or UTC'

const isNoRole: Check = (role) =>
  ROLES.some((each) => each === role)
    ? undefined
    : `must be one of ${ROLES.join(', ')}, who all read and write; only an app is connected read-only: GET /help/mcp`
