// All commands in one list, and what becomes of their faults.

import { Command, CommanderError } from 'commander'
import { VERSION } from '../config.ts'
import { nearest } from '../text/nearest.ts'
import { defineAudit } from './audit.ts'
import { defineBackup } from './backup.ts'
import { defineDoctor } from './doctor.ts'
import { defineExport } from './export.ts'
import { defineImport } from './import.ts'
import { defineMigrate } from './migrate.ts'
import { definePlan } from './plan.ts'
import { defineRestore } from './restore.ts'
import { defineServe } from './serve.ts'
import { CommandError, EXIT, heedOutput, sentenceOf, warn } from './terminal.ts'
import { defineToken } from './token.ts'
import { defineUser } from './user.ts'
import { defineWorkspace } from './workspace.ts'

const EPILOGUE = `
Settings come from flags, then from CRMKIT_… variables, then from defaults.
Exit codes: 0 it worked, 1 it did not (the sentence on stderr says why), 2 the command line was wrong.

First steps:
  crmkit                                  start the server on this machine, data in ~/.local/share/crmkit
  crmkit doctor                           what is set up, what is wrong, what to do
  crmkit backup /backup/crmkit-today.db   while the server runs
`

/** Runs the command line `words`, and leaves the exit code in `process.exitCode`: a server goes on after that. */
export async function run(words: readonly string[]): Promise<void> {
  heedOutput()
  const program = new Command('crmkit')
    .description('A headless CRM for AI agents: plain HTTP that answers in plain, grepable text.')
    .version(VERSION)
    .exitOverride()
    .showSuggestionAfterError()
    .addHelpText('after', EPILOGUE)
  for (const define of [defineServe, defineDoctor, defineBackup, defineRestore, defineMigrate]) define(program)
  for (const define of [defineToken, defineUser, defineWorkspace, definePlan, defineAudit]) define(program)
  for (const define of [defineImport, defineExport]) define(program)
  try {
    refuseUnknown(program, words)
    await program.parseAsync(words, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage
    else {
      warn(`crmkit: ${sentenceOf(error)}`)
      process.exitCode = error instanceof CommandError ? error.exit : EXIT.failed
    }
  }
}

/** Any other word would be taken for an argument of the command that needs no name. */
function refuseUnknown(program: Command, [first]: readonly string[]): void {
  const names = ['help', ...program.commands.map((command) => command.name())]
  if (first === undefined || first.startsWith('-') || names.includes(first)) return
  const near = nearest(first, names)
  const meant = near ? `did you mean ${near}?` : `there are: ${names.join(', ')}.`
  throw new CommandError(`there is no command ${JSON.stringify(first)} - ${meant}`, EXIT.usage)
}
