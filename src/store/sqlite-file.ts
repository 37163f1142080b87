// What stands at the path of a SQLite database, looked at before anything is made or changed there.

import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { StoreError } from './store-error.ts'

/** Between the name of a database and the time at which a restore set it aside. */
export const SET_ASIDE = '.before-restore-'

/** Throws StoreError where a database is missing that a restore set aside: an empty one in its place would hide that. */
export function assertInPlace(file: string): void {
  if (existsSync(file) || !existsSync(dirname(file))) return
  const kept = readdirSync(dirname(file))
    .filter((name) => name.startsWith(`${basename(file)}${SET_ASIDE}`) && !/-(wal|shm)$/.test(name))
    .sort()
    .at(-1)
  if (kept === undefined) return
  throw new StoreError(
    `There is no ${file}, but ${join(dirname(file), kept)}: a restore was cut off. To put it back: crmkit restore ${join(dirname(file), kept)}. For an empty database move it away.`,
  )
}
