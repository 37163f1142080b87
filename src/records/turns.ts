// Turns of those who change records of one workspace, where several transactions run at once. Most lock a record and then
// what it refers to; who renames or deletes one locks it and then what refers to it, and an import locks many in the order of
// its rows. Each of these goes alone, as together they would wait for each other until the database ends one of them.

import type { Context } from '../context.ts'
import type { Connection } from '../store/dialect.ts'
import { countReferring } from '../store/write.ts'
import type { Referring } from './referring.ts'

/** As a serialization failure (SQLSTATE), after which a transaction is begun anew. */
const BEGIN_ANEW = '40001'
/** What locks more takes long, and others would wait too long for it: it takes its chance beside them. */
const REFERRING_MAX = 1_000

/** Before anything is locked. `isAlone` is asked where there are turns to take; what is begun anew goes alone. */
export async function takeTurn(
  { db, caller }: Context,
  isAlone: () => Promise<boolean> = async () => false,
): Promise<void> {
  const { turns } = db.dialect
  if (turns) await db.change(db.isAgain || (await isAlone()) ? turns.alone : turns.shared, [caller.workspaceId])
}

/** For who finds out late that it should go alone: throws what has the transaction begun anew, where it does not already. */
export async function goAlone({ db }: Context, isAlone: () => Promise<boolean>): Promise<void> {
  if (db.dialect.turns && !db.isAgain && (await isAlone()))
    throw Object.assign(new Error('It has to go alone.'), { code: BEGIN_ANEW })
}

/** The turn of a transaction that locks many; gives the connection on which what it does takes none again. */
export async function aloneOn(db: Connection, workspaceId: string): Promise<Connection> {
  const { turns } = db.dialect
  if (!turns) return db
  await db.change(turns.alone, [workspaceId])
  return { ...db, dialect: { ...db.dialect, turns: undefined } }
}

/** Whether records refer to this one in one of the fields, and not too many. Looked at without locks. */
export async function isReferredTo(ctx: Context, referring: readonly Referring[], id: string): Promise<boolean> {
  let count = 0
  for (const { resource, field } of referring)
    count += await countReferring(ctx.db, ctx.caller.workspaceId, resource, field, id)
  return count > 0 && count <= REFERRING_MAX
}
