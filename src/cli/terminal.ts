// What commands say: data on stdout, everything else on stderr, in the words and the format of the API.

import type { Command } from 'commander'
import { ApiError } from '../errors.ts'
import { OwnerError } from '../owner/owner.ts'
import type { Answer } from '../render/answer.ts'
import { answerJson } from '../render/json.ts'
import { answerText } from '../render/text.ts'
import { ConfigError } from '../settings/config-error.ts'
import { StoreError } from '../store/store-error.ts'

export const EXIT = { ok: 0, failed: 1, usage: 2 } as const

/** A sentence for the person at the terminal. */
export class CommandError extends Error {
  readonly exit: number

  constructor(message: string, exit: number = EXIT.failed) {
    super(message)
    this.exit = exit
  }
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

export function warn(line: string): void {
  process.stderr.write(`${line}\n`)
}

type Printable = Exclude<Answer, { form: 'raw' }>
type Format = { json?: boolean }

/** An answer as the API would give it: text, or JSON where `--json` asks for it. */
export function show(answer: Printable, format: Format): void {
  process.stdout.write(textOf(answer, format))
}

/** The same, and whether it could be written. */
export function isShown(answer: Printable, format: Format): Promise<boolean> {
  return new Promise((done) => process.stdout.write(textOf(answer, format), (error) => done(!error)))
}

function textOf(answer: Printable, { json }: Format): string {
  return json ? `${JSON.stringify(answerJson(answer), null, 2)}\n` : answerText(answer, 'UTC')
}

/** Whoever reads may stop to, such as `head`; a command whose output is lost for another reason has failed, and says so once. */
export function heedOutput(): void {
  let told = false
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE' || told) return
    told = true
    warn(`crmkit: The output can't be written: ${message}.`)
    process.exitCode = EXIT.failed
  })
  // What can't be told is lost: a server goes on without its log.
  process.stderr.on('error', () => {})
}

/** What is wrong, in a sentence where it is the owner's to mend; a fault of ours with its stack. */
export function sentenceOf(error: unknown): string {
  const { code, message, stack, syscall } = error as NodeJS.ErrnoException
  if (error instanceof ApiError) return error.hint
  const known = [ConfigError, StoreError, OwnerError, CommandError].some((kind) => error instanceof kind)
  if (known || syscall !== undefined || code === 'ERR_SQLITE_ERROR') return message
  return String(stack ?? error)
}

/** Where the data is: the same flags for every command that works on it directly. */
export function withData(command: Command): Command {
  return command
    .option('--data-dir <folder>', 'where the data is kept (CRMKIT_DATA_DIR)')
    .option('--database <url>', 'sqlite:<file> or postgres://… (CRMKIT_DATABASE_URL)')
}

export function withJson(command: Command): Command {
  return command.option('--json', 'print JSON instead of text')
}

/** Examples at the end of a command's help. */
export function examples(command: Command, ...lines: readonly string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}\n`)
}
