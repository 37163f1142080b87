// The parts of import that read one cell: amounts, dates, and how CSV is made harmless.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { currencyIn, minorUnits } from '../../src/transfer/amounts.ts'
import { orderOf, readDate } from '../../src/transfer/dates.ts'
import { defused, undefused } from '../../src/transfer/defuse.ts'
import { decodeText, detectEncoding } from '../../src/transfer/encoding.ts'

describe('amounts', () => {
  test.each([
    ...([
      ['15000', 'USD', 1_500_000],
      ['$1,200,000.00', 'USD', 120_000_000],
      ['1.234,56', 'EUR', 123_456],
    ] as const),
    ...([
      ['1 234,56 €', 'EUR', 123_456],
      ["1'234.50", 'CHF', 123_450],
      ['1.500', 'EUR', 150_000],
    ] as const),
    ...([
      ['1,500', 'USD', 150_000],
      ['1,50', 'EUR', 150],
      ['1.500', 'KWD', 1_500],
      ['12000', 'JPY', 12_000],
    ] as const),
    ...([
      ['(500)', 'USD', -50_000],
      ['-5', 'USD', -500],
      ['USD 1,000', 'USD', 100_000],
      ['1.2E6', 'USD', 120_000_000],
      ['1.2345E+3', 'USD', 123_450],
      ['1.5e15', 'JPY', 1_500_000_000_000_000],
    ] as const),
    ...([
      ['1,23,456.78', 'INR', 12_345_678],
      ['.5', 'USD', 50],
      ['1234.5678', 'USD', 123_457],
    ] as const),
  ])('%s in %s is %d', (text, currency, units) => expect(minorUnits(text, currency)).toBe(units))

  test.each(['', 'abc', '10 apples', '1.2.3,4', '99999999999999999', '--', '1/2'])('%j is none', (text) =>
    expect(minorUnits(text, 'USD')).toBeUndefined(),
  )

  test('are read back from how they are written', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: -1e12, max: 1e12 }),
        fc.constantFrom('en-US', 'de-DE', 'fr-FR', 'de-CH'),
        (units, locale) => {
          const written = new Intl.NumberFormat(locale, { style: 'currency', currency: 'EUR' }).format(units / 100)
          expect(minorUnits(written, 'EUR'), written).toBe(units === 0 ? 0 : units)
        },
      ),
    ))

  test('name their currency', () =>
    expect(['€5', '5 GBP', 'R$ 1', '$5', '5'].map(currencyIn)).toEqual(['EUR', 'GBP', 'BRL', undefined, undefined]))
})

describe('dates', () => {
  test.each([
    ...([
      ['2024-03-12', '2024-03-12'],
      ['2024-03-12 09:14', '2024-03-12T08:14:00Z'],
      ['3/15/2024 2:30 PM', '2024-03-15T13:30:00Z'],
    ] as const),
    ...([
      ['15.03.2024', '2024-03-15'],
      ['12 Mar 2024', '2024-03-12'],
      ['7-Feb-22', '2022-02-07'],
      ['12 März 2024', '2024-03-12'],
    ] as const),
    ...([
      ['March 15, 2024', '2024-03-15'],
      ['20240315', '2024-03-15'],
      ['2024-03-12T09:14:00.000+0000', '2024-03-12T09:14:00+00:00'],
    ] as const),
    ...([
      ['1/2/2025, 12:04 AM', '2025-01-01T23:04:00Z'],
      ['03/04/2024', '2024-03-04'],
      ['2024-03-12 24:00', '2024-03-12T23:00:00Z'],
      ['2024-03-12 00:00', '2024-03-11T23:00:00Z'],
    ] as const),
  ])('%s is %s', (text, date) => expect(readDate(text, 'mdy', 'Europe/Berlin')).toBe(date))

  test.each(['', 'someday', '31/02/2024', '12:30', '2024-13-01', '2024-03-12 24:01', '0/0/00'])('%j is none', (text) =>
    expect(readDate(text, 'dmy', 'UTC')).toBeUndefined(),
  )

  test('say by one of them which comes first', () => {
    expect(orderOf(['03/04/2024', '15/03/2024'], 'mdy')).toBe('dmy')
    expect(orderOf(['03/04/2024', '3/15/2024 2:30 PM'], 'dmy')).toBe('mdy')
    expect(orderOf(['03/04/2024'], 'dmy')).toBe('dmy')
  })
})

test('what CSV does to a cell is undone, whatever it holds', () =>
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^['=+@\t-]{0,4}x?$/)), (cell) => {
      expect(undefused(defused(cell))).toBe(cell)
      expect(defused(cell)).not.toMatch(/^[=+\-@\t\r]/)
    }),
  ))

test('text is the same however its bytes are cut', () =>
  fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 5 }), async (text, size) => {
      const bytes = Buffer.from(text)
      const pieces = async function* () {
        for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
      }
      let read = ''
      for await (const piece of decodeText(pieces(), 'utf-8')) read += piece
      expect(read).toBe(text)
    }),
  ))

test('encodings are told by their bytes', () => {
  expect(detectEncoding(Buffer.from('\ufeffName', 'utf16le'))).toBe('utf-16le')
  expect(detectEncoding(Buffer.from('Name;Email', 'utf16le'))).toBe('utf-16le')
  expect(detectEncoding(Buffer.from('Jörg', 'latin1'))).toBe('windows-1252')
  expect(detectEncoding(Buffer.from('Jörg'))).toBe('utf-8')
})
