// A server as a process of its own, kept to one core, and what it costs: CPU seconds and resident memory from /proc.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'

const TICKS_A_SECOND = 100
const START_MILLISECONDS_MAX = 60_000
const PINNED = spawnSync('taskset', ['-c', '0', 'true']).status === 0 ? ['taskset', '-c', '0'] : []

export interface Served {
  readonly url: string
  /** From the start of the process until it said where it serves. */
  readonly startMilliseconds: number
  /** User and system time so far, in microseconds. */
  readonly cpu: () => number
  readonly residentBytes: () => number
  readonly openFiles: () => number
  readonly kill: (signal: NodeJS.Signals) => Promise<void>
}

/**
 * Keeps this process, which makes the load, from the core that servers are kept to, or lets it run anywhere. On the same
 * core at times, as the system likes to wake it there, it made a request cost twice as much.
 */
export function keepApart(apart: boolean): void {
  const last = cpus().length - 1
  if (PINNED.length === 0 || last === 0) return
  spawnSync('taskset', ['-a', '-c', '-p', `${apart ? 1 : 0}-${last}`, String(process.pid)])
}

/** Runs `node …` until it prints where it serves; `prefix` may wrap it, as prlimit does. */
export async function startNode(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  pinned = true,
): Promise<Served> {
  const started = performance.now()
  const [command, ...rest] = [...(pinned ? PINNED : []), process.execPath, ...args]
  const child = spawn(command!, rest, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const url = await served(child)
  const stat = () => readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return {
    url,
    startMilliseconds: performance.now() - started,
    cpu: () => ((Number(stat()[11]) + Number(stat()[12])) * 1e6) / TICKS_A_SECOND,
    residentBytes: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) * 1024,
    openFiles: () =>
      spawnSync('ls', [`/proc/${child.pid}/fd`], { encoding: 'utf8' })
        .stdout.trim()
        .split('\n').length,
    kill: async (signal) => {
      const gone = new Promise((done) => child.once('exit', done))
      child.kill(signal)
      await gone
    },
  }
}

/** node:http alone, which gives this answer to whatever is asked. */
export function startBare({ headers, text }: { headers: Headers; text: string }): Promise<Served> {
  const own = [...headers].filter(([name]) => !WRITTEN_BY_NODE.includes(name))
  const env = { BENCH_ANSWER: JSON.stringify({ headers: Object.fromEntries(own), body: text }) }
  return startNode(['--import', './scripts/ts.js', 'bench/raw.ts'], env)
}

const WRITTEN_BY_NODE = ['connection', 'date', 'keep-alive']

function served(child: ChildProcess): Promise<string> {
  return new Promise((done, failed) => {
    let output = ''
    const late = setTimeout(() => failed(new Error(`The server does not start: ${output}`)), START_MILLISECONDS_MAX)
    child.stdout!.on('data', (chunk) => {
      output += chunk
      const found = /serves at (http:\S+)/.exec(output)
      if (!found) return
      clearTimeout(late)
      done(found[1]!)
    })
    child.once('exit', () => failed(new Error(`The server ended: ${output}`)))
  })
}
