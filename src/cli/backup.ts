// `crmkit backup`: a checked copy, while the server runs.

import { resolve } from 'node:path'
import type { Command } from 'commander'
import { type Flags, readConfig } from '../config.ts'
import { backup } from '../store/open.ts'
import { examples, say, warn, withData, withJson } from './terminal.ts'

export function defineBackup(program: Command): void {
  const command = program
    .command('backup <file>')
    .summary('copy the database to a new file while the server runs')
    .description(
      'Copies the SQLite database as it is at one moment, also while the server writes; the copy is flushed to the disk, checked and readable by its owner alone. With PostgreSQL it says which command does that.',
    )
  examples(
    withJson(withData(command)),
    'crmkit backup /backup/crmkit-$(date +%F).db',
    'crmkit restore /backup/crmkit-2026-11-24.db --database sqlite:trial.db    try it elsewhere',
  ).action(async (file: string, flags: Flags & { json?: boolean }) => {
    const config = readConfig(flags)
    const target = resolve(file)
    const checked = await backup(config, target)
    if (flags.json) return say(JSON.stringify({ file: target, ...checked }, null, 2))
    say(target)
    warn(`${checked.bytes} bytes, ${checked.workspaces} workspaces, ${checked.users} users; integrity checked.`)
  })
}
