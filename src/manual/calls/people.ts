// Sign-in, tokens, workspaces and teams.

import { type Calls, textBody, type Words } from './call-words.ts'

const tag = 'Sign-in and teams'

const token: Words = {
  name: 'what it is for',
  workspace_id: 'the workspace that it acts in',
  'workspace.name': 'the name of that',
  created_at: 'when it was made',
  last_used_at: 'when it was last used',
  expires_at: 'when it dies unless it is used',
  client_id: 'the app that it was given to',
  access: 'what that app may do: read or write',
  current: 'yes on the one in use',
}
const workspace: Words = { name: 'its name', role: 'yours there', timezone: 'IANA zone that times are shown in' }
const person: Words = { email: 'the address', role: 'admin or member', status: 'member or invited' }
const minted: Words = {
  token: 'the token, shown once',
  token_id: 'its handle, to revoke it',
  token_name: 'what it is for',
  workspace: 'the workspace that it acts in',
  workspace_id: 'the handle of that',
  next: 'what to do with it',
}
const stepUp: Words = { code: 'the code that was mailed after the first try; or send X-Escalation-Code' }

export const peopleCalls: Calls = {
  'POST /auth/request': {
    ...{ id: 'requestCode', tag, summary: 'Ask for a sign-in code by e-mail' },
    about: 'The answer is the same whether or not the address is known. In local mode it holds the code.',
    body: textBody({ email: 'one plain e-mail address' }),
    answer: {
      form: 'lines',
      lines: {
        email: 'the address',
        local_code: 'the code, in local mode alone',
        note: 'what to do with the mail, or why there is no new code',
        next: 'the next call',
      },
    },
  },
  'POST /auth/verify': {
    ...{ id: 'verifyCode', tag, summary: 'Trade a code for a token' },
    about: 'A first sign-in makes the user and a workspace, and accepts pending invites.',
    body: textBody(
      { email: 'the address that the code went to', code: 'the code' },
      { token_name: 'what the token is for; default unless given', workspace_id: 'the workspace that it acts in' },
    ),
    answer: { form: 'lines', lines: { ...minted, user: 'the address' } },
    errors: ['invalid_code', 'not_found'],
  },
  'GET /whoami': {
    ...{ id: 'whoAmI', tag, summary: 'See user, workspace, role, token, plan and usage' },
    answer: {
      form: 'lines',
      lines: {
        ...{ user: 'the address', user_id: 'its handle', workspace: 'the name', workspace_id: 'its handle' },
        ...{ timezone: 'IANA zone', now: 'the time, in that zone' },
        ...{ role: 'admin or member', token: 'the name of the token', token_id: 'its handle' },
        ...{
          plan: 'what caps the workspace',
          workspaces: 'used / cap',
          members: 'used / cap',
          contacts: 'used / cap',
          companies: 'used / cap',
          deals: 'used / cap',
        },
      },
    },
  },
  'GET /tokens': {
    ...{ id: 'listTokens', tag, summary: 'List your tokens in all workspaces', answer: { form: 'list', of: token } },
    parameters: { limit: 'how many rows, 1 to 200; 200 unless given', cursor: 'the next_cursor of the page before' },
    errors: ['invalid_limit', 'invalid_cursor'],
  },
  'DELETE /tokens/:id': {
    ...{ id: 'revokeToken', tag, summary: 'Revoke one of your tokens at once, with those that it minted' },
    answer: { form: 'record', of: token },
  },
  'GET /workspaces': {
    ...{ id: 'listWorkspaces', tag, summary: 'List your workspaces with your role in each' },
    answer: { form: 'list', of: workspace },
  },
  'POST /workspaces': {
    ...{ id: 'createWorkspace', tag, summary: 'Create a workspace; you are its admin', statuses: [201] },
    body: textBody({ name: 'its name' }),
    answer: { form: 'record', of: workspace },
    errors: ['plan_limit_reached'],
  },
  'GET /workspaces/:id': {
    ...{ id: 'getWorkspace', tag, summary: 'Read one of your workspaces', answer: { form: 'record', of: workspace } },
  },
  'PATCH /workspaces/:id': {
    ...{ id: 'updateWorkspace', tag, summary: 'Rename a workspace, or set its time zone' },
    body: textBody({}, { name: 'its name', timezone: 'IANA zone that times are shown in' }),
    answer: { form: 'record', of: workspace },
    errors: ['admin_required'],
  },
  'DELETE /workspaces/:id': {
    ...{ id: 'deleteWorkspace', tag, summary: 'Delete a workspace with all its data and tokens' },
    ...{ parameters: stepUp, answer: { form: 'record', of: workspace } },
    errors: ['admin_required', 'escalation_required', 'invalid_code'],
  },
  'POST /workspaces/:id/tokens': {
    ...{ id: 'mintToken', tag, summary: 'Mint a token for a workspace', statuses: [201] },
    about: 'It dies with the token that minted it.',
    body: textBody({}, { token_name: 'what it is for; default unless given' }),
    answer: { form: 'lines', lines: minted },
  },
  'GET /workspaces/:id/members': {
    ...{ id: 'listMembers', tag, summary: 'List members and pending invites', answer: { form: 'list', of: person } },
  },
  'POST /workspaces/:id/invites': {
    ...{ id: 'inviteMember', tag, summary: 'Invite somebody by e-mail; they join at their next sign-in' },
    ...{ parameters: stepUp, statuses: [200, 201], answer: { form: 'record', of: person } },
    body: textBody({ email: 'one plain e-mail address' }, { role: 'member (default) or admin, which needs a code' }),
    errors: ['admin_required', 'escalation_required', 'invalid_code', 'plan_limit_reached', 'conflict'],
  },
  'DELETE /workspaces/:id/invites/:inviteId': {
    ...{ id: 'withdrawInvite', tag, summary: 'Withdraw an invite', answer: { form: 'record', of: person } },
    errors: ['admin_required'],
  },
  'POST /workspaces/:id/members/:userId/role': {
    ...{ id: 'setRole', tag, summary: 'Make a member an admin, which needs a code, or an admin a member' },
    ...{ parameters: stepUp, answer: { form: 'record', of: person } },
    body: textBody({ role: 'admin or member' }),
    errors: ['admin_required', 'escalation_required', 'invalid_code', 'last_admin'],
  },
  'DELETE /workspaces/:id/members/:userId': {
    ...{ id: 'removeMember', tag, summary: 'Remove a member, or leave; their tokens die at once' },
    answer: { form: 'record', of: person },
    errors: ['admin_required', 'last_admin'],
  },
}
