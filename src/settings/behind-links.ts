// The file that a path leads to, so that all who have it open through symbolic links meet at one lock beside it.

import { existsSync, readlinkSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { ConfigError } from './config-error.ts'

/** As many as Linux follows. */
const LINKS_MAX = 40

/** The file may not be there yet. Throws ConfigError for links that lead round in a circle. */
export function behindLinks(path: string): string {
  let place = path
  for (let links = 0; links <= LINKS_MAX; links++) {
    if (existsSync(place)) return realpathSync(place)
    const target = linkAt(place)
    if (target === undefined) return place
    const folder = dirname(place)
    const real = existsSync(folder) ? realpathSync(folder) : folder
    place = resolve(real, target)
    const parent = dirname(place)
    if (existsSync(parent)) place = join(realpathSync(parent), basename(place))
  }
  throw new ConfigError(`The database ${path} is a link that leads round in a circle.`)
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    // Nothing, or in a folder that this user may not enter, which is found when it is opened.
    return undefined
  }
}
