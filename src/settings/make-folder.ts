// Folders for data, for their owner alone.

import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { ConfigError } from './config-error.ts'

/**
 * Makes a folder and those above it. `setting` is what named it. Throws ConfigError where it can't be. One after the other, as
 * Node's own way (`recursive`) never ends where the system lets nobody make any, as below /proc.
 */
export function makeFolder(path: string, setting: string): void {
  const missing: string[] = []
  for (let at = path; !existsSync(at); at = dirname(at)) missing.unshift(at)
  try {
    for (const folder of missing) makeOne(folder)
  } catch (error) {
    throw new ConfigError(`${setting} names ${path}, and that folder can't be made: ${(error as Error).message}.`)
  }
  if (!statSync(path).isDirectory()) throw new ConfigError(`${setting} names ${path}, which is no folder.`)
}

function makeOne(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    // Somebody else was quicker.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
