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
/** A log that is so many times as long as it should be is held by those who read one after the other. */
const HELD_FACTOR = 2
/** Where a reader holds the log it is tried again after so long, as readers may leave small gaps; and where the disk fails. */
const [READ_MILLISECONDS, FAULT_MILLISECONDS] = [20, 500]

export interface Folding {
  /**
   * To be waited for between two commits: starts a fold where the log has `framesMax`, and waits for the last one, after
   * which the next commit begins the log anew.
   */
  readonly between: () => Promise<void>
  /** Whether the log is so long that the next who reads for long should wait for `whole`. */
  readonly isHeld: () => boolean
  /** Folds in all there is, while nobody writes and nobody reads for long: whoever reads then does not hold the log. */
  readonly whole: () => Promise<void>
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
  /** A descriptor of the WAL-index. */
  readonly index: number
  /** Where the index says how many frames are folded in. */
  readonly folded: number
}

/**
 * `file` is open already. The descriptors stay open as long as any connection: a process that closes one of a file lets go
 * of all its locks there (POSIX).
 */
export function foldAside(engine: string, file: string, framesMax: number): Folding {
  const [pages, index] = [openSync(file, 'r'), openSync(`${file}-shm`, 'r+')]
  let worker: Worker | undefined
  let underWay: Promise<void> | undefined
  let notBefore = 0
  /** How many in a row have brought the log nearer to its end. */
  let folds = 0
  let done: (isFolded: boolean) => void = () => {}
  const start = (): Worker => {
    // Where somebody moved the file, no other is made in its place.
    const place = `${pathToFileURL(file).href}?mode=rw`
    const started = startThread(serve, { engine, place, pages, index, folded: N_BACKFILL } satisfies Setup)
    const lost = () => {
      if (worker === started) worker = undefined
      done(false)
    }
    started.on('message', (isFolded: boolean) => done(isFolded))
    started.on('error', lost)
    started.on('exit', lost)
    started.unref()
    return started
  }
  const fold = async (folded: number) => {
    const ended = new Promise<boolean>((resolve) => {
      done = resolve
    })
    try {
      worker ??= start()
      // Whoever stops meanwhile waits for it: a thread that is ended within SQLite takes the process with it.
      worker.ref()
      worker.postMessage('fold')
    } catch {
      // No thread is to be had.
      done(false)
    }
    const isFolded = await ended
    worker?.unref()
    const isNearer = framesOf(index).folded > folded
    folds = isNearer ? folds + 1 : 0
    if (!isNearer) notBefore = performance.now() + (isFolded ? READ_MILLISECONDS : FAULT_MILLISECONDS)
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
    isHeld: () => framesOf(index).log > HELD_FACTOR * framesMax,
    whole: async () => {
      await underWay
      underWay = fold(framesOf(index).folded)
      await underWay
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
    // A passive one waits for nobody by itself.
    if (mode === 'TRUNCATE') writer.exec('PRAGMA busy_timeout = 0')
    writer.exec(`PRAGMA wal_checkpoint(${mode})`)
  } catch {
    // A full disk, perhaps.
  }
}

/** Of the WAL-index (https://sqlite.org/walformat.html): how many frames the log has, and how many are in the file. */
const [MX_FRAME, N_BACKFILL] = [16, 96]

function framesOf(index: number): { readonly log: number; readonly folded: number } {
  const number = (at: number) => {
    const bytes = new Uint32Array(1)
    readSync(index, bytes, 0, bytes.byteLength, at)
    return bytes[0]!
  }
  return { log: number(MX_FRAME), folded: number(N_BACKFILL) }
}

/** Runs in the thread; see startThread. */
function serve(load: NodeJS.Require): void {
  const { parentPort, workerData } = load('node:worker_threads') as typeof import('node:worker_threads')
  const { fsyncSync, writeSync } = load('node:fs') as typeof import('node:fs')
  const { engine, place, pages, index, folded } = workerData as Setup
  const { DatabaseSync } = load(engine) as typeof import('@photostructure/sqlite')
  const database = new DatabaseSync(place)
  database.exec('PRAGMA busy_timeout = 0; PRAGMA synchronous = FULL')
  parentPort!.on('message', (wanted: 'fold' | 'stop') => {
    if (wanted === 'stop') {
      database.close()
      parentPort!.close()
      return
    }
    let isFolded = false
    try {
      database.exec('PRAGMA wal_checkpoint(PASSIVE)')
      fsyncSync(pages)
      isFolded = true
    } catch {
      // A full or failing disk. What SQLite has noted as folded in may be lost, as it leaves flushing to who folds in the rest
      // where others write; and the system tells of it once, and forgets. So nothing counts as folded in, all of the log is
      // tried again, and where that can't be noted nobody goes on.
      try {
        writeSync(index, new Uint32Array(1), 0, Uint32Array.BYTES_PER_ELEMENT, folded)
      } catch {
        process.abort()
      }
    }
    parentPort!.postMessage(isFolded)
  })
}
