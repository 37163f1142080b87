// Group commit: writes that wait at the same time share one transaction and so the fsync of one commit, each in a savepoint
// of its own. Nobody is answered before that commit is durable, and who is refused takes nothing of the others along.

import { setTimeout as aMoment } from 'node:timers/promises'
import type { DatabaseSyncInstance as DatabaseSync } from '@photostructure/sqlite'
import type { Committed, Connection } from './dialect.ts'
import { indexLate } from './fts-index.ts'
import type { PeopleChanges } from './sqlite-statements.ts'
import { isTaken, rollBack, statedTrouble } from './sqlite-trouble.ts'

/** Writes that share one commit at the most; more wait for the next. */
const GROUP_MAX = 256
/** How long those who have come wait for others, where others came a moment ago. */
const GATHER_MILLISECONDS_MAX = 3
/** After so long without a write there is time for what makes reading quicker. */
const IDLE_MILLISECONDS = 20
/** Nothing else runs meanwhile, so that it leaves the process to others for this many times as long as it took. */
const RESTS_AS_LONG = 3
/** Where they write without a pause, what has to be done has its turn all the same after so long. */
const BUSY_MILLISECONDS_MAX = 1_000

/** How often a job is run that draws a key that is taken. */
const ATTEMPTS_MAX = 3

type Job<T> = (connection: Connection) => Promise<T>

interface Waiting {
  readonly job: Job<unknown>
  readonly isLarge?: boolean
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
}

export interface Queue {
  readonly write: <T>(job: Job<T>, size?: 'large') => Promise<T>
  /** How many commits there were. */
  readonly commits: () => number
  /** How many of them changed people. */
  readonly commitsOfPeople: () => number
  /** How many wait for the next commit. */
  readonly waiting: () => number
  /** Resolves when what waits is written, and starts nothing any more by itself. */
  readonly stop: () => Promise<void>
}

export interface Committing {
  /**
   * Does a little of what may be done while nobody writes, and gives whether there is more. Where somebody always does
   * (`isBusy`), only what can't be left.
   */
  readonly tidy?: (connection: Connection, isBusy: boolean) => Promise<boolean>
  /** Hears how many writes shared a commit. */
  readonly onCommit?: Committed
  readonly people?: PeopleChanges
  /** Throws not_ready where what is committed would be lost. */
  readonly assertKept?: () => void
  /** Is waited for between two commits. */
  readonly between?: () => Promise<void>
}

export function groupCommit(
  database: DatabaseSync,
  connection: Connection,
  {
    tidy = async () => false,
    onCommit = () => {},
    people = { changed: false },
    assertKept = () => {},
    between = async () => {},
  }: Committing = {},
): Queue {
  const waiting: Waiting[] = []
  let running: Promise<void> | undefined
  let stopped = false
  let commits = 0
  let commitsOfPeople = 0
  let pause: NodeJS.Timeout | undefined
  let tidied = performance.now()
  const write = <T>(job: Job<T>, size?: 'large'): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      waiting.push({ job, isLarge: size === 'large', resolve: resolve as Waiting['resolve'], reject })
      running ??= afterThisTurn().then(commitAll)
    })
  const committed = () => {
    commits++
    if (people.changed) commitsOfPeople++
    people.changed = false
  }
  const commitAll = async () => {
    while (waiting.length > 0) {
      const group = waiting.splice(0, sharing(waiting))
      const before = commits
      await commitGroup(database, connection, group, committed, assertKept)
      if (commits > before) onCommit(group.length)
      await between()
      await afterThisTurn()
      await theRest(group.length)
      if (performance.now() - tidied > BUSY_MILLISECONDS_MAX) await tidyOnce(true)
    }
    running = undefined
    clearTimeout(pause)
    if (!stopped) pause = setTimeout(tidyUp, IDLE_MILLISECONDS).unref()
  }
  /** Most of those who shared the last commit are back in a moment, and a commit for each handful costs all of them more. */
  const theRest = async (shared: number) => {
    const enough = shared / 2
    for (let waited = 0; waiting.length > 0 && waiting.length < enough && waited < GATHER_MILLISECONDS_MAX; waited++)
      await aMoment(1)
  }
  const tidyOnce = async (isBusy: boolean): Promise<boolean> => {
    let more = false
    const job = async (on: Connection) => {
      more = await tidy(on, isBusy)
    }
    // Nobody would read anything else after it, so that it does not count as a commit.
    await commitGroup(database, connection, [{ job, resolve: () => {}, reject: () => {} }], () => {}, assertKept)
    tidied = performance.now()
    return more
  }
  const tidyUp = () => {
    if (running || stopped) return
    const started = performance.now()
    running = tidyOnce(false).then((more) => {
      running = undefined
      const rest = RESTS_AS_LONG * (performance.now() - started)
      if (waiting.length > 0) running = commitAll()
      else if (more && !stopped) pause = setTimeout(tidyUp, rest).unref()
    })
  }
  const stop = async () => {
    stopped = true
    clearTimeout(pause)
    while (running) await running
  }
  return {
    ...{ write, stop },
    ...{ commits: () => commits, commitsOfPeople: () => commitsOfPeople, waiting: () => waiting.length },
  }
}

/** How many of those who wait share the next commit: a large one has one of its own. */
function sharing(waiting: readonly Waiting[]): number {
  const large = waiting.findIndex(({ isLarge }) => isLarge)
  return large < 0 ? GROUP_MAX : Math.min(GROUP_MAX, Math.max(1, large))
}

/** Lets the requests that have arrived meanwhile join. */
function afterThisTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

const SHARED: Steps = { before: 'SAVEPOINT job', undo: ['ROLLBACK TO job'], after: 'RELEASE job' }
/**
 * Who is alone needs no savepoint. Inside one SQLite goes through its whole journal of statements after each statement,
 * so that a large job such as a batch of an import would take longer with each row, and those after it in the group too.
 */
const ALONE: Steps = { undo: ['ROLLBACK', 'BEGIN IMMEDIATE'] }

interface Steps {
  readonly before?: string
  readonly undo: readonly string[]
  readonly after?: string
}

/** Never throws: everybody in the group hears of it. Also who is refused waits, as what they were told may not last. */
async function commitGroup(
  database: DatabaseSync,
  connection: Connection,
  group: readonly Waiting[],
  committed: () => void,
  assertKept: () => void,
): Promise<void> {
  const outcomes: (() => void)[] = []
  const steps = group.length > 1 ? SHARED : ALONE
  try {
    await connection.change('BEGIN IMMEDIATE', [])
    for (const waiting of group) {
      if (steps.before) await connection.change(steps.before, [])
      outcomes.push(await runJob(database, connection, waiting, steps.undo))
      if (steps.after) await connection.change(steps.after, [])
    }
    await indexLate(connection)
    assertKept()
    await connection.change('COMMIT', [])
    committed()
  } catch (error) {
    // A full disk or a failing one ends the whole transaction: nobody's change was kept.
    connection.seen.clear()
    connection.late?.splice(0)
    rollBack(database)
    for (const { reject } of group) reject(statedTrouble(error))
    return
  }
  for (const settle of outcomes) settle()
}

/** Runs one of a group and gives what tells its caller. Throws where the whole transaction has ended. */
async function runJob(
  database: DatabaseSync,
  connection: Connection,
  { job, resolve, reject }: Waiting,
  undo: Steps['undo'],
): Promise<() => void> {
  for (let attempt = 1; ; attempt++) {
    const lateBefore = connection.late?.length
    try {
      const value = await job(connection)
      return () => resolve(value as never)
    } catch (error) {
      if (!database.isTransaction) throw error
      for (const step of undo) await connection.change(step, [])
      connection.late?.splice(lateBefore!)
      if (!isTaken(error) || attempt === ATTEMPTS_MAX) return () => reject(statedTrouble(error))
    }
  }
}
