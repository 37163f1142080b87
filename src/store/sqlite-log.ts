// The log of SQLite (WAL), and how it is folded into the file: while a server runs by a thread, as what some seconds of writing
// left takes a tenth of a second, and what a backup or an export held back takes seconds, in which nobody would be answered.

import { closeSync, openSync, readSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import type { Worker } from 'node:worker_threads'
import type { DatabaseSyncInstance as DatabaseSync } from '@photostructure/sqlite'
import { startThread } from './thread.ts'

/** So much may be left for the last fold, for which writes wait. */
const REST_FRAMES_MAX = 500
/** After so many, each of which leaves less, the next is the last, however much one commit writes. */
const FOLDS_MAX = 3
/** Where a reader holds the log, or the disk fails, it is tried again after so long. */
const RETRY_MILLISECONDS = 500

export interface Folding {
  /**
   * To be waited for between two commits: starts a fold where the log has `framesMax`, and waits for the last one, after
   * which the next commit begins the log anew.
   */
  readonly between: () => Promise<void>
  /** Resolves when nothing is folded any more; `close` comes when no connection is open. */
  readonly stop: () => Promise<void>
  readonly close: () => void
}

interface Setup {
  readonly engine: string
  /** The file as a URI. */
  readonly place: string
  /** A descriptor of the file: what others wrote meanwhile keeps SQLite from flushing it, and the last fold would wait for all. */
  readonly pages: number
}

/**
 * `file` is open already. The descriptors stay open as long as any connection: a process that closes one of a file lets go
 * of all its locks there (POSIX).
 */
export function foldAside(engine: string, file: string, framesMax: number): Folding {
  const [pages, index] = [openSync(file, 'r'), openSync(`${file}-shm`, 'r')]
  let worker: Worker | undefined
  let underWay: Promise<void> | undefined
  let notBefore = 0
  /** How many in a row have brought the log nearer to its end. */
  let folds = 0
  let done = () => {}
  const start = (): Worker => {
    // Where somebody moved the file, no other is made in its place.
    const place = `${pathToFileURL(file).href}?mode=rw`
    const started = startThread(serve, { engine, place, pages } satisfies Setup)
    const lost = () => {
      if (worker === started) worker = undefined
      done()
    }
    started.on('message', () => done())
    started.on('error', lost)
    started.on('exit', lost)
    started.unref()
    return started
  }
  const fold = async (folded: number) => {
    worker ??= start()
    const ended = new Promise<void>((resolve) => {
      done = resolve
    })
    worker.postMessage('fold')
    await ended
    const isNearer = framesOf(index).folded > folded
    folds = isNearer ? folds + 1 : 0
    if (!isNearer) notBefore = performance.now() + RETRY_MILLISECONDS
    underWay = undefined
  }
  return {
    between: async () => {
      if (underWay || performance.now() < notBefore) return
      const { log, folded } = framesOf(index)
      if (log < framesMax) folds = 0
      if (log < framesMax || log === folded) return
      const isLast = log - folded <= REST_FRAMES_MAX || folds >= FOLDS_MAX
      underWay = fold(folded)
      if (isLast) await underWay
    },
    stop: async () => {
      await underWay
      if (!worker) return
      const exited = new Promise((done) => worker!.once('exit', done))
      worker.ref()
      worker.postMessage('stop')
      await exited
    },
    close: () => {
      for (const descriptor of [pages, index]) closeSync(descriptor)
    },
  }
}

/**
 * Brings what stands in the log into the file, which then is whole by itself: whoever stops a server and copies the file has
 * everything. Nobody is waited for: where others read the file, or a disk is full, the log stays and is read at the next start.
 */
export function foldIn(writer: DatabaseSync, mode: 'TRUNCATE' | 'PASSIVE'): void {
  try {
    writer.exec(`PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(${mode})`)
  } catch {
    // A full disk, perhaps.
  }
}

/** How many frames the log has, and how many of them are in the file (https://sqlite.org/walformat.html, the WAL-index). */
function framesOf(index: number): { readonly log: number; readonly folded: number } {
  const head = new Uint32Array(25)
  readSync(index, head, 0, head.byteLength, 0)
  return { log: head[4]!, folded: head[24]! }
}

/** Runs in the thread; see startThread. */
function serve(load: NodeJS.Require): void {
  const { parentPort, workerData } = load('node:worker_threads') as typeof import('node:worker_threads')
  const { fsyncSync } = load('node:fs') as typeof import('node:fs')
  const { engine, place, pages } = workerData as Setup
  const { DatabaseSync } = load(engine) as typeof import('@photostructure/sqlite')
  const database = new DatabaseSync(place)
  database.exec('PRAGMA busy_timeout = 0; PRAGMA synchronous = FULL')
  const fold = database.prepare('PRAGMA wal_checkpoint(PASSIVE)')
  parentPort!.on('message', (wanted: 'fold' | 'stop') => {
    if (wanted === 'stop') {
      database.close()
      parentPort!.close()
      return
    }
    try {
      fold.get()
      fsyncSync(pages)
    } catch {
      // A full or failing disk: the log stays, and is tried again.
    }
    parentPort!.postMessage('done')
  })
}
