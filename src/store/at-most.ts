// Lets only so many jobs run at once; the others wait in the order in which they came.

type Job<C, T> = (connection: C) => Promise<T>
type Run<C> = <T>(job: Job<C, T>) => Promise<T>

/** `run`, of which at most `max` are under way at the same time. */
export function atMost<C>(max: number, run: Run<C>): Run<C> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (job) => {
    if (running >= max) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      return await run(job)
    } finally {
      // Who waits takes the place over, so that nobody slips in between.
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
