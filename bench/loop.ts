// What writes without a server need: a workspace, and somebody who writes in it.

import { randomBytes } from 'node:crypto'
import type { Context } from '../src/context.ts'
import { idsAt } from '../src/records/record-ids.ts'
import type { Connection } from '../src/store/dialect.ts'

export const LOOP_WORKSPACE = 'w_benchbenchbench0'

export async function loopWorkspace(db: Connection): Promise<void> {
  const at = 1_700_000_000
  await db.rows(
    "INSERT INTO users (id, email, created_at) VALUES ('u_loop', 'loop@bench.example', ?) ON CONFLICT DO NOTHING",
    [at],
  )
  await db.rows(
    `INSERT INTO workspaces (id, name, timezone, plan, created_by, created_at) VALUES ('${LOOP_WORKSPACE}', 'Loop', 'UTC', '', 'u_loop', ?)
      ON CONFLICT DO NOTHING`,
    [at],
  )
}

export function loopContext(): Context {
  const ids = idsAt(randomBytes)
  const caller = { workspaceId: LOOP_WORKSPACE, email: 'loop@bench.example', tokenName: 'default', zone: 'UTC' }
  return {
    ...{ now: Date.now(), random: randomBytes, secret: '', caller, afterCommit: () => {}, wakeMail: () => {} },
    ...ids(Date.now()),
  } as unknown as Context
}
