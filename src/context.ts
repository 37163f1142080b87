// What every function that does something gets as its first argument. Nothing is ambient.

import type { Random } from './declare/handles.ts'
import type { Connection } from './store/dialect.ts'

/** What a member may be in a workspace. */
export type Role = 'admin' | 'member'

/** Whose request it is: a token of one user that acts in one workspace. */
export interface Caller {
  readonly userId: string
  readonly email: string
  readonly workspaceId: string
  readonly workspaceName: string
  /** IANA name of the zone that times are shown in. */
  readonly zone: string
  readonly role: Role
  /** The plan of the workspace and that of the user; empty for the configured default. */
  readonly plan: string
  readonly userPlan: string
  readonly tokenId: string
  readonly tokenName: string
  /** Set where the token was given to an app over OAuth. */
  readonly connector?: Connector
}

/** What the consent page granted to an app. */
export interface Connector {
  readonly clientId: string
  readonly access: 'read' | 'write'
  /** May mint, list and revoke tokens, and so act in its user's other workspaces. */
  readonly maySwitch: boolean
}

/** What a request has before anybody knows whose it is. */
export interface OpenContext {
  /** A snapshot for reading; in a request that changes something, its transaction. */
  readonly db: Connection
  /** Milliseconds since 1970. */
  readonly now: number
  readonly random: Random
  /** Ids in the order of making: `e_…` for audit entries. */
  readonly orderedId: (prefix: string) => string
  /** A new id of a record: `c_…`. */
  readonly recordId: (prefix: string) => string
  /** The key of every HMAC. */
  readonly secret: string
  /** Has something done once the transaction is kept; nothing is done where it is not. */
  readonly afterCommit: (job: () => void) => void
  /** Tells that a mail is in the outbox; to be called after the commit. */
  readonly wakeMail: () => void
}

export interface Context extends OpenContext {
  readonly caller: Caller
}

/** For what reads its requests itself: contexts over a snapshot, and over a transaction that is durable when it resolves. */
export interface Transactions {
  readonly read: <T>(job: (ctx: OpenContext) => Promise<T>) => Promise<T>
  /** As Database.write: may run again after a conflict. */
  readonly write: <T>(job: (ctx: OpenContext) => Promise<T>) => Promise<T>
}
