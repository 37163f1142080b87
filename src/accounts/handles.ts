// The names and id prefixes of what belongs to people rather than to the CRM.

import type { HandleKind } from '../declare/handles.ts'

export const TOKEN = { name: 'token', prefix: 't' } as const
export const WORKSPACE = { name: 'workspace', prefix: 'w' } as const
export const USER = { name: 'user', prefix: 'u' } as const
export const INVITE = { name: 'invite', prefix: 'i' } as const

const members = (_: string, workspaceId: string) => `/workspaces/${workspaceId}/members`
/** It stands in the list of members, where whoever takes one back has its id from. */
const withdrawal = (id: string, workspaceId: string) =>
  `${members(id, workspaceId)}, or DELETE /workspaces/${workspaceId}/invites/${id} to withdraw it`

/** With the part of a path that they stand behind, and where one is seen. */
export const peopleHandles = [
  { ...TOKEN, plural: 'tokens', seenAt: () => '/tokens' },
  { ...WORKSPACE, plural: 'workspaces', seenAt: (id: string) => `/workspaces/${id}` },
  { ...USER, plural: 'members', seenAt: members },
  { ...INVITE, plural: 'invites', seenAt: withdrawal },
] as const

/** What the audit log speaks of beside records. */
export const peopleKinds: readonly HandleKind[] = [WORKSPACE, USER, INVITE, TOKEN]

/** Their ids are longer than those of records: they are found without a workspace. */
export const PEOPLE_ID_LENGTH = 16
