// The key of every HMAC: configured, or made once and kept beside the data, for its owner alone.

import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Config, makeDataDir, SECRET_LENGTH_MIN } from '../config.ts'
import { publish, sync } from './draft.ts'
import { StoreError } from './store-error.ts'

const SECRET_BYTES = 32

/** The configured secret, else the one in the data directory, which is made where there is none. Throws StoreError. */
export function secretOf(config: Config): string {
  const present = presentSecret(config)
  if (present !== undefined) return present
  makeDataDir(config)
  return makeSecret(pathOf(config))
}

/** The same, and undefined where it is yet to be made. Throws StoreError where the file can't be read or is no secret. */
export function presentSecret(config: Config): string | undefined {
  return config.secret ?? readSecret(pathOf(config))
}

function pathOf({ dataDir }: Config): string {
  return join(dataDir, 'secret')
}

function readSecret(path: string): string | undefined {
  const secret = textAt(path)?.trim()
  if (secret !== undefined && secret.length < SECRET_LENGTH_MIN)
    throw new StoreError(
      `${path} has fewer than ${SECRET_LENGTH_MIN} characters, which could be guessed. Put back the one from your backup; without one remove it, and a new one is made.`,
    )
  return secret
}

function textAt(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new StoreError(`The secret at ${path} can't be read: ${message}.`)
  }
}

/** Written aside, made durable, and linked into place, so that there is never half of one nor two of them. */
function makeSecret(path: string): string {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  try {
    writeFileSync(draft, `${randomBytes(SECRET_BYTES).toString('hex')}\n`, { flag: 'wx', mode: 0o600 })
    sync(draft)
    // Where another start was quicker, that one counts.
    publish(draft, path)
  } finally {
    rmSync(draft, { force: true })
  }
  return readSecret(path)!
}
