// The clock and the disk.

import { existsSync, statfsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Config } from '../../config.ts'
import { fileOf, openBeside } from '../../store/open.ts'
import { type Finding, findingsOf } from './finding.ts'

const clock = findingsOf('clock')
const disk = findingsOf('disk')
/** When this program was written: a clock before that is wrong. */
const EARLIEST = Date.UTC(2026, 0, 1)
const AHEAD_SECONDS_MAX = 60
const FREE_BYTES_MIN = 256 * 1024 * 1024
const FREE_BYTES_GOOD = 1024 * 1024 * 1024

/** Codes, confirmations and tokens live by the clock. */
export async function checkClock(config: Config, now: number): Promise<Finding[]> {
  const todo = 'Set the clock, and keep it set by NTP: timedatectl set-ntp true'
  const told = new Date(now).toISOString()
  if (now < EARLIEST) return [clock.fault(`The clock says ${told}, which is past.`, todo)]
  const latest = await latestUse(config)
  if (latest !== undefined && latest > now / 1000 + AHEAD_SECONDS_MAX)
    return [clock.fault(`The clock says ${told}, but the database has seen later times.`, todo)]
  return [clock.ok(`${told}.`)]
}

/** Seconds since 1970 of the last use of a token; undefined where there is no database to ask. */
async function latestUse(config: Config): Promise<number | undefined> {
  try {
    const database = await openBeside(config)
    const [row] = await database.read.rows('SELECT max(last_used_at) AS latest FROM tokens')
    await database.close()
    return typeof row?.latest === 'number' ? row.latest : undefined
  } catch {
    return undefined
  }
}

export function checkDisk(config: Config): Finding[] {
  let folder = dirname(fileOf(config) ?? join(config.dataDir, 'secret'))
  while (!existsSync(folder)) folder = dirname(folder)
  const { bavail, bsize } = statfsSync(folder)
  const free = bavail * bsize
  const says = `${Math.floor(free / 1024 / 1024)} MiB are free at ${folder}.`
  const todo = 'Free some space, or move the data: CRMKIT_DATA_DIR. A full disk refuses writes; reads go on.'
  if (free < FREE_BYTES_MIN) return [disk.fault(says, todo)]
  return [free < FREE_BYTES_GOOD ? disk.note(says, todo) : disk.ok(says)]
}
