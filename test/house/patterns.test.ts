// Security requirements, input: no regular expression that backtracks, by what its form alone says (scslre).

import { analyse } from 'scslre'
import { parseAst } from 'vite'
import { expect, test } from 'vitest'
import { sourcesUnder } from './sources.ts'

/** Those that would take more than their share of a long text, and are never given one. */
const OF_SHORT_TEXTS: Readonly<Record<string, string>> = {
  'src/query/grammar.ts': 'a pattern of 200 characters',
  'src/transfer/amounts.ts': 'an amount of 60 characters',
  'src/transfer/dates.ts': 'a date of 60 characters',
}

interface Pattern {
  readonly path: string
  readonly source: string
  readonly flags: string
}

test('no regular expression goes over a text again and again', () => {
  const patterns = sourcesUnder('src/').flatMap(({ path, text }) => [...patternsIn(path, text)])
  expect(patterns.length).toBeGreaterThan(200)
  const slow = patterns.filter(({ source, flags }) => isSlow(source, flags))
  const unlimited = slow.filter(({ path }) => !(path in OF_SHORT_TEXTS))
  expect(unlimited.map(({ path, source }) => `${path}: ${source}`)).toEqual([])
  expect([...new Set(slow.map(({ path }) => path))].sort()).toEqual(Object.keys(OF_SHORT_TEXTS).sort())
})

test.each(['^(a+)+$', '\\s*[;,]\\s*', '^(.*?)\\s*\\(x\\)'])('/%s/ is found out', (source) => {
  expect(isSlow(source, '')).toBe(true)
})

function isSlow(source: string, flags: string): boolean {
  return analyse({ source, flags }).reports.length > 0
}

/** The literals of a source. */
function* patternsIn(path: string, text: string): Generator<Pattern> {
  const ahead: unknown[] = [parseAst(text, { lang: 'ts' }, path)]
  while (ahead.length > 0) {
    const node = ahead.pop()
    if (typeof node !== 'object' || node === null) continue
    const { regex } = node as { regex?: { pattern: string; flags: string } }
    if (regex) yield { path, source: regex.pattern, flags: regex.flags }
    else ahead.push(...Object.values(node))
  }
}
