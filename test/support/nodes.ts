// Two servers on one database, as PostgreSQL allows; on SQLite the one is both.

import { afterAll, beforeAll } from 'vitest'
import type { Client } from './client.ts'
import { type Engine, onPostgres } from './engines.ts'
import { type ServerOptions, serve, type TestServer } from './server.ts'

export interface Nodes {
  readonly server: TestServer
  readonly other: TestServer
  readonly stop: () => Promise<void>
}

export async function startNodes(engine: Engine, options: ServerOptions = {}): Promise<Nodes> {
  const database = await engine.newDatabase()
  // A deadlock is no mere second of waiting then: PostgreSQL does not end it before crmkit gives up, and answers 503.
  if (engine.name === 'postgres')
    await onPostgres(`ALTER DATABASE ${new URL(database.url).pathname.slice(1)} SET deadlock_timeout = '1min'`)
  const server = await serve(database, options)
  const other = engine.name === 'postgres' ? await server.secondNode() : server
  return {
    ...{ server, other },
    stop: async () => {
      if (other !== server) await other.stop()
      await server.stop()
      await database.drop()
    },
  }
}

/** Two that run for the tests of a block. */
export function runningNodes(engine: Engine): Pick<Nodes, 'server' | 'other'> {
  let nodes: Nodes
  beforeAll(async () => {
    nodes = await startNodes(engine)
  })
  afterAll(() => nodes.stop())
  return {
    get server() {
      return nodes.server
    },
    get other() {
      return nodes.other
    },
  }
}

/** Runs all at once. */
export function times<T>(count: number, run: (at: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, at) => run(at)))
}

let people = 0

/** An address that nobody has signed in with. */
export function somebody(): string {
  return `somebody${++people}@nodes.example`
}

/** An id that `whoami` tells a client of itself, such as `workspace_id`, bare. */
export async function mine(client: Client, label: string): Promise<string> {
  return (await client.get('/whoami')).label(label)!.split('/')[1]!
}
