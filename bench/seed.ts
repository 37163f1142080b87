// Fills a database with contacts by the server's own code, but in bulk: what the code would insert is caught, and put in
// table by table, in the order of the keys. A million contacts take minutes this way, not an hour.

import { randomBytes } from 'node:crypto'
import type { Context } from '../src/context.ts'
import { company, contact, resources } from '../src/crm/index.ts'
import type { Resource } from '../src/declare/resources.ts'
import { readChange } from '../src/records/change.ts'
import { idsAt } from '../src/records/record-ids.ts'
import { upsertRecord } from '../src/records/save.ts'
import { insertRows } from '../src/store/bulk.ts'
import type { Connection, Database, Row, Value } from '../src/store/dialect.ts'
import { indexLate, type Late, NUMBERS_A_SECOND, tidyIndex } from '../src/store/fts-index.ts'
import { pooled } from '../src/text/random.ts'
import { companiesFor, companyOf, contactOf } from './people.ts'

const RECORDS_A_TRANSACTION = 20_000

export interface SeedingAs {
  readonly email: string
  readonly workspaceId: string
  readonly tokenName: string
}

/** Makes `count` contacts and their companies in the workspace, the newest last, a hundred to the second. */
export async function seedContacts(database: Database, as: SeedingAs, count: number): Promise<void> {
  const caught = await catching(database)
  const random = pooled(randomBytes)
  const ids = idsAt(random)
  const started = Date.now() - count * 10
  const make = async (resource: Resource, body: Record<string, unknown>, now: number) => {
    const caller = { ...as, zone: 'UTC' } as Context['caller']
    const open = {
      db: caught.connection,
      now,
      random,
      ...ids(now),
      secret: '',
    }
    const ctx: Context = { ...open, caller, afterCommit: () => {}, wakeMail: () => {} }
    const change = readChange(resource, body, 'UTC')
    for (;;)
      try {
        return (await upsertRecord(ctx, { resource, resources }, change)).id
      } catch (error) {
        // Of a million ids drawn at random, two are probably the same.
        if (error !== TAKEN) throw error
      }
  }
  const companies: string[] = []
  for (let n = 0; n < companiesFor(count); n++) {
    companies.push(await make(company, companyOf(n), started))
    await caught.flush(RECORDS_A_TRANSACTION)
  }
  for (let n = 0; n < count; n++) {
    await make(contact, contactOf(n, companies[Math.floor(n / 10)]), started + n * 10)
    await caught.flush(RECORDS_A_TRANSACTION)
  }
  await caught.flush(1)
  // A server does so when nobody writes.
  if (database.dialect.name === 'sqlite') while (await database.write(tidyIndex));
  await database.write(async (db) => {
    for (const [plural, used] of Object.entries({ companies: companies.length, contacts: count }))
      await db.rows('INSERT INTO workspace_usage (workspace_id, resource, used) VALUES (?, ?, ?)', [
        as.workspaceId,
        plural,
        used,
      ])
  })
}

const TAKEN = new Error('The id is taken.')

interface Batch {
  readonly columns: readonly string[]
  readonly rows: Value[][]
}

/** A connection that keeps what is inserted for a later flush, and knows what it has caught as far as the code asks. */
async function catching(database: Database) {
  const late: Late[] = []
  const isFts = database.dialect.name === 'sqlite'
  /** The last number of each second. */
  const numbers = new Map<number, number>()
  const batches = new Map<string, Batch>()
  const names = new Map<Value, Value>()
  const ids = new Set<Value>()
  const words = new Set<string>()
  let records = 0
  const rows = async (sql: string, parameters: readonly Value[] = []): Promise<Row[]> => {
    const [, table, list] = /^INSERT INTO (\w+) \(([^)]+)\)/.exec(sql) ?? []
    if (table === 'workspace_usage') return [{ used: 1 }]
    if (table === 'search_texts') numbers.set(secondOf(Number(parameters[0])), Number(parameters[0]))
    if (table) return keep(table, list!.split(', '), parameters)
    if (sql.includes('FROM search_texts WHERE n >')) {
      const last = numbers.get(Number(parameters[0]))
      return last === undefined ? database.read.rows(sql, parameters) : [{ n: last }]
    }
    if (sql.startsWith('SELECT id FROM companies')) return [{ id: parameters[1]! }]
    if (sql.startsWith('SELECT name AS title')) return [{ title: names.get(parameters[1]!) ?? null }]
    return []
  }
  const keep = (table: string, columns: readonly string[], parameters: readonly Value[]): Row[] => {
    const batch = batches.get(table) ?? { columns, rows: [] }
    batches.set(table, batch)
    const kept: Value[][] = []
    for (let at = 0; at < parameters.length; at += columns.length) kept.push(parameters.slice(at, at + columns.length))
    const fresh = table === 'search_words' ? kept.filter(([, word]) => !words.has(String(word))) : kept
    if (table === 'search_words') for (const [, word] of fresh) words.add(String(word))
    if (table === 'companies') names.set(parameters[1]!, parameters[2]!)
    if (table === 'companies' || table === 'contacts') {
      if (ids.has(parameters[1]!)) throw TAKEN
      ids.add(parameters[1]!)
      records++
    }
    for (const row of fresh) batch.rows.push(row)
    return fresh.map((row): Row => Object.fromEntries(columns.map((column, at) => [column, row[at]!])))
  }
  const dialect = { ...database.dialect, rowsOfLists: undefined }
  const one: Connection['one'] = async (sql, parameters) => (await rows(sql, parameters))[0]
  const change: Connection['change'] = async (sql, parameters) => void (await rows(sql, parameters))
  const ways = { rows, one, change, changeLast: change }
  const connection: Connection = { ...database.read, ...ways, dialect, seen: new Set(), late }
  const flush = async (from: number) => {
    if (records < from) return
    records = 0
    await database.write(async (db) => {
      for (const [table, { columns, rows: kept }] of batches) {
        const isPlain = table.startsWith('search_') && !isFts
        if (isPlain) kept.sort(byKey)
        await insertRows(db, table, columns, kept, isPlain ? 'ON CONFLICT DO NOTHING' : '')
        kept.length = 0
      }
      db.late?.push(...late.splice(0))
      await indexLate(db)
    })
  }
  return { connection, flush }
}

/** What the numbers of a record's second begin after. */
function secondOf(number: number): number {
  return number - (number % NUMBERS_A_SECOND)
}

function byKey(a: readonly Value[], b: readonly Value[]): number {
  const at = a.findIndex((value, index) => value !== b[index])
  return at < 0 ? 0 : a[at]! < b[at]! ? -1 : 1
}
