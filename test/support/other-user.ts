// The program as a user who may not do everything: root may, so that it is another one then, who needs a copy of the
// program where it can be reached.

import { chmodSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Ran, runProgram } from './command.ts'

/** Stands in no list of users. */
const NO_USER = 54_321
/** What is installed with the program: the SQLite binary, and what loads it. */
const BESIDE = ['@photostructure/sqlite', 'node-gyp-build']

export interface OtherUser {
  /** Undefined where the user of the tests is no root, and does it by itself. */
  readonly uid: number | undefined
  readonly crmkit: (words: readonly string[], env: Readonly<Record<string, string>>) => Promise<Ran>
  readonly remove: () => void
}

export function otherUser(): OtherUser {
  const place = mkdtempSync(join(tmpdir(), 'crmkit-other-user-'))
  cpSync('dist', join(place, 'dist'), { recursive: true })
  for (const name of BESIDE) cpSync(join('node_modules', name), join(place, 'node_modules', name), { recursive: true })
  writeFileSync(join(place, 'package.json'), '{"type":"module"}')
  chmodSync(place, 0o755)
  const uid = process.getuid?.() === 0 ? NO_USER : undefined
  const main = join(place, 'dist', 'main.js')
  return {
    uid,
    crmkit: (words, env) => runProgram(process.execPath, [main, ...words], { uid, cwd: place, env }),
    remove: () => rmSync(place, { recursive: true, force: true }),
  }
}
