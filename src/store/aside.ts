// Reads beside the main thread: what no index answers goes through row after row, and SQLite gives nothing else a turn
// meanwhile. A worker thread with a connection of its own does that, started when the first such question comes.

import { Worker } from 'node:worker_threads'
import { fail } from '../errors.ts'
import type { Row, Value } from './dialect.ts'
import { statedTrouble } from './sqlite-trouble.ts'

/** What holds for each row as long as a question may take; then it ends with an error. */
export const IN_TIME = 'in_time()'
const MILLISECONDS_MAX = 10_000
const TOO_LONG = 'It took too long.'

export interface Aside {
  readonly rows: (sql: string, parameters?: readonly Value[]) => Promise<Row[]>
  readonly stop: () => Promise<void>
}

interface Asked {
  readonly done: (rows: Row[]) => void
  readonly failed: (error: unknown) => void
}

/** What the thread is started with: the engine's module, the file, and how its connection is set up. */
interface Setup {
  readonly engine: string
  readonly file: string
  readonly pragmas: string
  readonly millisecondsMax: number
  readonly tooLong: string
}

export function readAside(opening: Pick<Setup, 'engine' | 'file' | 'pragmas'>): Aside {
  const setup: Setup = { ...opening, millisecondsMax: MILLISECONDS_MAX, tooLong: TOO_LONG }
  let isStopped = false
  const asked = new Map<number, Asked>()
  let worker: Worker | undefined
  let count = 0
  const start = (): Worker => {
    // The thread runs the text of a function, so that it needs no file of its own beside the bundle.
    const started = new Worker(`(${serve.toString()})(require)`, { eval: true, workerData: setup })
    started.on('message', ({ id, rows, problem }: { id: number; rows?: Row[]; problem?: string }) => {
      const one = asked.get(id)
      asked.delete(id)
      if (rows) one?.done(rows)
      else one?.failed(problem?.includes(TOO_LONG) ? fail.tookTooLong() : statedTrouble(new Error(problem)))
    })
    const lost = () => {
      if (worker !== started) return
      worker = undefined
      for (const { failed } of asked.values()) failed(fail.notReady())
      asked.clear()
    }
    started.on('error', lost)
    started.on('exit', lost)
    started.unref()
    return started
  }
  return {
    rows: (sql, parameters = []) =>
      new Promise((done, failed) => {
        if (isStopped) return failed(fail.notReady())
        worker ??= start()
        const id = count++
        asked.set(id, { done, failed })
        worker.postMessage({ id, sql, parameters })
      }),
    stop: async () => {
      isStopped = true
      await worker?.terminate()
    },
  }
}

/** Runs in the thread, with nothing around it but what it requires. */
function serve(load: NodeJS.Require): void {
  const { parentPort, workerData } = load('node:worker_threads') as typeof import('node:worker_threads')
  const { engine, file, pragmas, millisecondsMax, tooLong } = workerData as Setup
  const { DatabaseSync } = load(engine) as typeof import('@photostructure/sqlite')
  const database = new DatabaseSync(file, { readOnly: true })
  database.exec(pragmas)
  let until = 0
  database.function('in_time', () => {
    if (Date.now() > until) throw new Error(tooLong)
    return 1
  })
  parentPort!.on('message', ({ id, sql, parameters }: { id: number; sql: string; parameters: Value[] }) => {
    until = Date.now() + millisecondsMax
    try {
      const rows = database.prepare(sql).all(...parameters)
      // Rows have no prototype, which a message can't carry.
      parentPort!.postMessage({ id, rows: rows.map((row: unknown) => ({ ...(row as Row) })) })
    } catch (error) {
      parentPort!.postMessage({ id, problem: (error as Error).message })
    }
  })
}
