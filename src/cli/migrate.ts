// `crmkit migrate`: what a start does first, by itself, so that an owner can look at it before.

import type { Command } from 'commander'
import { type Flags, makeDataDir, readConfig } from '../config.ts'
import { openDatabase, readPending } from '../store/open.ts'
import { examples, say, warn, withData } from './terminal.ts'

export function defineMigrate(program: Command): void {
  const command = program
    .command('migrate')
    .summary("bring the database to this program's schema")
    .description(
      'Runs the migrations that the database lacks, in one transaction. `crmkit serve` does so by itself when it starts. A SQLite file must not be served meanwhile.',
    )
    .option('--dry-run', 'print the SQL and run nothing; works beside a running server')
  examples(
    withData(command),
    'crmkit migrate --dry-run                 what an upgrade would run',
    'crmkit backup before.db && crmkit migrate',
  ).action(migrate)
}

async function migrate(flags: Flags & { dryRun?: boolean }): Promise<void> {
  const config = readConfig(flags)
  const { place, pending } = await readPending(config)
  if (pending.length === 0) return warn(`Nothing to do: ${place} has the schema of this program.`)
  if (flags.dryRun) {
    for (const { name, statements } of pending) {
      say(`-- ${name}`)
      for (const statement of statements) say(`${statement};`)
    }
    return warn(`Nothing was run. ${pending.length} pending; without --dry-run: crmkit migrate`)
  }
  makeDataDir(config)
  const database = await openDatabase(config)
  await database.close()
  for (const { name } of pending) say(name)
  warn(`Done: ${place}`)
}
