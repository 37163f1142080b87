// What the documents say was measured is what the benchmark wrote.

import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { measuredIn, type Run, shortTableOf, tableOf } from '../../bench/report.ts'

const runs = ['full', 'quick']
  .map((name) => `bench/results/${name}.json`)
  .filter(existsSync)
  .map(runAt)

function runAt(path: string): Run {
  const run = JSON.parse(readFileSync(path, 'utf8'))
  return { ...run, at: new Date(run.at) }
}

test.each([
  ['README.md', shortTableOf],
  ['docs/benchmarks.md', tableOf],
] as const)('%s has the table of a run that is kept', (path, tableOfRun) => {
  expect(runs.map(tableOfRun)).toContain(measuredIn(readFileSync(path, 'utf8')))
})
