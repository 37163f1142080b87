// Writes on SQLite: what one client, 64 clients and a burst of a hundred thousand reach, against a loop in one process that
// commits one such write at a time on the same file. A write counts only if its audit row is there.

import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { contact, resources } from '../src/crm/index.ts'
import { readChange } from '../src/records/change.ts'
import { upsertRecord } from '../src/records/save.ts'
import { openSqlite } from '../src/store/sqlite.ts'
import { clientOf, signIn } from '../test/support/client.ts'
import { environment, FOLDER } from './databases.ts'
import { load, oneByOne } from './load.ts'
import { LOOP_WORKSPACE, loopContext, loopWorkspace } from './loop.ts'
import { contactOf } from './people.ts'
import { type Served, startNode } from './process.ts'
import { median } from './reads.ts'
import type { Say } from './report.ts'
import { rateOfSqliteAlone } from './sqlite-alone.ts'

const START_ROUNDS = 5
const SHARE_OF_ONE_CLIENT = 8
const IMPORTS = 4

/** How soon a server on an existing file is ready, and what it takes of memory then. */
export async function measureStart(env: Readonly<Record<string, string>>, say: Say): Promise<void> {
  const taken: number[] = []
  let resident = 0
  for (let round = 0; round < START_ROUNDS; round++) {
    const started = performance.now()
    const server = await startNode(['dist/main.js'], env, false)
    if ((await clientOf(server.url).get('/readyz')).status !== 200) throw new Error('It started and is not ready.')
    taken.push(performance.now() - started)
    resident = server.residentBytes()
    await server.kill('SIGTERM')
  }
  say({ what: 'start until /readyz', value: median(taken), unit: 'ms', target: { most: 500 } })
  say({ what: 'resident memory, idle', value: resident / 2 ** 20, unit: 'MiB', target: { most: 120 } })
}

export interface WriteEffort {
  readonly rounds: number
  /** Written by 64 clients in each round; the loop and the one client write fewer. */
  readonly records: number
  readonly burst: number
}

let written = 0
const nextBody = () => ({ path: '/contacts', method: 'POST' as const, body: JSON.stringify(contactOf(written++)) })

export async function measureWrites({ rounds, records, burst }: WriteEffort, say: Say): Promise<void> {
  const folder = mkdtempSync(join(FOLDER, 'writes-'))
  const file = join(folder, 'crmkit.db')
  const env = environment(`sqlite:${file}`, folder)
  const start = () => startNode(['dist/main.js'], env)
  let server = await start()
  const { token } = await signIn(server.url, 'owner@bench.example')
  const [many, one, ceiling, alone]: number[][] = [[], [], [], []]
  const few = Math.ceil(records / SHARE_OF_ONE_CLIENT)
  for (let round = 0; round < rounds; round++) {
    // One process has the file at a time. A server that has just started is not the one that runs all day.
    await server.kill('SIGTERM')
    ceiling!.push(await loopRate(file, few))
    alone!.push(await rateOfSqliteAlone())
    server = await start()
    await load(server, token, nextBody, { amount: few, connections: 64 })
    one!.push(await oneByOne(server.url, token!, nextBody, few))
    many!.push((await load(server, token, nextBody, { amount: records, connections: 64 })).requestsPerSecond)
  }
  const ratios = (rates: number[]) => median(rates.map((rate, round) => rate / ceiling![round]!))
  say({ what: 'one such write at a time in one process', value: median(ceiling!), unit: 'a second' })
  say({ what: 'SQLite alone with the statements of a POST, 34 to a commit', value: median(alone!), unit: 'a second' })
  say({ what: 'POST by 64 clients', value: median(many!), unit: 'a second' })
  say({ what: 'POST by 64 clients to one at a time', value: ratios(many!), target: { least: 3 } })
  say({ what: 'POST by one client to one at a time', value: ratios(one!), target: { least: 0.5 } })
  const filling = await load(server, token, nextBody, { amount: burst, connections: 64 })
  say({
    what: `${burst} contacts over 64 connections`,
    value: filling.requestsPerSecond,
    unit: 'a second',
    target: { least: 5_000 },
  })
  say({ what: 'CPU of a POST', value: filling.cpuMicroseconds, unit: 'µs' })
  say({
    what: `${records} contacts in ${IMPORTS} imports at once`,
    value: await importRate(server, token!, records),
    unit: 'a second',
  })
  say({
    what: 'resident memory after the load',
    value: server.residentBytes() / 2 ** 20,
    unit: 'MiB',
    target: { most: 300 },
  })
  await expectAll(server, token!, file, rounds * (2 * few + records) + burst + records)
  await server.kill('SIGTERM')
  rmSync(folder, { recursive: true, force: true })
}

/** How many contacts a second files of them are carried out at, some at once. */
async function importRate(server: Served, token: string, count: number): Promise<number> {
  const lines = Array.from({ length: count }, () => JSON.stringify({ type: 'contact', ...contactOf(written++) }))
  const share = Math.ceil(count / IMPORTS)
  const options = { headers: { 'content-type': 'application/x-ndjson' } }
  const started = performance.now()
  const reports = await Promise.all(
    Array.from({ length: IMPORTS }, (_, at) => {
      const body = lines.slice(at * share, (at + 1) * share).join('\n')
      return clientOf(server.url, token).post('/import', body, options)
    }),
  )
  const taken = performance.now() - started
  for (const { status, text } of reports)
    if (status !== 200) throw new Error(`An import was answered ${status}: ${text}`)
  return (count * 1000) / taken
}

/** Answered, kept and in the audit log must be the same number. */
async function expectAll(server: Served, token: string, file: string, answered: number): Promise<void> {
  const { DatabaseSync } = await import('@photostructure/sqlite')
  const client = clientOf(server.url, token)
  const kept = Number((await client.get('/whoami')).label('contacts')!.split(' ')[0])
  const database = new DatabaseSync(file, { readOnly: true })
  const count = (table: string) => (database.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { n: number }).n
  const [rows, entries] = ['contacts WHERE', "audit_events WHERE action = 'create' AND"].map((from) =>
    count(`${from} workspace_id <> '${LOOP_WORKSPACE}'`),
  )
  database.close()
  if (kept !== answered || rows !== answered || entries !== answered)
    throw new Error(`Answered ${answered}, kept ${kept} and ${rows}, logged ${entries}.`)
}

/** How many contacts a second a loop makes in the file that the server has otherwise, in a workspace of its own. */
async function loopRate(file: string, count: number): Promise<number> {
  const database = await openSqlite(file)
  await database.write(loopWorkspace)
  const ctx = loopContext()
  const started = performance.now()
  for (let n = 0; n < count; n++) {
    const change = readChange(contact, contactOf(written++), 'UTC')
    await database.write((db) => upsertRecord({ ...ctx, db }, { resource: contact, resources }, change))
  }
  const rate = (count * 1000) / (performance.now() - started)
  await database.close()
  return rate
}
