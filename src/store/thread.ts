// A worker thread that runs one function: the text of it, so that the thread needs no file of its own beside the bundle.

import { Worker } from 'node:worker_threads'

/** `run` has nothing around it in the thread but what it requires, and `data`, which must be plain, as its workerData. */
export function startThread<Data>(run: (load: NodeJS.Require) => void, data: Data): Worker {
  return new Worker(`(${run.toString()})(require)`, { eval: true, workerData: data })
}
