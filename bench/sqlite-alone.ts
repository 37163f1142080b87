// The ceiling of writes on SQLite: the very statements of many POSTs, noted from the code itself, run by a loop that does
// nothing else, so many to a commit as 64 clients share. Whatever a server adds to it comes on top.

import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { contact, resources } from '../src/crm/index.ts'
import { readChange } from '../src/records/change.ts'
import { upsertRecord } from '../src/records/save.ts'
import { viewRecord } from '../src/records/view.ts'
import type { Connection, Value } from '../src/store/dialect.ts'
import { indexLate } from '../src/store/fts-index.ts'
import { CHECKPOINT_PAGES, common, loadEngine, openSqlite, WRITER_CACHE_KIBIBYTES } from '../src/store/sqlite.ts'
import { FOLDER } from './databases.ts'
import { loopContext, loopWorkspace } from './loop.ts'
import { noting } from './noting.ts'
import { contactOf } from './people.ts'

/** As many as share a commit on two cores. */
const SHARED = 34
const COMMITS = 300

type Step = readonly [sql: string, parameters: readonly Value[], gives: boolean]

/** How many POSTs a second SQLite carries out by itself, in one process that does nothing else. */
export async function rateOfSqliteAlone(): Promise<number> {
  const folder = mkdtempSync(join(FOLDER, 'alone-'))
  const [noted, alone] = [join(folder, 'noted.db'), join(folder, 'alone.db')]
  const first = await openSqlite(noted)
  await first.write(loopWorkspace)
  await first.close()
  copyFileSync(noted, alone)
  const commits = await statementsOf(noted)
  const { DatabaseSync } = loadEngine()
  const database = new DatabaseSync(alone)
  database.exec(
    `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}; ${common}
      PRAGMA cache_size = -${WRITER_CACHE_KIBIBYTES};`,
  )
  const known = new Map<string, ReturnType<typeof database.prepare>>()
  for (const [sql, , gives] of commits.flat()) {
    if (known.has(sql)) continue
    const statement = database.prepare(sql)
    if (gives) statement.setReturnArrays(true)
    known.set(sql, statement)
  }
  const started = performance.now()
  for (const steps of commits) {
    database.exec('BEGIN IMMEDIATE')
    for (const [sql, parameters, gives] of steps) known.get(sql)![gives ? 'all' : 'run'](...parameters)
    database.exec('COMMIT')
  }
  const rate = (COMMITS * SHARED * 1000) / (performance.now() - started)
  database.close()
  rmSync(folder, { recursive: true, force: true })
  return rate
}

async function statementsOf(file: string): Promise<Step[][]> {
  const database = await openSqlite(file)
  const ctx = loopContext()
  const commits: Step[][] = []
  for (let at = 0; at < COMMITS; at++) {
    const steps: Step[] = []
    const carryOut = async (connection: Connection) => {
      const db = noting(connection, (as, sql, parameters) =>
        steps.push([sql, parameters, as === 'rows' || as === 'one']),
      )
      for (let n = 0; n < SHARED; n++) {
        const change = readChange(contact, contactOf(at * SHARED + n), 'UTC')
        const { id } = await upsertRecord({ ...ctx, db }, { resource: contact, resources }, change)
        await viewRecord({ ...ctx, db }, contact, resources, id)
      }
      await indexLate(db)
    }
    await database.write(carryOut)
    commits.push(steps)
  }
  await database.close()
  return commits
}
