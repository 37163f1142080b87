// The file that a path leads to, so that all who have it open under any name meet at one lock beside it.

import { existsSync, readlinkSync, realpathSync } from 'node:fs'
import { ConfigError } from './config-error.ts'

/** Throws ConfigError for a link to nothing: two links to one place would have a lock each until there is a file. */
export function behindLinks(path: string): string {
  if (existsSync(path)) return realpathSync(path)
  const target = linkAt(path)
  if (target === undefined) return path
  throw new ConfigError(
    `The database ${path} is a link to ${target}, where nothing is. Name the file itself: CRMKIT_DATABASE_URL.`,
  )
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    // Nothing, or in a folder that this user may not enter, which is found when it is opened.
    return undefined
  }
}
