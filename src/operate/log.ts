// The log: one JSON object a line, or a readable line on a terminal. It tells what happened, never what was said: no
// path as it was sent, no header, no body, no value of a record.

import pino, { type DestinationStream, type Logger } from 'pino'

const FRAMES_MAX = 12
/** So much of the log waits in memory for who reads it slowly, or has stopped to; what comes then is lost. */
const WAITING_BYTES_MAX = 1 << 20
const LEVELS: Readonly<Record<number, string>> = { 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' }
/** Refused even if somebody logs them by mistake. */
const SECRET_KEYS = ['authorization', 'token', 'code', 'email', 'body', 'password', 'secret', 'cookie']

export interface LogTarget extends DestinationStream {
  readonly isTTY?: boolean
  /** Bytes that were written and not taken yet. */
  readonly writableLength?: number
}

/** A logger that writes to `target`: readable where that is a terminal, JSON lines otherwise. */
export function newLog(target: LogTarget): Logger {
  const destination = target.isTTY ? { write: (line: string) => target.write(readable(line)) } : target
  return pino(
    {
      base: undefined,
      timestamp: isoTime(),
      serializers: { err: errorFacts },
      redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]), censor: '…' },
    },
    destination,
  )
}

/** Pino's own, which many lines of one millisecond share. */
function isoTime(): () => string {
  let at = 0
  let member = ''
  return () => {
    const now = Date.now()
    if (now !== at) [at, member] = [now, `,"time":"${new Date(now).toISOString()}"`]
    return member
  }
}

/** For lines in which nothing but facts of ours can stand: looking through them for secrets takes most of their time. */
export function withoutRedaction(log: Logger): Logger {
  return log.child({}, { redact: [] })
}

/** Writes the lines of one turn of the event loop at once: a line for each request costs as much as reading a record. */
export function inBatches(target: LogTarget): LogTarget {
  let lines = ''
  const flush = () => {
    const batch = lines
    lines = ''
    if (batch !== '' && (target.writableLength ?? 0) < WAITING_BYTES_MAX) target.write(batch)
  }
  process.once('exit', flush)
  const write = (line: string) => {
    if (lines === '') setImmediate(flush)
    lines += line
  }
  return target.isTTY ? target : { write }
}

/**
 * What the log may know of an error: its name, code and place, and its message without what stands in quotes, as
 * drivers and parsers quote the values that they trip over.
 */
export function errorFacts(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error }
  const { name, message, stack = '', cause } = error
  const { code } = error as { code?: unknown }
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line))
  return {
    ...{ name, message: withoutQuotes(message) },
    ...(typeof code === 'string' || typeof code === 'number' ? { errcode: code } : {}),
    at: frames.slice(0, FRAMES_MAX).map((line) => line.trim().slice(3)),
    ...(cause === undefined ? {} : { cause: errorFacts(cause) }),
  }
}

const CLOSING = '"\'`”’)'

/** Without what lies between its first and its last quote or bracket: a quoted value can hold quotes itself. */
function withoutQuotes(message: string): string {
  const [line] = message.split('\n', 1) as [string]
  const first = line.search(/["'`“‘(]/)
  if (first < 0) return line
  const last = Math.max(...[...CLOSING].map((mark) => line.lastIndexOf(mark)))
  return `${line.slice(0, first)}…${last > first ? line.slice(last + 1) : ''}`
}

/** `12:30:01 info  GET /contacts/:id 200 3 ms r_1f…`: the facts of a line for a person's eye. */
function readable(line: string): string {
  const { time, level, msg, err, id, route, method, status, milliseconds, ...rest } = JSON.parse(line)
  const request = status === undefined ? msg : `${route ?? `${method} (no route)`} ${status} ${milliseconds} ms`
  const more = Object.entries(rest).map(([key, value]) => `${key}=${JSON.stringify(value)}`)
  const parts = [time.slice(11, 19), (LEVELS[level] ?? String(level)).padEnd(5), request, ...more, id]
  const trouble = err
    ? [`  ${err.name}: ${err.message}`, ...(err.at ?? []).map((frame: string) => `    at ${frame}`)]
    : []
  return `${[parts.filter((part) => part !== undefined).join(' '), ...trouble].join('\n')}\n`
}
