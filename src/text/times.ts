// Times as crmkit keeps them, whole seconds since 1970 in UTC, from and to RFC 3339.

import { Temporal } from 'temporal-polyfill'

export const DAY_SECONDS = 24 * 3600
const TIME_LENGTH_MAX = 40
const ZONE_LENGTH_MAX = 64
const MINUTE_NANOSECONDS = 60_000_000_000
/** Of RFC 3339's years, from 0001 to 9999, in UTC. */
const [FIRST, LAST] = [-62_135_596_800, 253_402_300_799]
const DATE = /^(\d{4})-(\d\d)-(\d\d)$/
const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(?:[Zz]|([+\- ])(\d\d):(\d\d))$/

/** Epoch milliseconds to the whole seconds that are stored. */
export function secondsOf(milliseconds: number): number {
  return Math.floor(milliseconds / 1000)
}

/**
 * Reads RFC 3339 with an offset, to the minute or finer (fractions of a second are dropped), or a bare date, which is
 * midnight in `zone` (an IANA name). A space stands for the plus sign that a query string turns into one.
 * Returns seconds since 1970, or undefined where the text is no such time, or none of the years 0001 to 9999 in UTC.
 */
export function readTime(text: string, zone: string): number | undefined {
  const seconds = readAnyTime(text, zone)
  return seconds !== undefined && seconds >= FIRST && seconds <= LAST ? seconds : undefined
}

function readAnyTime(text: string, zone: string): number | undefined {
  if (text.length > TIME_LENGTH_MAX) return undefined
  const date = DATE.exec(text)
  if (date) return isDay(date) ? midnight(text, zone) : undefined
  const parts = DATE_TIME.exec(text)
  if (!parts || !isDay(parts)) return undefined
  const [hour, minute, second] = [Number(parts[4]), Number(parts[5]), Number(parts[6] ?? 0)]
  const [offsetHours, offsetMinutes] = [Number(parts[8] ?? 0), Number(parts[9] ?? 0)]
  if (hour > 23 || minute > 59 || second > 60 || offsetHours > 23 || offsetMinutes > 59) return undefined
  const offset = (offsetHours * 60 + offsetMinutes) * 60 * (parts[7] === '-' ? -1 : 1)
  const seconds = dayOf(parts) + hour * 3600 + minute * 60 + second - offset
  if (second < 60) return seconds
  // A leap second is the last of a day in UTC (RFC 3339 §5.6), and counts as the one before.
  return seconds % DAY_SECONDS === 0 ? seconds - 1 : undefined
}

/** RFC 3339 to the second: with the zone's offset, or `…Z` where its year or that offset, once of seconds too, can't be written. */
export function printTime(seconds: number, zone: string): string {
  if (zone !== 'UTC') {
    const time = Temporal.Instant.fromEpochMilliseconds(seconds * 1000).toZonedDateTimeISO(zone)
    const isWritten = time.year >= 1 && time.year <= 9999 && time.offsetNanoseconds % MINUTE_NANOSECONDS === 0
    if (isWritten) return time.toString({ timeZoneName: 'never', smallestUnit: 'second' })
  }
  const day = Math.floor(seconds / DAY_SECONDS)
  const within = seconds - day * DAY_SECONDS
  const [hour, minute] = [Math.floor(within / 3600), Math.floor(within / 60) % 60]
  return `${dateOf(day)}T${twoDigits(hour)}:${twoDigits(minute)}:${twoDigits(within % 60)}Z`
}

const DATES_MAX = 1_000
const dates = new Map<number, string>()

/** The date of a day since 1970: the records of a page, and of an hour, are mostly of a few days. */
function dateOf(day: number): string {
  const known = dates.get(day)
  if (known) return known
  if (dates.size >= DATES_MAX) dates.clear()
  const date = new Date(day * DAY_SECONDS * 1000).toISOString().slice(0, 10)
  dates.set(day, date)
  return date
}

function twoDigits(number: number): string {
  return number < 10 ? `0${number}` : `${number}`
}

function midnight(date: string, zone: string): number {
  const start = Temporal.PlainDate.from(date).toZonedDateTime({ timeZone: zone })
  return start.epochMilliseconds / 1000
}

function isDay(parts: RegExpExecArray): boolean {
  const [month, day] = [Number(parts[2]), Number(parts[3])]
  const at = new Date(dayOf(parts) * 1000)
  return Number(parts[1]) > 0 && at.getUTCMonth() === month - 1 && at.getUTCDate() === day
}

function dayOf(parts: RegExpExecArray): number {
  const at = new Date(0)
  at.setUTCFullYear(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]))
  return at.getTime() / 1000
}

/** Whether a text is the IANA name of a time zone, such as Europe/Berlin; offsets, and letters such as PST, are none. */
export function isZone(text: string): boolean {
  if (text.length > ZONE_LENGTH_MAX || !/^[A-Za-z]/.test(text)) return false
  try {
    // What prints and reads times has to know it: `Intl` takes names of old that are in no list.
    return printTime(0, text) !== '' && midnight('1970-01-01', text) < DAY_SECONDS
  } catch {
    return false
  }
}

/** The zone in the letters of its database: `Europe/Berlin` for `europe/berlin`. An older name stays what it is. */
export function zoneName(zone: string): string {
  const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions()
  return timeZone.toLowerCase() === zone.toLowerCase() ? timeZone : zone
}
