// What a person chose on the consent page. Nothing is granted that the app did not ask for, or that is not theirs.

import { WORKSPACE_NAME_LENGTH_MAX } from '../accounts/workspaces.ts'
import type { Sent } from './parameters.ts'
import type { Access } from './resource.ts'

export interface Choice {
  /** The id of one of their workspaces; undefined: a new one. */
  readonly workspaceId: string | undefined
  readonly workspaceName: string
  readonly access: Access
  readonly maySwitch: boolean
}

/** Reads the form; gives a sentence that says what to do where it can't be taken. */
export function readChoice(sent: Sent, asked: Access, workspaceIds: readonly string[]): Choice | { problem: string } {
  const { workspace, access } = sent
  const workspaceName = (sent.workspace_name ?? '').trim()
  if (workspace !== 'new' && !workspaceIds.includes(workspace ?? ''))
    return { problem: 'Choose the workspace that the app is to work in.' }
  if (workspace === 'new' && workspaceName === '') return { problem: 'Give the new workspace a name.' }
  if ([...workspaceName].length > WORKSPACE_NAME_LENGTH_MAX)
    return { problem: `Choose a name of at most ${WORKSPACE_NAME_LENGTH_MAX} characters for the new workspace.` }
  if (access !== 'read' && !(access === 'write' && asked === 'write')) return { problem: 'Choose what the app may do.' }
  return {
    workspaceId: workspace === 'new' ? undefined : workspace,
    workspaceName,
    access,
    maySwitch: sent.may_switch === 'yes',
  }
}
