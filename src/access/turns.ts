// Turns: one user has so many requests carried out at once and no more; the others of theirs wait, and nobody else does.

/** Runs `job` when it is its turn among those of `who`. */
export type TakeTurn = <T>(who: string, job: () => Promise<T>) => Promise<T>

interface Line {
  running: number
  readonly waiting: (() => void)[]
}

export function turns(atOnceMax: number): TakeTurn {
  if (atOnceMax === Number.POSITIVE_INFINITY) return (_, job) => job()
  const lines = new Map<string, Line>()
  return async (who, job) => {
    const line = lines.get(who) ?? { running: 0, waiting: [] }
    lines.set(who, line)
    if (line.running < atOnceMax) line.running++
    else await new Promise<void>((go) => line.waiting.push(go))
    try {
      return await job()
    } finally {
      const next = line.waiting.shift()
      if (next) next()
      else if (--line.running === 0) lines.delete(who)
    }
  }
}
