// The shell examples of a document, and a machine to run them on.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Ran, runProgram } from './command.ts'

const NOT_RUN = /<!-- not run: (.+) -->$/

export interface Block {
  readonly code: string
  /** Why it is not run. */
  readonly notRun: string | undefined
}

/** The blocks fenced as `sh`, in order. */
export function shellBlocks(path: string): Block[] {
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.flatMap((line, at): Block[] => {
    if (line !== '```sh') return []
    const code = lines.slice(at + 1, lines.indexOf('```', at)).join('\n')
    return [{ code, notRun: NOT_RUN.exec(lines[at - 1] ?? '')?.[1] }]
  })
}

/** Runs a script in a folder in which `crmkit` is the built program; the first command that fails ends it. */
export function runShell(script: string, folder: string, env: Readonly<Record<string, string>>): Promise<Ran> {
  const bin = join(folder, 'bin')
  mkdirSync(bin, { recursive: true })
  const program = `#!/bin/sh\nexec '${process.execPath}' '${resolve('dist/main.js')}' "$@"\n`
  for (const name of ['crmkit', 'npx']) writeFileSync(join(bin, name), program, { mode: 0o755 })
  return runProgram('bash', ['--norc', '-euo', 'pipefail', '-c', script], {
    env: { PATH: `${bin}:${process.env.PATH}`, HOME: folder, ...env },
    cwd: folder,
  })
}
