#!/usr/bin/env node
// The command line: `crmkit serve`, which is also what `crmkit` alone does.

import { Command } from 'commander'
import pino from 'pino'
import { type App, createApp } from './app.ts'
import { type Config, type Flags, makeDataDir, readConfig, VERSION } from './config.ts'
import { ConfigError } from './settings/config-error.ts'
import type { Database } from './store/dialect.ts'
import { openDatabase } from './store/open.ts'
import { StoreError } from './store/store-error.ts'

const DRAIN_MILLISECONDS_MAX = 15_000

const program = new Command('crmkit')
  .description('A headless CRM for AI agents: plain HTTP that answers in plain, grepable text.')
  .version(VERSION)
program
  .command('serve', { isDefault: true })
  .description('start the server (settings also come from CRMKIT_… variables; see docs/operating.md)')
  .option('--host <address>', 'loopback address to listen on (CRMKIT_HOST)')
  .option('--port <number>', 'port; 0 takes a free one (CRMKIT_PORT)')
  .option('--data-dir <folder>', 'where the data is kept (CRMKIT_DATA_DIR)')
  .option('--database <url>', 'sqlite:<file> or postgres://… (CRMKIT_DATABASE_URL)')
  .option('--public-url <url>', 'base URL in the manual (CRMKIT_PUBLIC_URL)')
  .action(serve)
await program.parseAsync()

async function serve(flags: Flags): Promise<void> {
  const print = (line: string) => process.stdout.write(`${line}\n`)
  let database: Database
  let config: Config
  try {
    config = readConfig(flags)
    makeDataDir(config)
    database = await openDatabase(config)
  } catch (error) {
    return giveUp(error)
  }
  const log = pino({ base: undefined }, pino.destination(2))
  const app = createApp({ config, database, now: Date.now, log, print })
  try {
    const { url } = await app.listen()
    printStart(print, url, database.place)
  } catch (error) {
    await database.close()
    return giveUp(error)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop(app, database))
}

function printStart(print: (line: string) => void, url: string, place: string): void {
  print(`crmkit ${VERSION} serves at ${url}`)
  print(`Data: ${place}`)
  print('Local mode: no mail server is configured, so sign-in codes are shown here and in the answer. To sign in:')
  print(`  curl ${url}/auth/request -d '{"email":"you@example.com"}'`)
  print(`  curl ${url}/auth/verify -d '{"email":"you@example.com","code":"<local_code>"}'`)
  print(`An agent needs only the address; it reads ${url}/help`)
}

/** Lets what runs finish, closes, and exits with 0. */
async function stop(app: App, database: Database): Promise<void> {
  setTimeout(() => process.exit(1), DRAIN_MILLISECONDS_MAX).unref()
  await app.close()
  await database.close()
  process.exit(0)
}

/** Says what is wrong in a sentence where it is the owner's to mend. */
function giveUp(error: unknown): void {
  const known = error instanceof ConfigError || error instanceof StoreError
  const code = (error as NodeJS.ErrnoException).code
  const sentence =
    code === 'EADDRINUSE' ? 'The port is taken. Stop the other program or choose another: CRMKIT_PORT=8788' : undefined
  process.stderr.write(
    `crmkit: ${sentence ?? (known ? (error as Error).message : String((error as Error).stack ?? error))}\n`,
  )
  process.exitCode = 1
}
