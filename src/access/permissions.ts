// Who may do what: a table of permissions, with the roles that have each and what an app must have been granted for it.

import type { Caller, Role } from '../context.ts'
import { type ApiError, fail } from '../errors.ts'

interface Rule {
  readonly roles: readonly Role[]
  /** What an app needs: to read, to write, or to switch workspaces too. */
  readonly app: 'read' | 'write' | 'switch'
}

const EVERYBODY: readonly Role[] = ['admin', 'member']
const ADMINS: readonly Role[] = ['admin']

/** Those of a workspace's path are asked of the caller's role there; the others of the role in the token's workspace. */
export const permissions = {
  'read records': { roles: EVERYBODY, app: 'read' },
  'write records': { roles: EVERYBODY, app: 'write' },
  'list tokens': { roles: EVERYBODY, app: 'switch' },
  'revoke tokens': { roles: EVERYBODY, app: 'switch' },
  'mint tokens': { roles: EVERYBODY, app: 'switch' },
  'list workspaces': { roles: EVERYBODY, app: 'read' },
  'create workspaces': { roles: EVERYBODY, app: 'switch' },
  'see members': { roles: EVERYBODY, app: 'read' },
  'leave or remove members': { roles: EVERYBODY, app: 'write' },
  'manage members': { roles: ADMINS, app: 'write' },
  'manage workspace': { roles: ADMINS, app: 'write' },
} as const satisfies Record<string, Rule>

export type Permission = keyof typeof permissions

/** Why an app may not: it was granted reading alone, or one workspace. Undefined for a person's own token. */
export function refuseApp(caller: Caller, permission: Permission, method: string): ApiError | undefined {
  const { connector } = caller
  if (!connector) return undefined
  if (connector.access === 'read' && method !== 'GET') return fail.readOnly()
  const { app }: Rule = permissions[permission]
  if (app === 'switch' && !connector.maySwitch) return fail.connectorScope()
  return undefined
}

/** Why somebody of this role may not. */
export function refuseRole(role: Role, permission: Permission): ApiError | undefined {
  const { roles }: Rule = permissions[permission]
  return roles.includes(role) ? undefined : fail.adminRequired()
}
