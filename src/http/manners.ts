// In what a call differs from others before it is handed on, whichever door it came through.

import { fail } from '../errors.ts'
import type { Target } from './target.ts'

/** In what a call differs from others at the door. */
export interface Manners {
  /** It reads its body piece by piece, up to this many bytes. */
  readonly streamBytesMax?: number
  /** `format` means something of its own to it; errors then come as Accept asks. */
  readonly ownFormat?: true
  /** Whatever is asked for, its errors are JSON. */
  readonly onlyJson?: true
  /** What each answer says, whatever became of the call. */
  readonly headers?: Readonly<Record<string, string>>
}

/** The manners of a method and a path, as a route has it. */
export type MannersOf = (method: string, path: string) => Manners

/** Those of a call that can be read: of its path as the router sees it, so that both find the same route. */
export function mannersOfTarget(mannersOf: MannersOf, method: string, { segments }: Target): Manners {
  return mannersOf(method, `/${segments.join('/')}`)
}

/** `format`, which is the door's unless it is the call's own, and the target without it. Throws invalid_value for two. */
export function takeFormat({ ownFormat }: Manners, target: Target): { target: Target; format: string | undefined } {
  const formats = ownFormat ? [] : target.query.filter(([name]) => name === 'format')
  if (formats.length === 0) return { target, format: undefined }
  if (formats.length > 1) throw fail.repeatedParameter({ name: 'format' })
  const query = target.query.filter(([name]) => name !== 'format')
  return { target: { segments: target.segments, query }, format: formats[0]![1] }
}
