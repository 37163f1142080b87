// What is asked in one turn of the event loop is asked together: many requests arrive at once, and one question for all of
// them costs little more than one for each. Nobody's question joins those that are under way, so that what is
// answered was looked up after it was asked.

interface Waiting<Q, A> {
  readonly question: Q
  readonly resolve: (answer: A) => void
  readonly reject: (error: unknown) => void
}

/**
 * Asks with all that have been asked meanwhile, at most `askedMax` at once. While `underWayMax` such lots are under way
 * others wait, and go together with the next. `askAll` gives the answers in the order of the questions; where it fails,
 * each is asked alone, so that nobody hears of the fault of another.
 */
export function together<Q, A>(
  { askedMax, underWayMax }: { askedMax: number; underWayMax: number },
  askAll: (questions: readonly Q[]) => Promise<readonly A[]>,
): (question: Q) => Promise<A> {
  let waiting: Waiting<Q, A>[] = []
  let underWay = 0
  let due = false
  const ask = async (lot: readonly Waiting<Q, A>[]) => {
    underWay++
    try {
      const answers = await askAll(lot.map(({ question }) => question))
      for (const [at, { resolve }] of lot.entries()) resolve(answers[at]!)
    } catch (error) {
      if (lot.length === 1) lot[0]!.reject(error)
      else for (const one of lot) await ask([one])
    } finally {
      underWay--
      plan()
    }
  }
  const plan = () => {
    if (due || waiting.length === 0 || underWay >= underWayMax) return
    due = true
    setImmediate(() => {
      due = false
      const lot = waiting.slice(0, askedMax)
      waiting = waiting.slice(askedMax)
      void ask(lot)
      plan()
    })
  }
  return (question) =>
    new Promise((resolve, reject) => {
      waiting.push({ question, resolve, reject })
      plan()
    })
}
