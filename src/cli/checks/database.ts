// Does the database answer, is its schema this program's, may this user write it, and can nobody else read it?

import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../../config.ts'
import { fileOf, readPending } from '../../store/open.ts'
import { checkSqlite } from '../../store/sqlite-backup.ts'
import { isServed } from '../../store/sqlite-beside.ts'
import { checkAccess } from './access.ts'
import { type Finding, findingsOf } from './finding.ts'

const { ok, note, fault } = findingsOf('database')
const OTHERS_MAY = 0o077
const RESTORE = 'Stop the server and restore a backup: crmkit restore <backup> --force'
/** SQLite's codes of a file that is damaged, and of one that is none of its own. */
const [CORRUPT, NO_DATABASE] = [11, 26]

/** `thorough` reads all of a SQLite file, which takes seconds for each gigabyte. */
export async function checkDatabase(config: Config, { thorough }: { thorough: boolean }): Promise<Finding[]> {
  const file = fileOf(config)
  const trouble = file === undefined ? undefined : troubleOfLooking(file)
  if (trouble !== undefined && trouble !== 'ENOENT')
    return [fault(`This user may not look at ${file}: ${trouble}.`, 'Run it as the user that the server runs as.')]
  const findings = file === undefined ? [] : checkAccess(file)
  try {
    const { place, pending } = await readPending(config)
    if (trouble !== undefined)
      return [note(`There is no file ${file} yet; the first start makes it.`), ...findings, ...checkModes(config)]
    findings.push(ok(`${place} answers.`))
    if (pending.length > 0)
      findings.push(
        note(
          `It lacks ${pending.map(({ name }) => name).join(', ')}.`,
          'The next start runs them; to look first: crmkit migrate --dry-run',
        ),
      )
  } catch (error) {
    return [...findings, fault((error as Error).message, todoOf(error))]
  }
  if (file !== undefined) findings.push(...(await checkFile(file, thorough)))
  return [...findings, ...checkModes(config)]
}

/** ENOENT where there is no file; undefined where there is one. */
function troubleOfLooking(file: string): string | undefined {
  try {
    statSync(file)
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  }
}

function todoOf(error: unknown): string {
  const { todo, errcode } = error as { todo?: string; errcode?: number }
  if (errcode === CORRUPT || errcode === NO_DATABASE) return RESTORE
  return todo ?? 'Check CRMKIT_DATABASE_URL, and whether this user may read the files.'
}

async function checkFile(file: string, thorough: boolean): Promise<Finding[]> {
  const served = isServed(file)
    ? ok('A server runs on it.')
    : note('No server runs on it.', 'To start one: crmkit serve')
  if (!thorough) return [served]
  try {
    const { bytes } = await checkSqlite(file)
    return [served, ok(`All ${bytes} bytes are sound.`)]
  } catch (error) {
    return [served, fault((error as Error).message, RESTORE)]
  }
}

function checkModes(config: Config): Finding[] {
  const open = [fileOf(config) ?? '', join(config.dataDir, 'secret')].filter((path) => {
    const found = statSync(path, { throwIfNoEntry: false })
    return found?.isFile() && (found.mode & OTHERS_MAY) !== 0
  })
  return open.map((path) => fault(`Other users of this machine can open ${path}.`, `chmod 600 ${path}`))
}
