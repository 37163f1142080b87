// Reads on SQLite, from a thousand contacts to a million.

import { clientOf } from '../test/support/client.ts'
import { latencies, load, quantile } from './load.ts'
import { FIRST, LAST } from './people.ts'
import { type Served, startBare } from './process.ts'
import type { Say } from './report.ts'

const CONNECTIONS = 32
const REQUESTS_MIN = 60
const WARM_UP_REQUESTS = 20_000
/** Of each kind before it is measured: the compiler has done its work by then, as it has in a server that runs all day. */
const WARM_UP_OF_A_KIND = 300
const [TURNS_A_ROUND, REQUESTS_A_TURN] = [4, 20]

export interface Effort {
  readonly rounds: number
  readonly seconds: number
}

/** The kinds of questions, each with several of its kind so that no single answer decides. */
const SEARCHES: Record<string, readonly string[]> = {
  'one word': ['maria', 'smith', 'engineer', 'babacedi', 'jose', 'schneider'],
  'two words': ['maria+garcia', 'john+smith', 'lisa+engineer', 'susan+vip'],
  'a typo': ['schneidr', 'elizabteh', 'rodriguze', 'steffanie'],
  'two letters': ['ma', 'sc', 'li', 'en'],
}
const NAMES = [...FIRST, ...LAST]
/** Questions of which none is asked twice, since answers are remembered until something is written. */
const FRESH: Record<string, (n: number) => string> = {
  'two names never asked for before': (n) =>
    `${FIRST[n % FIRST.length]}+${LAST[(n * 7 + Math.floor(n / FIRST.length)) % LAST.length]}`,
  'a typo never made before': (n) => without(NAMES[n % NAMES.length]!, 1 + Math.floor(n / NAMES.length)),
}
const LIST = '/contacts?stage=lead&owner=alex&sort=-created_at&limit=50'
const SORTED = '/contacts?stage=customer&sort=name&limit=50'
const OTHERS = ['/audit', '/audit?action=update', '/reminders?days=3650', '/activities']

export async function measureReads(
  server: Served,
  tokens: ReadonlyMap<number, string>,
  effort: Effort,
  say: Say,
): Promise<void> {
  const [least, most] = [Math.min(...tokens.keys()), Math.max(...tokens.keys())]
  await measurePointRead(server, tokens.get(most)!, effort, say)
  const lists = await inTurns(
    server.url,
    new Map([...tokens].map(([size, token]) => [size, { token, paths: [LIST, SORTED] }])),
    effort,
  )
  for (const [size, medians] of lists) {
    const what = `list of 50, filtered and sorted, ${size} contacts, p50`
    say({ what, value: median(medians), unit: 'ms', curve: 'list', size })
  }
  const ratio = ratioOf(lists.get(most)!, lists.get(least)!)
  say({ what: `list p50, ${most} to ${least} contacts`, value: ratio, target: { most: 1.3 } })
  for (const [kind, words] of Object.entries(SEARCHES))
    for (const [size, token] of tokens) {
      const paths = words.map((word) => `/contacts?search=${word}`)
      await latencies(server.url, token, paths, Math.ceil(WARM_UP_OF_A_KIND / paths.length))
      const taken = await latencies(server.url, token, paths, roundsFor(paths, effort))
      const at = { curve: `search: ${kind}`, size, unit: 'ms' }
      const targets = size === most || size === least ? [{ most: 2 }, { most: 10 }] : []
      say({ ...at, what: `search ${kind}, ${size} contacts, p50`, value: quantile(taken, 0.5), target: targets[0] })
      say({
        what: `search ${kind}, ${size} contacts, p99`,
        unit: 'ms',
        value: quantile(taken, 0.99),
        target: targets[1],
      })
    }
  for (const [kind, word] of Object.entries(FRESH))
    for (const size of [least, most]) {
      const paths = Array.from({ length: 2 * WARM_UP_OF_A_KIND }, (_, n) => `/contacts?search=${encodeURI(word(n))}`)
      await latencies(server.url, tokens.get(size)!, paths.slice(0, WARM_UP_OF_A_KIND), 1)
      const taken = await latencies(server.url, tokens.get(size)!, paths.slice(WARM_UP_OF_A_KIND), 1)
      for (const q of [0.5, 0.99]) {
        const what = `search ${kind}, ${size} contacts, p${q * 100}`
        say({ what, value: quantile(taken, q), unit: 'ms', target: { most: q < 0.9 ? 2 : 10 } })
      }
    }
  await measureDeepPage(server.url, tokens.get(most)!, effort, say)
  const others = OTHERS.map((path) => [path, { token: tokens.get(most)!, paths: [path] }] as const)
  for (const [path, medians] of await inTurns(server.url, new Map(others), effort))
    say({ what: `${path}, ${most} contacts, p50`, value: median(medians), unit: 'ms', target: { most: 5 } })
}

function without(name: string, at: number): string {
  const letters = [...name]
  return letters.toSpliced(at % letters.length, 1).join('')
}

function roundsFor(paths: readonly string[], { rounds }: Effort): number {
  return Math.ceil((REQUESTS_MIN * rounds) / paths.length / 2)
}

/** A record by its id, against node:http that answers the same bytes: CPU time of the server a request. */
async function measurePointRead(server: Served, token: string, { rounds, seconds }: Effort, say: Say): Promise<void> {
  const client = clientOf(server.url, token)
  const ids = (await client.get('/contacts?limit=200')).records.map(({ handle }) => handle.split('/')[1]!)
  const raw = await startBare(await client.get(`/contacts/${ids[0]}`))
  const ratios: number[] = []
  let next = 0
  const read = () => ({ path: `/contacts/${ids[next++ % ids.length]}` })
  // Both are measured as they run all day, which is after the compiler has done its work.
  await load(raw, undefined, () => ({ path: '/' }), { amount: WARM_UP_REQUESTS, connections: CONNECTIONS })
  await load(server, token, read, { amount: WARM_UP_REQUESTS, connections: CONNECTIONS })
  for (let round = 0; round < rounds; round++) {
    const ceiling = await load(raw, undefined, () => ({ path: '/' }), { seconds, connections: CONNECTIONS })
    const ours = await load(server, token, read, { seconds, connections: CONNECTIONS })
    ratios.push(ceiling.cpuMicroseconds / ours.cpuMicroseconds)
    if (round === rounds - 1) {
      say({ what: 'node:http alone, CPU a request', value: ceiling.cpuMicroseconds, unit: 'µs' })
      say({ what: 'GET /contacts/{id}, CPU a request', value: ours.cpuMicroseconds, unit: 'µs' })
    }
  }
  await raw.kill('SIGTERM')
  say({ what: 'GET /contacts/{id} to node:http, CPU', value: median(ratios), target: { least: 0.4 } })
}

/** Page after page, and what the last of them takes against the first. */
async function measureDeepPage(url: string, token: string, effort: Effort, say: Say): Promise<void> {
  const client = clientOf(url, token)
  const first = '/contacts?limit=10'
  let deep = first
  let page = 1
  for (; page < 5_000; page++) {
    const reply = await client.get(deep)
    if (!reply.next) break
    deep = `${first}&cursor=${reply.next}`
  }
  const asking = { before: { token, paths: [first] }, after: { token, paths: [deep] } }
  const pages = await inTurns(url, new Map(Object.entries(asking)), effort)
  const ratio = ratioOf(pages.get('after')!, pages.get('before')!)
  say({ what: `page ${page} to the first page, p50`, value: ratio, target: { most: 1.5 } })
}

/** The median of each kind of question in each of some rounds, in turns, so that a machine that slows slows all of them. */
export async function inTurns<K>(
  url: string,
  kinds: ReadonlyMap<K, { readonly token: string; readonly paths: readonly string[] }>,
  { rounds }: Pick<Effort, 'rounds'>,
): Promise<Map<K, number[]>> {
  const medians = new Map<K, number[]>()
  for (const { token, paths } of kinds.values())
    await latencies(url, token, paths, Math.ceil(WARM_UP_OF_A_KIND / paths.length))
  for (let turn = 0; turn < rounds * TURNS_A_ROUND; turn++)
    for (const [kind, { token, paths }] of kinds) {
      const taken = await latencies(url, token, paths, Math.ceil(REQUESTS_A_TURN / paths.length))
      medians.set(kind, [...(medians.get(kind) ?? []), quantile(taken, 0.5)])
    }
  return medians
}

/** What one takes to the other: the median of what it was in each turn. */
export function ratioOf(values: readonly number[], others: readonly number[]): number {
  return median(values.map((value, turn) => value / others[turn]!))
}

export function median(values: readonly number[]): number {
  return quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  )
}
