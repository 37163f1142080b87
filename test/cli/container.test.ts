// The image, as far as it can be made without a Docker engine: what the Dockerfile copies is all that the program loads.

import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, relative } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runProgram } from '../support/command.ts'

let image: string
beforeAll(() => {
  image = mkdtempSync(join(tmpdir(), 'crmkit-image-'))
})
afterAll(() => rmSync(image, { recursive: true, force: true }))

/** Carries out `COPY --from=build …` as Docker does: of a folder what is in it. */
function copyAsDocker(line: string): void {
  const words = line.split(/\s+/).slice(2)
  const target = join(image, words.pop()!)
  for (const word of words) {
    const source = relative('/build', word)
    const isFolder = statSync(source).isDirectory()
    mkdirSync(target, { recursive: true })
    cpSync(source, isFolder ? target : join(target, basename(source)), { recursive: true })
  }
}

test('holds all that the program loads', async () => {
  const [, last] = readFileSync('Dockerfile', 'utf8').split(/^FROM .*\n(?=# Node 24)/m)
  for (const line of last!.match(/^COPY --from=build .*$/gm)!) copyAsDocker(line)
  writeFileSync(join(image, 'app', 'package.json'), '{"type":"module"}')
  expect(readdirSync(join(image, 'app', 'parts'))).toEqual(readdirSync('dist/parts'))
  const ran = await runProgram(process.execPath, [join(image, 'app', 'main.js'), '--version'], { env: {} })
  expect(ran.stderr).toBe('')
  expect(ran.stdout.trim()).toBe(JSON.parse(readFileSync('package.json', 'utf8')).version)
})
