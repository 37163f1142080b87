// A server in this process with a clock that tests turn, over a real database.

import pino from 'pino'
import { createApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import type { FetchDocument } from '../../src/oauth/documents.ts'
import type { Route } from '../../src/route.ts'
import type { Database } from '../../src/store/dialect.ts'
import { openDatabase } from '../../src/store/open.ts'
import { type Client, clientOf, signIn } from './client.ts'
import type { Engine, TestDatabase } from './engines.ts'

export interface TestServer {
  readonly url: string
  readonly database: TestDatabase
  /** Moves the server's clock on. */
  readonly advance: (milliseconds: number) => void
  /** What the person at the terminal saw. */
  readonly printed: readonly string[]
  readonly anonymous: Client
  readonly routes: readonly Route[]
  readonly opened: Database
  /** Signs in with a fresh address and workspace, or with the one given. */
  readonly signIn: (email?: string, more?: Record<string, string>) => Promise<Client>
  /** Another server on the same database. */
  readonly secondNode: () => Promise<TestServer>
  readonly stop: () => Promise<void>
}

export interface ServerOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Where the log goes; nowhere unless given. */
  readonly logTo?: (line: string) => void
  /** What stands in the place of the internet, where apps are named by documents. */
  readonly documents?: FetchDocument
}

let people = 0

export async function startServer(engine: Engine, options: ServerOptions = {}): Promise<TestServer> {
  const database = await engine.newDatabase()
  const server = await serve(database, options)
  return {
    ...server,
    stop: async () => {
      await server.stop()
      await database.drop()
    },
  }
}

/** Starts on a database that is already there. */
export async function serve(database: TestDatabase, options: ServerOptions = {}): Promise<TestServer> {
  const env = {
    ...{ CRMKIT_PORT: '0', CRMKIT_DATABASE_URL: database.url, CRMKIT_DATA_DIR: database.folder },
    // Tests hurry; those of the limits set their own.
    ...{ CRMKIT_RATE_LIMIT: '0', CRMKIT_SECRET: 'a secret for tests alone', ...options.env },
  }
  const config = readConfig({}, env)
  const opened = await openDatabase(config)
  const printed: string[] = []
  let ahead = 0
  const log = pino({ level: options.logTo ? 'info' : 'silent' }, { write: (line) => options.logTo?.(line) })
  const app = createApp({
    config,
    database: opened,
    now: () => Date.now() + ahead,
    log,
    print: (line) => printed.push(line),
    documents: options.documents,
  })
  const { url } = await app.listen()
  return {
    ...{ url, database, opened, printed, routes: app.routes, anonymous: clientOf(url) },
    advance: (milliseconds) => {
      ahead += milliseconds
    },
    signIn: (email = `agent${++people}-${process.pid}@example.com`, more) => signIn(url, email, more),
    secondNode: () => serve(database, options),
    stop: async () => {
      await app.close()
      await opened.close()
    },
  }
}
