// Reads beside the main thread: what no index answers goes through row after row, and SQLite gives nothing else a turn
// meanwhile. A worker thread with a connection of its own does that, started when the first such question comes.

import { Worker } from 'node:worker_threads'
import { fail } from '../errors.ts'
import type { Row, Value } from './dialect.ts'

/** Questions that wait for the worker; more are refused. */
const WAITING_MAX = 200

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
}

export function readAside(setup: Setup): Aside {
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
      else one?.failed(new Error(problem))
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
        if (asked.size >= WAITING_MAX) return failed(fail.notReady())
        worker ??= start()
        const id = count++
        asked.set(id, { done, failed })
        worker.postMessage({ id, sql, parameters })
      }),
    stop: async () => {
      await worker?.terminate()
    },
  }
}

/** Runs in the thread, with nothing around it but what it requires. */
function serve(load: NodeJS.Require): void {
  const { parentPort, workerData } = load('node:worker_threads') as typeof import('node:worker_threads')
  const { engine, file, pragmas } = workerData as Setup
  const { DatabaseSync } = load(engine) as typeof import('@photostructure/sqlite')
  const database = new DatabaseSync(file, { readOnly: true })
  database.exec(pragmas)
  parentPort!.on('message', ({ id, sql, parameters }: { id: number; sql: string; parameters: Value[] }) => {
    try {
      const rows = database.prepare(sql).all(...parameters)
      // Rows have no prototype, which a message can't carry.
      parentPort!.postMessage({ id, rows: rows.map((row: unknown) => ({ ...(row as Row) })) })
    } catch (error) {
      parentPort!.postMessage({ id, problem: String(error) })
    }
  })
}
