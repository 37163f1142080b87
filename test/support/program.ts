// The program itself, as a process of its own: what a person starts.

import { spawn } from 'node:child_process'
import type { TestDatabase } from './engines.ts'

const START_MILLISECONDS_MAX = 60_000

export interface Program {
  /** Undefined where it ended before it served. */
  readonly url: string | undefined
  readonly pid: number
  readonly output: () => string
  readonly kill: (signal: NodeJS.Signals) => void
  /** What it prints from now on waits, or is refused where nobody reads it any more. */
  readonly stopReading: (how: 'pause' | 'destroy') => void
  readonly readAgain: () => void
  /** The exit code; null after a signal. */
  readonly exited: Promise<number | null>
}

/** Runs dist/main.js until it serves or ends; its standard error goes to a file descriptor where one is given. */
export async function startProgram(
  database: TestDatabase,
  env: Readonly<Record<string, string>> = {},
  stderr: 'pipe' | number = 'pipe',
): Promise<Program> {
  const child = spawn(process.execPath, ['dist/main.js'], {
    env: {
      ...{ PATH: process.env.PATH, HOME: database.folder, CRMKIT_PORT: '0', CRMKIT_DATA_DIR: database.folder },
      ...{
        CRMKIT_DATABASE_URL: database.url,
        CRMKIT_RATE_LIMIT: '0',
        CRMKIT_SECRET: 'a secret for tests alone',
        ...env,
      },
    },
    stdio: ['ignore', 'pipe', stderr],
  })
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null)
  let output = ''
  const exited = new Promise<number | null>((done) => child.once('exit', done))
  const url = await new Promise<string | undefined>((done, failed) => {
    const late = setTimeout(() => failed(new Error(`The program does not start: ${output}`)), START_MILLISECONDS_MAX)
    const finish = (found: string | undefined) => {
      clearTimeout(late)
      done(found)
    }
    for (const stream of streams)
      stream!.on('data', (chunk) => {
        output += chunk
        const serves = /serves at (http:\S+)/.exec(output)
        if (serves) finish(serves[1])
      })
    child.once('exit', () => finish(undefined))
  })
  return {
    ...{ url, pid: child.pid!, output: () => output, kill: (signal) => child.kill(signal), exited },
    stopReading: (how) => {
      for (const stream of streams) stream![how]()
    },
    readAgain: () => {
      for (const stream of streams) stream!.resume()
    },
  }
}
