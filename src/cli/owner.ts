// Commands that work on the database itself, beside a server that may be running: a short look, or a short change.

import { randomBytes } from 'node:crypto'
import { type Config, type Flags, readConfig } from '../config.ts'
import type { OwnerContext } from '../owner/owner.ts'
import { idsAt } from '../records/record-ids.ts'
import type { Database } from '../store/dialect.ts'
import { openBeside } from '../store/open.ts'

/** Runs `job` on what is committed. Throws ConfigError, StoreError and what the job throws. */
export function looking<T>(flags: Flags, job: (ctx: OwnerContext, config: Config) => Promise<T>): Promise<T> {
  return onDatabase(flags, (database, config) => job(contextOver()(database.read), config))
}

/** Runs `job` in one transaction of its own. */
export function changing<T>(flags: Flags, job: (ctx: OwnerContext, config: Config) => Promise<T>): Promise<T> {
  const contextOf = contextOver()
  return onDatabase(flags, (database, config) => database.write((db) => job(contextOf(db), config)))
}

export async function onDatabase<T>(flags: Flags, job: (database: Database, config: Config) => Promise<T>): Promise<T> {
  const config = readConfig(flags)
  const database = await openBeside(config)
  try {
    return await job(database, config)
  } finally {
    await database.close()
  }
}

/** Contexts that number what they make in one order. */
export function contextOver(): (db: OwnerContext['db']) => OwnerContext {
  const ids = idsAt(randomBytes, Date.now)
  return (db) => {
    const now = Date.now()
    const nothing = () => {}
    // Nothing of the owner's is sealed, mailed or put off.
    return { db, now, random: randomBytes, ...ids(now), secret: '', afterCommit: nothing, wakeMail: nothing }
  }
}
