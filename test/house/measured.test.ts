// What the documents say was measured is what the benchmark wrote.

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { measuredIn, type Run, shortTableOf, tableOf } from '../../bench/report.ts'

const kept = JSON.parse(readFileSync('bench/results/full.json', 'utf8'))
const full: Run = { ...kept, at: new Date(kept.at) }

test.each([
  ['README.md', shortTableOf],
  ['docs/benchmarks.md', tableOf],
] as const)('%s has the table of the full run that is kept', (path, tableOfRun) => {
  expect(measuredIn(readFileSync(path, 'utf8'))).toBe(tableOfRun(full))
})
