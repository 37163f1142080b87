// Sizes: a file is one thought, a noun is a screen, the words of the declarations stay few.

import { expect, test } from 'vitest'
import { sourcesUnder } from './sources.ts'

const FILE_LINES_MAX = 300
const NOUN_LINES_MAX = 60
const DECLARE_LINES_MAX = 400

const linesOf = (text: string) => text.split('\n').length - 1

test(`no file is past ${FILE_LINES_MAX} lines`, () => {
  const sources = ['.ts', '.js', '.css', '.html'].flatMap((ends) => sourcesUnder('', ends))
  const long = sources.filter(({ text }) => linesOf(text) > FILE_LINES_MAX)
  expect(long.map(({ path, text }) => `${path}: ${linesOf(text)}`)).toEqual([])
})

test(`a noun takes at most ${NOUN_LINES_MAX} lines`, () => {
  const long = sourcesUnder('src/crm/').filter(({ text }) => linesOf(text) > NOUN_LINES_MAX)
  expect(long.map(({ path, text }) => `${path}: ${linesOf(text)}`)).toEqual([])
})

test(`declare/ takes at most ${DECLARE_LINES_MAX} lines in all`, () => {
  const lines = sourcesUnder('src/declare/').reduce((sum, { text }) => sum + linesOf(text), 0)
  expect(lines).toBeLessThanOrEqual(DECLARE_LINES_MAX)
})

test('every source file opens with what it is for', () => {
  const silent = sourcesUnder('src/').filter(({ text }) => !/^(#!.*\n)?(\/\/ |\/\*\*)/.test(text))
  expect(silent.map(({ path }) => path)).toEqual([])
})
