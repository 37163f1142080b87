// The project's own files, as the house rules look at them.

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

export interface Source {
  /** From the root of the project: `src/store/open.ts`. */
  readonly path: string
  readonly text: string
}

const VENDORED = /^(test\/data|demo\/data)\//

/** What git ignores; the folders are walked by ourselves, as git need not be there. */
const IGNORED = new Set(['.git', 'node_modules', 'dist', 'screenshots', 'tmp'])

/** Every file of the project, without the data of others. */
export const files: readonly string[] = [...walk('')].filter((path) => !VENDORED.test(path)).sort()

function* walk(folder: string): Generator<string> {
  for (const entry of readdirSync(folder === '' ? '.' : folder, { withFileTypes: true })) {
    if (IGNORED.has(entry.name) || /\.db(-\w+)?$/.test(entry.name)) continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* walk(path)
    else yield path
  }
}

export function sourcesUnder(folder: string, ends = '.ts'): Source[] {
  const paths = files.filter((path) => path.startsWith(folder) && path.endsWith(ends))
  return paths.map((path) => ({ path, text: readFileSync(path, 'utf8') }))
}

/** What a file is called in the layers: its folder under src/, or its own name where it stands in src/ itself. */
export function unitOf(path: string): string {
  const [, first] = path.split('/')
  return first!
}

/** The project's own files that a source imports, types included. */
export function importsOf({ path, text }: Source): string[] {
  const found = text.matchAll(/(?:^|\n)(?:import|export)\b[^'"`;]*?from '(\.[^']+)'/g)
  return [...found].map(([, to]) => normalize(join(dirname(path), to!)))
}

/** The packages that a source imports or requires. */
export function packagesOf({ text }: Source): string[] {
  const found = text.matchAll(/(?:from |require\(|import\()'([^.'][^']*)'|'(node:sqlite|@photostructure\/sqlite)'/g)
  return [...found].map(([, imported, engine]) => (imported ?? engine)!)
}

/** `path:line` of every place in the sources where a pattern stands. */
export function placesOf(pattern: RegExp, sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  )
}
