// The text grammar (contract §1): whatever is stored, a record is one line, and the line reads back as what was stored.

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CLIP_CODE_POINTS, printClipped, printCustom, printPair, printValue } from '../../src/render/logfmt.ts'
import { parseAnswer, parseCustom, parseRecord } from '../../src/render/parse.ts'

const naughty: string[] = JSON.parse(readFileSync(new URL('../data/blns.json', import.meta.url), 'utf8'))

const FORGERIES = [
  'x name=forged',
  'x\ncontact/c_forged name=Eve',
  'x\r\n# total: 0',
  'x\u2028contact/c_forged',
  'x\u0085contact/c_forged',
  'Ann" stage="won',
  'Ann\\" stage=\\"won',
  '"Ann"+12',
  '"',
  '\\',
  '\\u0022',
  '\u0000',
  '\ufeffAnn',
  'ab\u202ecd',
  'a\u200db',
  'a\u3164b',
  '\u{e0041}\u{e007f}',
  '\u{f0000}',
  '\u{10ffff}',
  '\ud800',
  '\udc00\ud800',
  '# total: 0',
  'error: not_found',
  'a=b',
  '-',
  '\u00a0',
  '\u3000',
]

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  fc
    .array(fc.oneof(fc.constantFrom(...FORGERIES), fc.string({ unit: 'binary', maxLength: 3 })))
    .map((all) => all.join('')),
)
const anyJson = fc
  .oneof(
    fc.jsonValue({ stringUnit: 'binary' }),
    anyText,
    fc.json(),
    fc.json().map((text) => ` ${text}`),
    fc.array(anyText),
    fc.dictionary(anyText, anyText),
  )
  .map((value) => JSON.parse(JSON.stringify(value)))

/** Written apart from the printer's own pattern, from the words of the contract. */
function isUnsafe(character: string): boolean {
  if (character === '"' || character === '\\') return true
  if (/\p{White_Space}/u.test(character) || /\p{Default_Ignorable_Code_Point}/u.test(character)) return true
  return [/\p{Cc}/u, /\p{Cf}/u, /\p{Cs}/u, /\p{Co}/u, /\p{Cn}/u, /\p{Zl}/u, /\p{Zp}/u].some((one) =>
    one.test(character),
  )
}

function expectOneLine(line: string): void {
  const strays = [...line].filter((character) => !' "\\'.includes(character) && isUnsafe(character))
  expect(strays).toEqual([])
}

function printRecord(handle: string, pairs: readonly (readonly [label: string, printed: string])[]): string {
  return handle + pairs.map(([label, printed]) => printPair(label, printed)).join('')
}

describe('a value', () => {
  test.each([
    ['Ann', 'Ann'],
    ['', '""'],
    ['Ann Lee', '"Ann Lee"'],
    ['a=b', 'a=b'],
    ['#1', '#1'],
    ['Zoë', 'Zoë'],
    ['李小龍', '李小龍'],
    ['👍', '👍'],
    ['say "hi"', '"say \\"hi\\""'],
    ['a\\b', '"a\\\\b"'],
    ['a\nb\tc\rd', '"a\\nb\\tc\\rd"'],
    ['\u0000', '"\\u0000"'],
    ['a\u00a0b', '"a\\u00a0b"'],
    ['\u2028', '"\\u2028"'],
    ['\u{e0041}', '"\\udb40\\udc41"'],
    ['\ud800', '"\\ud800"'],
  ])('%j prints as %s', (text, printed) => {
    expect(printValue(text)).toBe(printed)
  })

  test('of any single code point is safe, is bare where it can be, and reads back', () => {
    const wrong: string[] = []
    for (let point = 0; point <= 0x10ffff; point++) {
      const character = String.fromCodePoint(point)
      const printed = printValue(character)
      const expectBare = !isUnsafe(character)
      const safe = expectBare ? printed === character : printed === '" "' || /^"\\[ -~]+"$/.test(printed)
      if (!safe || (!expectBare && JSON.parse(printed) !== character)) wrong.push(point.toString(16))
    }
    expect(wrong).toEqual([])
  }, 60_000)
})

describe('a record', () => {
  test('of any texts is one line and reads back', () => {
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 5 }), (texts) => {
        const line = printRecord(
          'contact/c_7k2m9qxa',
          texts.map((text, at) => [`custom.k${at}`, printValue(text)] as const),
        )
        expectOneLine(line)
        const { handle, values } = parseRecord(line)
        expect(handle).toBe('contact/c_7k2m9qxa')
        expect([...values]).toEqual(texts.map((text, at) => [`custom.k${at}`, { text, raw: printValue(text) }]))
      }),
      { numRuns: 2000 },
    )
  })

  test.each(FORGERIES)('is not forged by %j', (text) => {
    const line = printRecord('contact/c_a', [
      ['name', printValue(text)],
      ['stage', 'lead'],
    ])
    expectOneLine(line)
    const answer = parseAnswer(`${line}\n# total: 1\n`)
    expect(answer.comments).toEqual(['total: 1'])
    expect(answer.labels.size).toBe(0)
    expect(answer.records).toHaveLength(1)
    expect([...answer.records[0]!.values].map(([label, value]) => [label, value.text, value.omitted])).toEqual([
      ['name', text, undefined],
      ['stage', 'lead', undefined],
    ])
  })

  test('of each of the Big List of Naughty Strings reads back', () => {
    expect(naughty.length).toBeGreaterThan(500)
    for (const text of naughty) {
      const line = printRecord('deal/d_a', [
        ['title', printValue(text)],
        ['custom.x', printCustom(text)],
        ['custom.y', printCustom({ [text]: [text] })],
      ])
      expectOneLine(line)
      const { values } = parseRecord(line)
      expect(values.get('title')?.text).toBe(text)
      expect(parseCustom(values.get('custom.x')!.raw)).toBe(text)
      expect(parseCustom(values.get('custom.y')!.raw)).toEqual(JSON.parse(JSON.stringify({ [text]: [text] })))
    }
  })
})

describe('a clipped value', () => {
  test('says how many code points it leaves out', () => {
    expect(CLIP_CODE_POINTS).toBe(280)
    expect(printClipped('a'.repeat(280))).toBe('a'.repeat(280))
    expect(printClipped('a'.repeat(281))).toBe(`"${'a'.repeat(280)}"+1`)
    expect(printClipped('👍'.repeat(280))).toBe('👍'.repeat(280))
    expect(printClipped('👍'.repeat(300))).toBe(`"${'👍'.repeat(280)}"+20`)
    expect(printClipped('ab cd', 2)).toBe('"ab"+3')
    expect(printClipped('a b', 3)).toBe('"a b"')
    expect(printClipped('')).toBe('""')
  })

  test('of any text reads back as its beginning', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 0, max: 12 }), (text, max) => {
        const points = [...text]
        const line = printRecord('contact/c_a', [['notes', printClipped(text, max)]])
        expectOneLine(line)
        const value = parseRecord(line).values.get('notes')!
        expect(value.raw).toBe(line.slice('contact/c_a notes='.length))
        expect(value.text).toBe(points.length > max ? points.slice(0, max).join('') : text)
        expect(value.omitted).toBe(points.length > max ? points.length - max : undefined)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('the value of a custom key', () => {
  test.each([
    [12, '12'],
    ['12', '"12"'],
    [-1.5e-7, '-1.5e-7'],
    ['-1.5e3', '"-1.5e3"'],
    ['1e400', '"1e400"'],
    ['012', '012'],
    ['+1', '+1'],
    [true, 'true'],
    ['true', '"true"'],
    [null, 'null'],
    ['null', '"null"'],
    ['NULL', 'NULL'],
    ['', '""'],
    ['gold', 'gold'],
    ['two words', '"two words"'],
    [{}, '"{}"'],
    ['{}', '{}'],
    [[], '"[]"'],
    ['[]', '[]'],
    [{ a: [1, 'x y'] }, '"{\\"a\\":[1,\\"x y\\"]}"'],
    ['{"a":1}', '"\\u007b\\"a\\":1}"'],
    ['[1, 2]', '"\\u005b1, 2]"'],
    ['\\u007b"a":1}', '"\\\\u007b\\"a\\":1}"'],
  ])('%j prints as %s and reads back', (value, printed) => {
    expect(printCustom(value)).toBe(printed)
    expect(parseCustom(printed)).toEqual(value)
  })

  test('is recovered, whatever JSON it is', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        const line = printRecord('contact/c_a', [['custom.x', printCustom(value)]])
        expectOneLine(line)
        expect(JSON.stringify(parseCustom(parseRecord(line).values.get('custom.x')!.raw))).toBe(JSON.stringify(value))
      }),
      { numRuns: 3000 },
    )
  })

  test.each(['', 'a b', '"a', 'a"', '"a"b', '"a"+3', '"{"', '"[1,"', '"\\x"', 'a\nb', '"a\u200b"'])(
    'is not %j',
    (raw) => {
      expect(() => parseCustom(raw)).toThrow(/\.$|: /)
    },
  )
})

describe('the parser', () => {
  test('reads an answer of every kind of line', () => {
    const answer = parseAnswer(
      'error: conflict\nproblem: a\nproblem: b\ncontact/c_a name="Ann Lee"\ncontact/c_b\n# total: 2\n',
    )
    expect(Object.fromEntries(answer.labels)).toEqual({ error: ['conflict'], problem: ['a', 'b'] })
    expect(answer.records.map(({ handle }) => handle)).toEqual(['contact/c_a', 'contact/c_b'])
    expect(answer.records[0]!.values.get('name')).toEqual({ text: 'Ann Lee', raw: '"Ann Lee"' })
    expect(answer.comments).toEqual(['total: 2'])
    expect(parseAnswer('')).toEqual({ records: [], comments: [], labels: new Map() })
  })

  test.each([
    '',
    'contact',
    'contact/c_A name=x',
    ' contact/c_a',
    'contact/c_a ',
    'contact/c_a  name=x',
    'contact/c_a name',
    'contact/c_a name=',
    'contact/c_a name= stage=x',
    'contact/c_a =x',
    'contact/c_a na"me=x',
    'contact/c_a name=x name=y',
    'contact/c_a name="x',
    'contact/c_a name="x\\"',
    'contact/c_a name=x"y',
    'contact/c_a name=x\\y',
    'contact/c_a name="x"y',
    'contact/c_a name="x"+',
    'contact/c_a name="x"+1a',
    'contact/c_a name="\\x"',
    'contact/c_a name="\\u12"',
    'contact/c_a name=x\n',
    'contact/c_a name="x\ty"',
    'contact/c_a name=x\u00a0y',
    'contact/c_a name="\u202e"',
    'contact/c_a name=\u{e0041}',
  ])('refuses %j as a record', (line) => {
    expect(() => parseRecord(line)).toThrow(/\.$|: /)
  })

  test.each(['# total: 1', 'no label\n', '#total\n', '\n', '# a\u0000\n', 'hint: \u202e\n', 'hint: a\r\n'])(
    'refuses %j as an answer',
    (text) => {
      expect(() => parseAnswer(text)).toThrow(/\.$|: /)
    },
  )
})
