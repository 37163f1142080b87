// The audit log of a team: who came, went, was invited or promoted, and which tokens were minted and revoked.

import type { Context, OpenContext } from '../context.ts'
import type { HandleKind } from '../declare/handles.ts'
import { insertAuditEvents } from '../store/audit.ts'
import { secondsOf } from '../text/times.ts'

export interface TeamEvent {
  readonly action: 'create' | 'update' | 'delete'
  readonly of: HandleKind
  readonly id: string
  /** Label to the value before and the one after; null for none. */
  readonly changes: Readonly<Record<string, readonly [old: string | null, now: string | null]>>
}

/** Who did it: an address and the name of a token, empty where they had none. */
export interface Author {
  readonly address: string
  readonly tokenName: string
}

export function authorOf({ caller }: Context): Author {
  return { address: caller.email, tokenName: caller.tokenName }
}

/** Writes an entry into the log of a workspace, in the transaction of the change. */
export async function recordTeamEvent(ctx: Context, workspaceId: string, event: TeamEvent): Promise<void> {
  await recordTeamEventBy(ctx, workspaceId, event, authorOf(ctx))
}

/** The same where nobody has a token yet: somebody joins by signing in. */
export async function recordTeamEventBy(
  ctx: OpenContext,
  workspaceId: string,
  { action, of, id, changes }: TeamEvent,
  by: Author,
): Promise<void> {
  await insertAuditEvents(ctx.db, workspaceId, [
    {
      ...{ id: ctx.orderedId('e'), at: secondsOf(ctx.now), action, resource: of.name, record_id: id },
      ...{ by_address: by.address, token_name: by.tokenName, changes: JSON.stringify(changes) },
    },
  ])
}
