// Files that appear whole or not at all: written beside their place as a draft first, which nobody else writes to.

import { randomBytes } from 'node:crypto'
import { closeSync, constants, copyFileSync, fsyncSync, linkSync, openSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'

/** Every draft ends so, whatever was written, so that those of a killed process can be found. */
const ENDING = '.part'
const NAME_BYTES = 4
const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** What a file system says that has one name for a file. */
const NO_HARD_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']

/** Gives `work` the path of a draft beside `target` that is nobody's yet, and removes what is left of it, also on a signal. */
export async function withDraft<T>(target: string, work: (draft: string) => Promise<T>): Promise<T> {
  const draft = `${target}.${randomBytes(NAME_BYTES).toString('hex')}${ENDING}`
  const heedNoMore = removeOnSignal(draft)
  try {
    return await work(draft)
  } finally {
    heedNoMore()
    removeDraft(draft)
  }
}

/** Whether a file beside `target` has the name of a draft of it. */
export function isDraftOf(name: string, target: string): boolean {
  return name.startsWith(`${target}.`) && name.endsWith(ENDING)
}

/** The process ends of the signal all the same, as if nobody had heard it. */
function removeOnSignal(draft: string): () => void {
  const end = (signal: NodeJS.Signals) => {
    heedNoMore()
    removeDraft(draft)
    process.kill(process.pid, signal)
  }
  const heedNoMore = () => {
    for (const signal of ENDING_SIGNALS) process.off(signal, end)
  }
  for (const signal of ENDING_SIGNALS) process.on(signal, end)
  return heedNoMore
}

/** SQLite's journal of a copy that was cut off stands beside it. */
export function removeDraft(draft: string): void {
  for (const path of [draft, `${draft}-journal`]) rmSync(path, { force: true })
}

/** Makes an empty file for its owner alone. Throws where the path leads anywhere, through a link too. */
export function makeNew(path: string): void {
  closeSync(openSync(path, 'wx', 0o600))
}

/** Gives a whole file the name `target` too; false where something has that name, which stays as it is. */
export function publish(draft: string, target: string): boolean {
  try {
    linkOrCopy(draft, target)
    return true
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    return false
  }
}

function linkOrCopy(draft: string, target: string): void {
  try {
    linkSync(draft, target)
  } catch (error) {
    if (!NO_HARD_LINKS.includes(codeOf(error))) throw error
    copyFileSync(draft, target, constants.COPYFILE_EXCL)
    sync(target)
  }
}

/** Puts the name of a file that is on the disk there too; where that fails there is no file. */
export function makeNameLast(path: string): void {
  try {
    sync(dirname(path))
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  }
}

/** Waits until a file, or the names in a folder, are on the disk. */
export function sync(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? ''
}
