// The place of a SQLite file: what stands beside it, who may read it, is it still there, and is there room?

import { chmodSync, closeSync, existsSync, openSync, statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { fail } from '../errors.ts'
import { StoreError } from './store-error.ts'

/** With less than this left on the disk the next writes may be refused, if not this one. */
const FREE_BYTES_MIN = 4 << 20

/**
 * Gives what throws not_ready once the file is not the one at its path any more, as somebody moved or removed it: what is
 * written to it would be gone with the server.
 */
export function sameFile(file: string): () => void {
  const { dev, ino } = statSync(file)
  return () => {
    const found = statSync(file, { throwIfNoEntry: false })
    if (found?.ino !== ino || found.dev !== dev)
      throw Object.assign(fail.notReady(), { cause: new StoreError(`${file} was moved or removed while it was open.`) })
  }
}

/** Throws StoreError where the disk of a folder is nearly full. */
export async function assertRoom(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize < FREE_BYTES_MIN) throw new StoreError(`Less than ${FREE_BYTES_MIN} bytes are free.`)
}

/** Makes the file where there is none, and leaves it to its owner alone. */
export function makePrivate(path: string): void {
  closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
}

/** The log beside a file, where something stands in it; the file is not whole without it then. */
export function logBeside(file: string): string | undefined {
  const log = `${file}-wal`
  return existsSync(log) && statSync(log).size > 0 ? log : undefined
}
