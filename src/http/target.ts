// The request target (RFC 9112 §3.2) to segments and parameters, read by ourselves: nothing that another parser would
// understand otherwise is let through.

import { fail } from '../errors.ts'

const URL_BYTES_MAX = 8 * 1024
const PARAMETERS_MAX = 50
export const NOT_ENCODED = 'The URL must be percent-encoded UTF-8 without NUL; a percent sign of its own is %25.'
/** As nearly all are: nothing in it to decode or refuse. */
const PLAIN_PATH = /^(?:\/[\w-]+)+$/

export interface Target {
  readonly segments: readonly string[]
  readonly query: readonly (readonly [name: string, value: string])[]
}

/** Throws invalid_value for absolute-form targets, `//`, backslashes, dot segments, bad encoding, or too much. */
export function readTarget(target: string): Target {
  if (target.length > URL_BYTES_MAX)
    throw fail.badRequest({ problem: `The URL has at most ${URL_BYTES_MAX} bytes. Ask for less at once.` })
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  const query = () => (mark < 0 ? [] : readParameters(target.slice(mark + 1)))
  if (PLAIN_PATH.test(path)) return { segments: path.slice(1).split('/'), query: query() }
  if (!path.startsWith('/') || path.includes('//') || /[\\#]|%5c|%23/i.test(path))
    throw fail.badRequest({
      problem: 'The path must begin with one slash and hold no //, backslash or #. See GET /help.',
    })
  const segments = path
    .slice(1)
    .split('/')
    .flatMap((segment) => decode(segment).split('/'))
  if (segments.at(-1) === '') segments.pop()
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..'))
    throw fail.badRequest({ problem: 'The path must hold no dot segments and no empty ones. See GET /help.' })
  return { segments, query: query() }
}

function readParameters(text: string): [string, string][] {
  const pairs = text.split('&').filter((pair) => pair !== '')
  if (pairs.length > PARAMETERS_MAX) throw fail.tooMany({ what: 'parameters', max: PARAMETERS_MAX })
  return pairs.map((pair) => {
    const equals = pair.indexOf('=')
    const [name, value] = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)]
    return [decode(name.replaceAll('+', ' ')), decode(value.replaceAll('+', ' '))]
  })
}

/** Percent-encoding of UTF-8; NUL is no text. */
function decode(text: string): string {
  if (!text.includes('%') && !text.includes('\0')) return text
  try {
    const decoded = decodeURIComponent(text)
    if (!decoded.includes('\0')) return decoded
  } catch {}
  throw fail.badRequest({ problem: NOT_ENCODED })
}
