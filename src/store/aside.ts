// Reads beside the main thread: what no index answers goes through row after row, and SQLite gives nothing else a turn
// meanwhile. A worker thread with a connection of its own does that, started when the first such question comes.

import type { Worker } from 'node:worker_threads'
import { fail } from '../errors.ts'
import { type Connection, type Row, tuplesOf, type Value } from './dialect.ts'
import { statedTrouble } from './sqlite-trouble.ts'
import { startThread } from './thread.ts'

/** What holds for each row as long as a question may take; then it ends with an error. */
const IN_TIME = 'in_time()'
const MILLISECONDS_MAX = 10_000
const TOO_LONG = 'It took too long.'

export interface Aside {
  /** In what its connection differs. */
  readonly reading: Pick<Connection, 'rows' | 'tuples' | 'inTime'>
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
  /** Not 0 once the server stops: a thread that is ended in the midst of `in_time` takes the process with it. */
  readonly ending: Int32Array
}

export function readAside(opening: Pick<Setup, 'engine' | 'file' | 'pragmas'>): Aside {
  const ending = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const setup: Setup = { ...opening, millisecondsMax: MILLISECONDS_MAX, tooLong: TOO_LONG, ending }
  let isStopped = false
  const asked = new Map<number, Asked>()
  let worker: Worker | undefined
  let count = 0
  const start = (): Worker => {
    const started = startThread(serve, setup)
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
  const rows: Connection['rows'] = (sql, parameters = []) =>
    new Promise((done, failed) => {
      if (isStopped) return failed(fail.notReady())
      worker ??= start()
      const id = count++
      asked.set(id, { done, failed })
      worker.postMessage({ id, sql, parameters })
    })
  return {
    reading: { rows, tuples: tuplesOf(rows), inTime: IN_TIME },
    stop: async () => {
      isStopped = true
      if (!worker) return
      const ended = new Promise((exited) => worker!.once('exit', exited))
      worker.ref()
      Atomics.store(ending, 0, 1)
      worker.postMessage(undefined)
      await ended
    },
  }
}

/** Runs in the thread; see startThread. */
function serve(load: NodeJS.Require): void {
  const { parentPort, workerData } = load('node:worker_threads') as typeof import('node:worker_threads')
  const { engine, file, pragmas, millisecondsMax, tooLong, ending } = workerData as Setup
  const { DatabaseSync } = load(engine) as typeof import('@photostructure/sqlite')
  const database = new DatabaseSync(file, { readOnly: true })
  database.exec(pragmas)
  let until = 0
  database.function('in_time', () => {
    if (ending[0] !== 0 || Date.now() > until) throw new Error(tooLong)
    return 1
  })
  parentPort!.on('message', (question: { id: number; sql: string; parameters: Value[] } | undefined) => {
    if (!question) {
      database.close()
      parentPort!.close()
      return
    }
    const { id, sql, parameters } = question
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
