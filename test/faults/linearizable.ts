// Checks a history of conditional updates of one record. The record is a version that each success moves from `from` to
// `from + 1`; whoever is refused, or reads, saw a version. The history is linearizable if every call can be given a moment
// between its start and its end so that each saw what was true at that moment (Herlihy and Wing 1990).

export interface Call {
  readonly start: number
  readonly end: number
  /** A success: the version that it moved on from. */
  readonly moved?: number
  /** A refusal or a read: the version that it saw. */
  readonly saw?: number
}

/** The first fault in words; undefined for a history that is linearizable. Versions begin at `first`. */
export function faultOf(calls: readonly Call[], first: number): string | undefined {
  const moves = new Map<number, Call>()
  for (const call of calls) {
    if (call.moved === undefined) continue
    if (moves.has(call.moved)) return `two calls moved on from version ${call.moved}`
    moves.set(call.moved, call)
  }
  const seen = (version: number) => calls.filter(({ saw }) => saw === version)
  let now = Number.NEGATIVE_INFINITY
  let version = first
  for (; ; version++) {
    // Everybody who saw this version must have been able to after it came …
    const early = seen(version).find(({ end }) => end < now)
    if (early) return `version ${version} was seen before it could be there`
    const move = moves.get(version)
    if (!move) break
    // … and before it went, which is as early as can be: no later moment suits anybody better.
    now = Math.max(now, move.start, ...seen(version).map(({ start }) => start))
    if (now > move.end) return `version ${version} was seen after it was gone`
  }
  if (moves.size !== version - first) return `a call moved on from a version that never was`
  const beyond = calls.find(({ saw }) => saw !== undefined && (saw > version || saw < first))
  return beyond && `version ${beyond.saw} was seen and never was`
}
