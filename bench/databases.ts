// The databases that are measured: made once, kept beside the results, and used again by later runs of the same schema.

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import pino from 'pino'
import { createApp } from '../src/app.ts'
import { readConfig } from '../src/config.ts'
import { openDatabase } from '../src/store/open.ts'
import { signIn } from '../test/support/client.ts'
import { seedContacts } from './seed.ts'

/** On the disk of the project, and in nobody's way. */
export const FOLDER = resolve('node_modules/.cache/crmkit-bench')
const SOURCES = [
  ...['bench/people.ts', 'bench/seed.ts', 'src/store/migrations/0001-core.ts'],
  ...['src/store/search-index.ts', 'src/store/fts-index.ts', 'src/store/fts-tokens.ts'],
]
export const SECRET = 'a secret for benchmarks alone'

export interface Filled {
  /** For the environment of a server on it. */
  readonly env: Readonly<Record<string, string>>
  /** The token of the workspace that holds so many contacts. */
  readonly tokens: ReadonlyMap<number, string>
  readonly seconds: number
}

export function environment(url: string, folder: string): Record<string, string> {
  return {
    ...{ CRMKIT_PORT: '0', CRMKIT_DATA_DIR: folder, CRMKIT_DATABASE_URL: url, CRMKIT_SECRET: SECRET },
    ...{ CRMKIT_RATE_LIMIT: '0', HOME: folder },
  }
}

/** A database with a workspace of each size. `url` is for PostgreSQL; without it, a file of the cache. */
export async function filled(sizes: readonly number[], url?: string): Promise<Filled> {
  const version = createHash('sha256')
    .update(SOURCES.map((path) => readFileSync(path)).join('\n'))
    .digest('hex')
    .slice(0, 8)
  const folder = join(FOLDER, `${url ? 'postgres' : 'sqlite'}-${sizes.join('-')}-${version}`)
  const env = environment(url ?? `sqlite:${join(folder, 'crmkit.db')}`, folder)
  const note = join(folder, 'tokens.json')
  if (url || !existsSync(note)) {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    const started = performance.now()
    const tokens = await fill(env, sizes)
    writeFileSync(note, JSON.stringify({ tokens, seconds: (performance.now() - started) / 1000 }))
  }
  const { tokens, seconds } = JSON.parse(readFileSync(note, 'utf8'))
  return { env, tokens: new Map(tokens), seconds }
}

async function fill(env: Record<string, string>, sizes: readonly number[]): Promise<[number, string][]> {
  const config = readConfig({}, env)
  const database = await openDatabase(config)
  const app = createApp({ config, database, now: Date.now, log: pino({ level: 'silent' }), print: () => {} })
  const { url } = await app.listen()
  const people: { size: number; email: string; token: string; workspaceId: string }[] = []
  for (const size of sizes) {
    const email = `owner${size}@bench.example`
    const client = await signIn(url, email)
    const workspaceId = (await client.get('/whoami')).label('workspace_id')!.split('/')[1]!
    people.push({ size, email, token: client.token!, workspaceId })
  }
  // What the server does by itself would share a transaction with thousands of records, which costs more with each of them.
  await app.close()
  for (const { size, email, workspaceId } of people)
    await seedContacts(database, { email, workspaceId, tokenName: 'default' }, size)
  await database.close()
  return people.map(({ size, token }) => [size, token])
}
