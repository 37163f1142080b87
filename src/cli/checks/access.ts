// May this user write what a server on a SQLite file writes?

import { accessSync, constants, existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Finding, findingsOf } from './finding.ts'

const { fault } = findingsOf('database')
const BESIDE = ['', '-wal', '-shm', '-lock']

export function checkAccess(file: string): Finding[] {
  let folder = dirname(file)
  while (!existsSync(folder)) folder = dirname(folder)
  const paths = [folder, ...BESIDE.map((ending) => `${file}${ending}`).filter((path) => existsSync(path))]
  return paths.flatMap((path) => {
    const trouble = troubleOfWriting(path)
    if (trouble === undefined) return []
    return fault(
      `This user may not write ${path}, so that no server starts: ${trouble}.`,
      'Run this as the user that the server runs as, and let that user write there.',
    )
  })
}

function troubleOfWriting(path: string): string | undefined {
  try {
    accessSync(path, constants.W_OK)
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  }
}
