// The key of every HMAC: configured, or made once and kept beside the data, for its owner alone.

import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { type Config, makeDataDir } from '../config.ts'

const SECRET_BYTES = 32

/** The configured secret, else the one in the data directory, which is made where there is none. */
export function secretOf(config: Config): string {
  if (config.secret !== undefined) return config.secret
  makeDataDir(config)
  const path = join(config.dataDir, 'secret')
  return readSecret(path) ?? makeSecret(path)
}

function readSecret(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Written aside, made durable, and linked into place, so that there is never half of one nor two of them. */
function makeSecret(path: string): string {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const file = openSync(draft, 'wx', 0o600)
  writeSync(file, `${randomBytes(SECRET_BYTES).toString('hex')}\n`)
  fsyncSync(file)
  closeSync(file)
  try {
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft, { force: true })
  }
  return readSecret(path)!
}
