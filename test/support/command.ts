// One command of the built program, run to its end.

import { spawn } from 'node:child_process'
import type { TestDatabase } from './engines.ts'

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON answers freely
  readonly json: () => any
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
}

/** What a command needs to know to work on this database. */
export function settingsOf(database: TestDatabase): Record<string, string> {
  return {
    ...{ HOME: database.folder, CRMKIT_DATA_DIR: database.folder, CRMKIT_DATABASE_URL: database.url },
    CRMKIT_SECRET: 'a secret for tests alone',
  }
}

/** Runs `crmkit …words`. */
export function runCommand(words: readonly string[], { env = {}, input }: RunOptions = {}): Promise<Ran> {
  return runProgram(process.execPath, ['dist/main.js', ...words], { env: { PATH: process.env.PATH!, ...env }, input })
}

/** Runs any program to its end. */
export function runProgram(
  program: string,
  words: readonly string[],
  { input, ...how }: { env: Readonly<Record<string, string>>; cwd?: string; uid?: number; input?: string },
): Promise<Ran> {
  return new Promise((done, failed) => {
    const child = spawn(program, words, { ...how, stdio: ['pipe', 'pipe', 'pipe'] })
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk) => out.push(chunk))
    child.stderr.on('data', (chunk) => err.push(chunk))
    child.once('error', failed)
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    child.once('close', (code) => {
      const [stdout, stderr] = [Buffer.concat(out).toString(), Buffer.concat(err).toString()]
      done({ code, stdout, stderr, json: () => JSON.parse(stdout) })
    })
  })
}
