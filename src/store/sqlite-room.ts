// A start that fails for want of room, told by the place where there is none.

import { statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { StoreError } from './store-error.ts'

/** A new database takes some 300 KiB. */
const NEW_BYTES_MIN = 1 << 20
const FULL = 13

/** What `open` gives. Throws StoreError where it fails and the disk is full, else what `open` throws. */
export async function namingFullDisk<T>(file: string, open: () => Promise<T>): Promise<T> {
  const isNew = !statSync(file, { throwIfNoEntry: false })?.size
  try {
    return await open()
  } catch (error) {
    if (!saysFull(error) && !(isNew && isFull(dirname(file)))) throw error
    throw new StoreError(
      `The disk is full at ${dirname(file)}. Free some space there, or name another folder: CRMKIT_DATA_DIR or CRMKIT_DATABASE_URL.`,
    )
  }
}

/** SQLite's word for it may lie below one of ours. */
function saysFull(error: unknown): boolean {
  const { code, errcode, message = '', cause } = error as NodeJS.ErrnoException & { errcode?: number }
  const isWord = code === 'ENOSPC' || errcode === FULL || message.startsWith('database or disk is full')
  return isWord || (cause instanceof Error && saysFull(cause))
}

/** A new database fails in other words too, as its lock can't be written first. */
function isFull(folder: string): boolean {
  try {
    const { blocks, bavail, bsize } = statfsSync(folder)
    return blocks > 0 && bavail * bsize < NEW_BYTES_MIN
  } catch {
    return false
  }
}
