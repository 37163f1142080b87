// The same on PostgreSQL, with a pool of 16: reads against node:http, writes against what pgbench gets out of the very
// statements of one POST, and the load split over two nodes.

import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig } from '../src/config.ts'
import type { Context } from '../src/context.ts'
import { contact, resources } from '../src/crm/index.ts'
import { orderedIds } from '../src/declare/handles.ts'
import { readChange } from '../src/records/change.ts'
import { upsertRecord } from '../src/records/save.ts'
import { viewRecord } from '../src/records/view.ts'
import type { Value } from '../src/store/dialect.ts'
import { openDatabase } from '../src/store/open.ts'
import { clientOf } from '../test/support/client.ts'
import { newPostgres, type OwnPostgres } from '../test/support/postgres.ts'
import { type Filled, filled } from './databases.ts'
import { latencies, load, quantile } from './load.ts'
import { noting } from './noting.ts'
import { contactOf } from './people.ts'
import { type Served, startBare, startNode } from './process.ts'
import { inTurns, median, ratioOf } from './reads.ts'
import type { Say } from './report.ts'

const SECONDS = 3
const LIST = '/contacts?stage=lead&owner=alex&sort=-created_at&limit=50'
const SEARCHES = ['maria', 'maria+garcia', 'schneidr', 'ma'].map((words) => `/contacts?search=${words}`)

export async function measurePostgres(
  { rounds, sizes }: { rounds: number; sizes: readonly number[] },
  say: Say,
): Promise<void> {
  const server = await newPostgres(['shared_buffers=256MB', 'max_wal_size=4GB'])
  await server.start()
  try {
    const database = await filled(sizes, `postgres://postgres@127.0.0.1:${server.port}/postgres`)
    await server.query('VACUUM ANALYZE')
    const node = await startNode(['dist/main.js'], database.env)
    await measureReadsOf(node, database, rounds, say)
    await measureWritesOf(server, node, database, rounds, say)
    await measureTwoNodes(node, database, say)
    await node.kill('SIGTERM')
  } finally {
    await server.stop('immediate')
    server.remove()
  }
}

async function measureReadsOf(node: Served, { tokens }: Filled, rounds: number, say: Say): Promise<void> {
  const [least, most] = [Math.min(...tokens.keys()), Math.max(...tokens.keys())]
  const token = tokens.get(most)!
  // Different ones, as the same question of several is put to the database once.
  const { records } = await clientOf(node.url, token).get('/contacts?limit=100')
  let n = 0
  const one = () => ({ path: `/contacts/${records[n++ % records.length]!.handle.split('/')[1]}` })
  const raw = await startBare(await clientOf(node.url, token).get(`/${records[0]!.handle}`))
  const ratios: number[] = []
  const costs: number[] = []
  for (let round = 0; round < rounds; round++) {
    const ceiling = await load(raw, undefined, () => ({ path: '/' }), { seconds: SECONDS, connections: 32 })
    const ours = await load(node, token, one, { seconds: SECONDS, connections: 32 })
    ratios.push(ceiling.cpuMicroseconds / ours.cpuMicroseconds)
    costs.push(ours.cpuMicroseconds)
  }
  await raw.kill('SIGTERM')
  say({ what: 'PostgreSQL: GET /contacts/{id}, CPU a request', value: median(costs), unit: 'µs' })
  say({ what: 'PostgreSQL: GET /contacts/{id} to node:http, CPU', value: median(ratios), target: { least: 0.18 } })
  const asking = [most, least].map((size) => [size, { token: tokens.get(size)!, paths: [LIST] }] as const)
  const lists = await inTurns(node.url, new Map(asking), { rounds })
  say({
    what: `PostgreSQL: list p50, ${most} to ${least} contacts`,
    value: ratioOf(lists.get(most)!, lists.get(least)!),
    target: { most: 1.5 },
  })
  await latencies(node.url, token, SEARCHES, 10)
  const searches = await latencies(node.url, token, SEARCHES, 30)
  say({ what: `PostgreSQL: search, ${most} contacts, p50`, value: quantile(searches, 0.5), unit: 'ms' })
  say({
    what: `PostgreSQL: search, ${most} contacts, p99`,
    value: quantile(searches, 0.99),
    unit: 'ms',
    target: { most: 30 },
  })
}

/** pgbench runs what a POST of a contact sends, with 16 connections; both write in turns. */
async function measureWritesOf(
  server: OwnPostgres,
  node: Served,
  { tokens, env }: Filled,
  rounds: number,
  say: Say,
): Promise<void> {
  if (spawnSync('pgbench', ['--version']).status !== 0) {
    process.stdout.write('PostgreSQL writes against pgbench: skipped, as pgbench is not installed.\n')
    return
  }
  const token = tokens.get(Math.min(...tokens.keys()))!
  const workspace = (await clientOf(node.url, token).get('/whoami')).label('workspace_id')!.split('/')[1]!
  const script = join(env.CRMKIT_DATA_DIR!, 'post.sql')
  writeFileSync(script, await statementsOfPost(env, workspace))
  const [ratios, ceilings, rates, costs]: number[][] = [[], [], [], []]
  let n = 5_000_000
  const post = () => ({ path: '/contacts', method: 'POST' as const, body: JSON.stringify(contactOf(n++)) })
  for (let round = 0; round < rounds; round++) {
    const args = ['-n', '-M', 'prepared', '-c', '16', '-j', '1', '-T', String(SECONDS), '-f', script]
    const where = ['-h', '127.0.0.1', '-p', String(server.port), '-U', 'postgres', 'postgres']
    const { stdout, stderr } = spawnSync('pgbench', [...args, ...where], { encoding: 'utf8' })
    const ceiling = Number(/tps = ([\d.]+)/.exec(stdout)?.[1])
    if (!(ceiling > 0)) throw new Error(`pgbench: ${stderr}`)
    const ours = await load(node, token, post, { seconds: SECONDS, connections: 64 })
    ratios!.push(ours.requestsPerSecond / ceiling)
    ceilings!.push(ceiling)
    rates!.push(ours.requestsPerSecond)
    costs!.push(ours.cpuMicroseconds)
  }
  say({ what: 'PostgreSQL: pgbench with the statements of a POST', value: median(ceilings!), unit: 'a second' })
  say({ what: 'PostgreSQL: POST by 64 clients', value: median(rates!), unit: 'a second' })
  say({ what: 'PostgreSQL: CPU of a POST', value: median(costs!), unit: 'µs' })
  say({
    what: "PostgreSQL: POST to pgbench's rate for the same statements",
    value: median(ratios!),
    target: { least: 0.6 },
  })
}

/** What one POST of a contact sends, noted from the code itself, with a new id and number at each turn of the script. */
async function statementsOfPost(env: Readonly<Record<string, string>>, workspaceId: string): Promise<string> {
  const database = await openDatabase(readConfig({}, env))
  const sent: string[] = []
  const [number, tail] = ['987654321', 'bench2ps']
  const email = `james.smith${number}@company1.example`
  const orderedId = orderedIds(randomBytes)
  await database
    .write(async (db) => {
      const last: string[] = []
      const noted = noting(db, (as, sql, parameters) => {
        let at = 0
        const line = `${sql.replace(/\?/g, () => literal(parameters[at++] ?? null)).replaceAll('\n', ' ')};`
        ;(as === 'changeLast' ? last : sent).push(line)
      })
      const caller = {
        workspaceId,
        email: 'owner@bench.example',
        tokenName: 'default',
        zone: 'UTC',
      } as Context['caller']
      const ctx: Context = {
        ...{
          db: noted,
          now: Date.now(),
          secret: '',
          caller,
          afterCommit: () => {},
          wakeMail: () => {},
        },
        random: randomBytes,
        recordId: (prefix: string) => `${prefix}_${tail}`,
        orderedId: (prefix: string) => `${orderedId(prefix, Date.now())}${tail}`,
      }
      const { id } = await upsertRecord(
        ctx,
        { resource: contact, resources },
        readChange(contact, { ...contactOf(1), email }, 'UTC'),
      )
      await viewRecord(ctx, contact, resources, id)
      sent.push(...last)
      throw new Error(NOTED)
    })
    .catch((error) => {
      if (error.message !== NOTED) throw error
    })
  await database.close()
  const literal_ = (text: string) => `'${text}'`
  const fresh = (line: string) =>
    line.replace(/'(?:[^']|'')*'/g, (text) =>
      [tail, number].reduce(
        (sql, old) => (text.includes(old) ? `replace(${sql}, ${literal_(old)}, :n::text)` : sql),
        text,
      ),
    )
  return ['\\set n random(1000000, 9000000000000)', 'BEGIN;', ...sent.map(fresh), 'END;', ''].join('\n')
}

const NOTED = 'Noted; nothing of it is to be kept.'

function literal(value: Value): string {
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value)
}

/** The same load over one node and over two: the requests a second of both, and that a revoked token is refused by both. */
async function measureTwoNodes(node: Served, { env, tokens }: Filled, say: Say): Promise<void> {
  const second = await startNode(['dist/main.js'], env, false)
  const token = tokens.get(Math.max(...tokens.keys()))!
  const read = () => ({ path: '/contacts?limit=10' })
  const effort = { seconds: SECONDS, connections: 16 }
  const alone = await load(node, token, read, effort)
  const [a, b] = await Promise.all([load(node, token, read, effort), load(second, token, read, effort)])
  say({ what: 'two nodes: share of the second', value: b.answered / (a.answered + b.answered) })
  say({
    what: 'two nodes: rate of both to one',
    value: (a.requestsPerSecond + b.requestsPerSecond) / alone.requestsPerSecond,
  })
  const client = clientOf(node.url, token)
  const workspace = (await client.get('/whoami')).label('workspace_id')!
  const minted = await client.post(`/workspaces/${workspace.split('/')[1]}/tokens`, { token_name: 'short-lived' })
  const other = clientOf(second.url, minted.label('token')!)
  const before = await other.get('/whoami')
  await client.delete(`/tokens/${before.label('token_id')!.split('/')[1]}`)
  const after = await other.get('/whoami')
  if (before.status !== 200 || after.status !== 401)
    throw new Error('A revoked token was not refused by the other node.')
  await second.kill('SIGTERM')
}
