// `crmkit import`: a file to a server, over the same call that an agent makes.

import { accessSync, constants, createReadStream, statSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import type { Flags } from '../config.ts'
import { IMPORT_BYTES_MAX } from '../transfer/limits.ts'
import { partsOfFile } from './file-parts.ts'
import { withProgress } from './progress.ts'
import { callServer, withRemote } from './remote.ts'
import { CommandError, examples, withJson } from './terminal.ts'

type Importing = Flags & { json?: boolean; dryRun?: boolean } & Partial<Record<keyof typeof choices, string>>

/** Options that are parameters of the call by the same name. */
const choices = {
  map: '<list>  what columns become: Header:field,Other:custom.key,Third:-',
  type: '<type>  contacts, companies, deals or activities, where that is not found out',
  source: '<name>  which product wrote the file, where that is not found out',
  existing: '<how>  update (default), fill (only empty fields), or skip records that exist',
  dates: '<order>  dmy or mdy, where dates such as 3/4/2026 could be both',
  encoding: '<name>  such as windows-1252, where that is not found out',
  fromRow: '<number>  begin with this row; after a break rather send the whole file again',
} as const

const SHORTER = 'The file became shorter while it was sent. Send it again when nobody writes to it.'
const BROKEN_OFF = 'What was carried out by then stays. Send the whole file again: nothing is made twice.'

export function defineImport(program: Command): void {
  const command = program
    .command('import <file>')
    .summary('send contacts, companies, deals and activities from a file to a server')
    .description(
      'Sends a CSV file (Google Contacts, Outlook, LinkedIn, HubSpot, Salesforce, Pipedrive, Zoho, or plain), vCard or NDJSON file (- for stdin) to POST /import. Sending it again changes nothing twice. Exit code 1 where rows were faulty; the others are written.',
    )
    .option('--dry-run', 'show the mapping and what would happen, and change nothing')
  for (const [name, words] of Object.entries(choices)) {
    const [value, about] = words.split('  ') as [string, string]
    command.option(`--${parameterOf(name).replace('_', '-')} ${value}`, about)
  }
  examples(
    withJson(withRemote(command)),
    'crmkit import contacts.csv --dry-run          which column becomes which field, which rows are faulty',
    'crmkit import contacts.csv',
    "crmkit import contacts.csv --map 'Firma:company.name,Intern:-' --dates dmy",
    'CRMKIT_TOKEN=ck_… crmkit import all.ndjson --url https://crm.example.com',
  ).action(importFile)
}

async function importFile(file: string, flags: Importing): Promise<void> {
  const bytes = file === '-' ? undefined : sizeOf(file)
  let faulty = 0
  if (bytes === undefined)
    faulty = await send(file === '-' ? process.stdin : createReadStream(file), undefined, flags, '')
  else {
    const parts = partsOfFile(file, bytes, IMPORT_BYTES_MAX)
    if (parts.length > 1 && flags.fromRow !== undefined)
      throw new CommandError('--from-row is for files that are sent at once; this one goes in parts. Send it whole.')
    for (const [at, { from, to }] of parts.entries()) {
      const part = parts.length > 1 ? ` part ${at + 1} of ${parts.length}` : ''
      // Rows are counted from the first of each.
      if (part) process.stderr.write(`${file},${part}:\n`)
      faulty += await send(createReadStream(file, { start: from, end: to - 1 }), to - from, flags, part)
    }
  }
  if (faulty > 0) throw new CommandError(`${faulty} faulty rows ${flags.dryRun ? 'would be' : 'were'} left out.`)
}

/** Sends so many bytes (undefined: until they end) as one import and prints its report; gives how many rows were faulty. */
async function send(source: Readable, bytes: number | undefined, flags: Importing, part: string): Promise<number> {
  const progress = withProgress(process.stderr, `${flags.dryRun ? 'Checking' : 'Importing'}${part}`, bytes)
  const sent = pipeline(source, (chunks: AsyncIterable<Buffer>) => whole(chunks, bytes), progress)
  // Whoever takes the stream hears of it too.
  sent.catch(() => {})
  const answer = await callServer(flags, {
    ...{ method: 'POST', path: '/import', body: progress, bytes },
    query: {
      dry_run: flags.dryRun ? 'true' : undefined,
      ...Object.fromEntries(Object.keys(choices).map((name) => [parameterOf(name), flags[name] as string | undefined])),
    },
    accept: flags.json ? 'application/json' : 'text/plain',
    ifCut: flags.dryRun ? undefined : BROKEN_OFF,
  })
  const report = await text(answer).catch((error: Error) => {
    throw new CommandError(`The answer broke off: ${error.message}.${flags.dryRun ? '' : ` ${BROKEN_OFF}`}`)
  })
  process.stdout.write(report)
  return Number(/^faulty: (\d+)|"faulty": ?(\d+)/m.exec(report)?.slice(1).find(Boolean) ?? 0)
}

/** Throws CommandError behind fewer bytes than were announced (undefined: none were), for the rest of which a server would wait. */
async function* whole(chunks: AsyncIterable<Buffer>, bytes: number | undefined): AsyncGenerator<Buffer> {
  let left = bytes ?? 0
  for await (const chunk of chunks) {
    left -= chunk.length
    yield chunk
  }
  if (left > 0) throw new CommandError(SHORTER)
}

/** In bytes; undefined for what has no size, such as a pipe with a name. */
function sizeOf(file: string): number | undefined {
  try {
    accessSync(file, constants.R_OK)
    const found = statSync(file)
    if (!found.isDirectory()) return found.size || undefined
  } catch {
    throw new CommandError(`${file} can't be read. Check its name, and who may read it.`)
  }
  throw new CommandError(`${file} is a folder. Send one file at a time.`)
}

function parameterOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
