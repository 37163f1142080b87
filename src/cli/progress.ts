// How far a stream has come: a line that is written over on a terminal, nothing in a pipe.

import { Transform } from 'node:stream'

const REDRAW_MILLISECONDS = 200
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const

export interface Screen {
  readonly isTTY?: boolean
  readonly write: (text: string) => unknown
}

/** Passes bytes on and shows how many of `total` (undefined: unknown), how fast, and how long it will take. */
export function withProgress(screen: Screen, what: string, total: number | undefined): Transform {
  const started = performance.now()
  let bytes = 0
  let drawn = -REDRAW_MILLISECONDS
  const draw = (last: boolean) => {
    const now = performance.now()
    if (!screen.isTTY || (!last && now - drawn < REDRAW_MILLISECONDS)) return
    drawn = now
    screen.write(`\r\x1b[2K${progressLine(what, bytes, total, (now - started) / 1000)}${last ? '\n' : ''}`)
  }
  return new Transform({
    transform(chunk, _, pass) {
      bytes += chunk.length
      draw(false)
      pass(null, chunk)
    },
    flush(pass) {
      draw(true)
      pass()
    },
  })
}

/** `Import 45 %, 12.3 MB of 27.1 MB, 3.1 MB/s, 5 s left`. */
export function progressLine(what: string, bytes: number, total: number | undefined, seconds: number): string {
  const rate = seconds > 0 ? bytes / seconds : 0
  const speed = `${amount(rate)}/s`
  if (!total) return `${what} ${amount(bytes)}, ${speed}`
  const left = rate > 0 ? `, ${duration((total - bytes) / rate)} left` : ''
  return `${what} ${Math.floor((100 * bytes) / total)} %, ${amount(bytes)} of ${amount(total)}, ${speed}${left}`
}

function amount(bytes: number): string {
  const power = Math.min(UNITS.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3))
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${UNITS[power]}`
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds)
  return whole < 100 ? `${whole} s` : `${Math.round(whole / 60)} min`
}
