// `crmkit import`: a file to a server, over the same call that an agent makes.

import { createReadStream, statSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import type { Flags } from '../config.ts'
import { withProgress } from './progress.ts'
import { callServer, withRemote } from './remote.ts'
import { examples, withJson } from './terminal.ts'

type Importing = Flags & { json?: boolean; dryRun?: boolean }

export function defineImport(program: Command): void {
  const command = program
    .command('import <file>')
    .summary('send contacts, companies and deals from a file to a server')
    .description(
      'Sends a CSV file (Google Contacts, Outlook, LinkedIn, HubSpot, Salesforce, Pipedrive, or plain), vCard or NDJSON file (- for stdin) to POST /import. Sending it again changes nothing twice.',
    )
    .option('--dry-run', 'show the mapping and what would happen, and change nothing')
  examples(
    withJson(withRemote(command)),
    'crmkit import contacts.csv --dry-run          which column becomes which field, which rows are faulty',
    'crmkit import contacts.csv',
    'CRMKIT_TOKEN=ck_… crmkit import all.ndjson --url https://crm.example.com',
  ).action(importFile)
}

async function importFile(file: string, flags: Importing): Promise<void> {
  const source = file === '-' ? process.stdin : createReadStream(file)
  const total = file === '-' ? undefined : statSync(file).size
  const progress = withProgress(process.stderr, flags.dryRun ? 'Checking' : 'Importing', total)
  const sent = pipeline(source, progress)
  const answer = await callServer(flags, {
    ...{ method: 'POST', path: '/import', body: progress },
    query: { dry_run: flags.dryRun ? 'true' : undefined },
    accept: flags.json ? 'application/json' : 'text/plain',
  }).finally(() => sent.catch(() => {}))
  await pipeline(answer, process.stdout, { end: false })
}
