// Fills a database through the same code that a request runs, without HTTP in between: the only way to a million contacts
// within minutes.

import { randomBytes } from 'node:crypto'
import type { Context } from '../src/context.ts'
import { company, contact, resources } from '../src/crm/index.ts'
import { orderedIds } from '../src/declare/handles.ts'
import type { Resource } from '../src/declare/resources.ts'
import { readChange } from '../src/records/change.ts'
import { upsertRecord } from '../src/records/save.ts'
import type { Database } from '../src/store/dialect.ts'
import { companiesFor, companyOf, contactOf } from './people.ts'

const JOBS_AT_ONCE = 512

export interface SeedingAs {
  readonly email: string
  readonly workspaceId: string
  readonly tokenName: string
}

/** Makes `count` contacts and their companies in the workspace, newest last, a second apart for every hundred. */
export async function seedContacts(database: Database, as: SeedingAs, count: number): Promise<void> {
  const orderedId = orderedIds(randomBytes)
  const started = Date.now() - count * 10
  const make = (resource: Resource, body: Record<string, unknown>, at: number) =>
    database.write(async (db) => {
      const caller = { ...as, zone: 'UTC' } as Context['caller']
      const open = {
        db,
        now: at,
        random: randomBytes,
        orderedId: (prefix: string) => orderedId(prefix, at),
        secret: '',
      }
      const saved = await upsertRecord({ ...open, caller }, { resource, resources }, readChange(resource, body, 'UTC'))
      return saved.id
    })
  const companies = await inTurn(companiesFor(count), (n) => make(company, companyOf(n), started))
  await inTurn(count, (n) => make(contact, contactOf(n, companies[Math.floor(n / 10)]), started + n * 10))
}

async function inTurn<T>(count: number, each: (n: number) => Promise<T>): Promise<T[]> {
  const made: T[] = []
  for (let from = 0; from < count; from += JOBS_AT_ONCE) {
    const part = Array.from({ length: Math.min(JOBS_AT_ONCE, count - from) }, (_, at) => each(from + at))
    made.push(...(await Promise.all(part)))
  }
  return made
}
