// docs/security.md and its like name tests that exist.

import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

test('every test that a document names exists', () => {
  const missing: string[] = []
  let named = 0
  for (const file of readdirSync('docs').filter((name) => name.endsWith('.md')))
    for (const [, path, title] of readFileSync(`docs/${file}`, 'utf8').matchAll(
      /`(test\/[\w./-]+)` › ([^|\n]+?) \|/g,
    )) {
      named++
      if (!readFileSync(path!, 'utf8').includes(`'${title}'`)) missing.push(`${file}: ${path} › ${title}`)
    }
  expect(missing).toEqual([])
  expect(named).toBeGreaterThan(30)
})
