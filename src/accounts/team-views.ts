// How members and pending invites are shown.

import { text, time } from '../declare/kinds.ts'
import type { RecordView } from '../render/answer.ts'
import { INVITE, USER } from './handles.ts'

/** A member, or somebody who is invited. */
export interface Person {
  readonly id: string
  readonly email: string
  readonly role: string
  readonly created_at: number
}

export function memberView(member: Person): RecordView {
  return { of: USER, id: member.id, cells: cellsOf(member, 'member') }
}

export function inviteView(invite: Person): RecordView {
  return { of: INVITE, id: invite.id, cells: cellsOf(invite, 'invited') }
}

function cellsOf({ email, role, created_at }: Person, status: string) {
  return [
    { label: 'email', kind: text, stored: email },
    { label: 'role', kind: text, stored: role },
    { label: 'status', kind: text, stored: status },
    { label: 'created_at', kind: time, stored: created_at },
  ]
}
