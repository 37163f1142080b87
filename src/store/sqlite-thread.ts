// One statement that goes through all of a SQLite file, in a thread of its own: a signal is heard meanwhile.

import { BUSY_MILLISECONDS, enginePath } from './sqlite.ts'
import { startThread } from './thread.ts'

interface Asked {
  readonly engine: string
  readonly place: string
  readonly sql: string
  readonly values: readonly string[]
  readonly busyMilliseconds: number
}

/** The first column of each row, as text. Throws what SQLite says. */
export function textsInThread(place: string, sql: string, values: readonly string[] = []): Promise<string[]> {
  return new Promise((done, failed) => {
    const asked: Asked = { engine: enginePath(), place, sql, values, busyMilliseconds: BUSY_MILLISECONDS }
    const worker = startThread(answer, asked)
    worker.once('message', done)
    worker.once('error', failed)
    worker.once('exit', () => failed(new Error('The thread that read the file ended before it had answered')))
  })
}

/** Runs in the thread; see startThread. */
function answer(load: NodeJS.Require): void {
  const { parentPort, workerData } = load('node:worker_threads') as typeof import('node:worker_threads')
  const { engine, place, sql, values, busyMilliseconds } = workerData as Asked
  const { DatabaseSync } = load(engine) as typeof import('@photostructure/sqlite')
  const database = new DatabaseSync(place, { readOnly: true, timeout: busyMilliseconds })
  try {
    const rows = database.prepare(sql).all(...values) as object[]
    parentPort!.postMessage(rows.map((row) => String(Object.values(row)[0])))
  } finally {
    database.close()
  }
}
