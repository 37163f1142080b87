// `crmkit audit`: how long the audit log is kept. For ever, unless its owner prunes it.

import { type Command, InvalidArgumentError } from 'commander'
import type { Flags } from '../config.ts'
import { countPrunable, pruneAudit } from '../owner/audit-prune.ts'
import { DAY_SECONDS, secondsOf } from '../text/times.ts'
import { contextOver, looking, onDatabase } from './owner.ts'
import { examples, show, warn, withData, withJson } from './terminal.ts'

const DAYS_MIN = 30

export function defineAudit(program: Command): void {
  const audit = program.command('audit').description('how long the audit log is kept')
  examples(
    withJson(withData(audit.command('prune')))
      .description(
        'Removes the oldest entries of every workspace. Each removal leaves an entry of its own: how many went, and from before when.',
      )
      .requiredOption('--older-than <days>', `such as 730d; at least ${DAYS_MIN}d`, readDays)
      .option('--dry-run', 'count them and remove nothing')
      .action((flags: Pruning) => prune(flags)),
    'crmkit audit prune --older-than 730d --dry-run',
    'crmkit audit prune --older-than 730d',
  )
}

type Pruning = Flags & { json?: boolean; olderThan: number; dryRun?: boolean }

async function prune(flags: Pruning): Promise<void> {
  const before = secondsOf(Date.now()) - flags.olderThan * DAY_SECONDS
  if (flags.dryRun) {
    show({ form: 'list', list: await looking(flags, (ctx) => countPrunable(ctx, before)) }, flags)
    return warn('Nothing was removed.')
  }
  const list = await onDatabase(flags, (database) => pruneAudit(database, contextOver(), before))
  show({ form: 'list', list }, flags)
}

function readDays(text: string): number {
  const match = /^(\d{1,5})d?$/.exec(text)
  if (!match || Number(match[1]) < DAYS_MIN)
    throw new InvalidArgumentError(`A number of days from ${DAYS_MIN} on, such as 730d.`)
  return Number(match[1])
}
