// The lock on a workspace of those who change its records, where several transactions run at once. Most lock a record and
// then what it refers to, and share it; who renames or deletes one locks it and then what refers to it, and an import locks many
// in the order of its rows. Each of these has it exclusively, as together they would wait for each other until the database ends one.

import type { Context } from '../context.ts'
import type { Connection } from '../store/dialect.ts'
import { countReferring } from '../store/write.ts'
import type { Referring } from './referring.ts'

/** As a serialization failure (SQLSTATE), after which a transaction is begun anew. */
const BEGIN_ANEW = '40001'
/** What locks more takes long, and others would wait too long for it: it takes its chance beside them. */
const REFERRING_MAX = 1_000

/**
 * To be called before any record is locked. `isExclusive` is asked where there is a lock to take; what was begun anew takes it
 * exclusively without asking.
 */
export async function lockWorkspace(
  { db, caller }: Context,
  isExclusive: () => Promise<boolean> = async () => false,
): Promise<void> {
  const lock = db.dialect.workspaceLock
  if (lock) await db.change(db.isAgain || (await isExclusive()) ? lock.exclusive : lock.shared, [caller.workspaceId])
}

/**
 * For who finds out late that the shared lock does not do. Throws a serialization failure, after which the transaction is begun
 * anew with the exclusive one, unless it has that already.
 */
export async function beginAnewExclusively({ db }: Context, isExclusive: () => Promise<boolean>): Promise<void> {
  if (db.dialect.workspaceLock && !db.isAgain && (await isExclusive()))
    throw Object.assign(new Error('It needs the exclusive lock.'), { code: BEGIN_ANEW })
}

/** The exclusive lock, for a transaction that locks many records; gives the connection on which it is not taken again. */
export async function lockExclusively(db: Connection, workspaceId: string): Promise<Connection> {
  const lock = db.dialect.workspaceLock
  if (!lock) return db
  await db.change(lock.exclusive, [workspaceId])
  return { ...db, dialect: { ...db.dialect, workspaceLock: undefined } }
}

/** Whether records refer to this one in one of the fields, and not too many. Looked at without locks. */
export async function isReferredTo(ctx: Context, referring: readonly Referring[], id: string): Promise<boolean> {
  let count = 0
  for (const { resource, field } of referring)
    count += await countReferring(ctx.db, ctx.caller.workspaceId, resource, field, id)
  return count > 0 && count <= REFERRING_MAX
}
