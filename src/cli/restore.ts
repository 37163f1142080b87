// `crmkit restore`: a backup, checked, in the place of the database.

import { resolve } from 'node:path'
import type { Command } from 'commander'
import { type Flags, makeDataDir, readConfig } from '../config.ts'
import { restore } from '../store/open.ts'
import { examples, say, warn, withData, withJson } from './terminal.ts'

type Restoring = Flags & { json?: boolean; force?: boolean }

export function defineRestore(program: Command): void {
  const command = program
    .command('restore <backup>')
    .summary('put a backup in the place of the database')
    .description(
      'Checks a backup (integrity, references, schema) and puts it in the place of the SQLite database. Refuses while a server runs, and to replace a database without --force; the replaced one is kept beside it.',
    )
    .option('--force', 'replace a database that is there')
  examples(
    withJson(withData(command)),
    'crmkit restore /backup/crmkit-2026-11-24.db --database sqlite:trial.db    try it elsewhere',
    'crmkit restore /backup/crmkit-2026-11-24.db --force                         for real, after stopping the server',
  ).action(async (file: string, flags: Restoring) => {
    const config = readConfig(flags)
    makeDataDir(config)
    const stamp = new Date().toISOString().replace(/[-:.]/g, '')
    const { checked, kept, place } = await restore(config, resolve(file), { force: flags.force === true, stamp })
    if (flags.json) return say(JSON.stringify({ file: place, kept: kept ?? null, ...checked }, null, 2))
    say(place)
    if (kept) warn(`The database that was there is kept as ${kept}.`)
    if (checked.pending.length > 0) warn(`Made by an older crmkit; the next start runs ${checked.pending.join(', ')}.`)
    warn(
      `${checked.workspaces} workspaces, ${checked.users} users. Tokens revoked since the backup live again; see: crmkit token list`,
    )
  })
}
