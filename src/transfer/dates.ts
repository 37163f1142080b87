// Dates as products write them, to what the API takes: RFC 3339, or a date alone, which is midnight in the workspace.

import { Temporal } from 'temporal-polyfill'

/** Which comes first in 03/04/2024. */
export type DateOrder = 'dmy' | 'mdy'

const DATE_LENGTH_MAX = 60
const NUMERIC = /^(\d{1,4})[-/.\s]+(\d{1,2})[-/.\s]+(\d{1,4})\.?$/
const NAMED = /^(?:[a-z]+,?\s+)?(\d{1,2})[.\s-]+([\p{L}]{3,})\.?[,\s-]+(\d{2}|\d{4})$/iu
const NAMED_US = /^(?:[a-z]+,?\s+)?([\p{L}]{3,})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})$/iu
const TIME =
  /[\sT,]+(?:at\s+)?(\d{1,2})[:.h](\d\d)(?:[:.](\d\d)(?:[.,]\d+)?)?\s*([ap])?\.?m?\.?\s*(z|utc|gmt|[+-]\d\d:?\d\d)?$/i
const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
/** Beginnings of month names that differ from English: German, French, Spanish, Italian, Portuguese, Dutch. */
const OTHER_MONTHS: Readonly<Record<string, number>> = {
  ...{
    jän: 1,
    ene: 1,
    gen: 1,
    fév: 2,
    fev: 2,
    mär: 3,
    mrz: 3,
    maa: 3,
    avr: 4,
    abr: 4,
    mai: 5,
    mag: 5,
    mei: 5,
    juin: 6,
    giu: 6,
  },
  ...{ juil: 7, lug: 7, aoû: 8, aou: 8, ago: 8, set: 9, okt: 10, out: 10, ott: 10, dez: 12, dic: 12, déc: 12 },
}

/** Which order dates have, as far as one of them can only be read in one; `fallback` where none tells. */
export function orderOf(texts: readonly string[], fallback: DateOrder): DateOrder {
  for (const text of texts) {
    const trimmed = text.trim()
    if (trimmed.length > DATE_LENGTH_MAX) continue
    const parts = NUMERIC.exec(trimmed.replace(TIME, ''))
    if (!parts || parts[1]!.length > 2) continue
    if (Number(parts[1]) > 12) return 'dmy'
    if (Number(parts[2]) > 12) return 'mdy'
    if (text.includes('.')) return 'dmy'
  }
  return fallback
}

/** `zone` is the IANA zone of times without an offset. Undefined where the text is no date. */
export function readDate(text: string, order: DateOrder, zone: string, timeOfDay = ''): string | undefined {
  const trimmed = text.trim()
  if (trimmed.length + timeOfDay.length > DATE_LENGTH_MAX) return undefined
  if (/^\d{13}$/.test(trimmed)) return instant(Temporal.Instant.fromEpochMilliseconds(Number(trimmed)))
  const whole = TIME.test(trimmed) || timeOfDay === '' ? trimmed : `${trimmed} ${timeOfDay.trim()}`
  const time = TIME.exec(whole)
  const day = dayOf(time ? whole.slice(0, time.index) : whole, order)
  if (!day) return undefined
  if (!time) return day.toString()
  const hours = (Number(time[1]) % (time[4] ? 12 : 24)) + (time[4]?.toLowerCase() === 'p' ? 12 : 0)
  if (Number(time[1]) > 24 || Number(time[2]) > 59) return undefined
  // The end of a day is the beginning of the next (ISO 8601).
  const isEnd = Number(time[1]) === 24
  if (isEnd && (Number(time[2]) > 0 || time[4])) return undefined
  const clock = (isEnd ? day.add({ days: 1 }) : day).toPlainDateTime({
    hour: hours,
    minute: Number(time[2]),
    second: Math.min(59, Number(time[3] ?? 0)),
  })
  const offset = time[5]?.toUpperCase()
  if (offset === undefined) return instant(clock.toZonedDateTime(zone).toInstant())
  const shift = /^[+-]/.test(offset) ? `${offset.slice(0, 3)}:${offset.slice(-2)}` : 'Z'
  return `${clock.toString({ smallestUnit: 'second' })}${shift}`
}

function instant(at: Temporal.Instant): string {
  return at.toString({ smallestUnit: 'second' })
}

function dayOf(text: string, order: DateOrder): Temporal.PlainDate | undefined {
  const compact = /^(\d{4})(\d\d)(\d\d)$/.exec(text)
  if (compact) return dateOf(compact[1]!, compact[2]!, compact[3]!)
  const numeric = NUMERIC.exec(text)
  if (numeric) {
    const [, first, second, third] = numeric as unknown as [string, string, string, string]
    if (first.length === 4) return dateOf(first, second, third)
    const monthFirst = order === 'mdy' && !text.includes('.') ? Number(first) <= 12 : Number(second) > 12
    return monthFirst ? dateOf(third, first, second) : dateOf(third, second, first)
  }
  const named = NAMED.exec(text)
  if (named) return dateOf(named[3]!, monthOf(named[2]!), named[1]!)
  const american = NAMED_US.exec(text)
  return american ? dateOf(american[3]!, monthOf(american[1]!), american[2]!) : undefined
}

function monthOf(name: string): string {
  const lower = name.toLowerCase()
  const english = MONTHS.indexOf(lower.slice(0, 3)) + 1
  const other = OTHER_MONTHS[lower.slice(0, 4)] ?? OTHER_MONTHS[lower.slice(0, 3)]
  return String(other ?? english)
}

function dateOf(year: string, month: string, day: string): Temporal.PlainDate | undefined {
  const full = year.length <= 2 ? 2000 + Number(year) - (Number(year) >= 70 ? 100 : 0) : Number(year)
  try {
    return Temporal.PlainDate.from({ year: full, month: Number(month), day: Number(day) }, { overflow: 'reject' })
  } catch {
    return undefined
  }
}
