// `crmkit export`: everything of a workspace, over the same call that an agent makes.

import { createWriteStream, existsSync, renameSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { type Command, Option } from 'commander'
import type { Flags } from '../config.ts'
import { publish, withDraft } from '../store/draft.ts'
import { withProgress } from './progress.ts'
import { callServer, withRemote } from './remote.ts'
import { CommandError, examples } from './terminal.ts'

type Exporting = Flags & { types?: string; format: string; force?: boolean }

export function defineExport(program: Command): void {
  const command = program
    .command('export [file]')
    .summary('write the records of a workspace to a file or stdout')
    .description(
      'Writes one consistent snapshot from GET /export to a new file, or to stdout. The file appears when it is whole.',
    )
    .option('--types <list>', 'which records, such as contacts,deals; all unless given')
    .addOption(new Option('--format <format>', 'how').choices(['ndjson', 'csv', 'vcard']).default('ndjson'))
    .option('--force', 'replace a file that exists')
  examples(
    withRemote(command),
    'crmkit export all.ndjson                       everything; crmkit import all.ndjson reads it',
    'crmkit export contacts.csv --types contacts --format csv',
    'crmkit export --types deals | jq -r \'select(.status=="won").title\'',
  ).action(exportFile)
}

async function exportFile(file: string | undefined, flags: Exporting): Promise<void> {
  const toStdout = file === undefined || file === '-'
  if (!toStdout && existsSync(file) && !flags.force) throw taken(file)
  const answer = await callServer(flags, {
    ...{ method: 'GET', path: '/export', accept: '*/*' },
    query: { types: flags.types, format: flags.format },
  })
  if (toStdout)
    return pipeline(answer, process.stdout, { end: false }).catch((error: NodeJS.ErrnoException) => {
      // That stdout can't be written has been told.
      if (error.syscall !== 'write') throw error
    })
  try {
    await withDraft(file, async (draft) => {
      const drafting = createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true })
      await pipeline(answer, withProgress(process.stderr, 'Exporting', undefined), drafting)
      if (flags.force) renameSync(draft, file)
      else if (!publish(draft, file)) throw taken(file)
    })
  } catch (error) {
    if (error instanceof CommandError) throw error
    throw new CommandError(`The export broke off, and ${file} was not written: ${(error as Error).message}.`)
  }
}

function taken(file: string): CommandError {
  return new CommandError(`${file} exists. Name a new file, or add --force.`)
}
