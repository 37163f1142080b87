// What became of the rows so far: counts, and the first faults by name.

import type { Draft } from './draft.ts'
import type { Placed, Verdict } from './place.ts'
import type { FileRead } from './read-file.ts'

const FAULTS_SHOWN_MAX = 100
/** Of each kind of warning so many rows are named. */
const ROWS_NAMED_MAX = 5
const KINDS_MAX = 100

export interface Fault {
  readonly row: number
  readonly field: string
  readonly problem: string
}

/** What is said of several rows alike. */
export interface Warning {
  readonly field: string
  readonly problem: string
  readonly count: number
  /** The first ones. */
  readonly rows: readonly number[]
}

export interface Result extends Readonly<Record<Verdict, number>> {
  readonly rows: number
  readonly lastRow: number
  /** The plural of a noun to how many records of it were made, those that rows only name included. */
  readonly made: ReadonlyMap<string, number>
  /** The first ones. */
  readonly problems: readonly Fault[]
  readonly warnings: readonly Warning[]
  readonly problemsTotal: number
  /** Rows that became the record of an earlier row. */
  readonly repeated: number
  /** Rows that are linked to a company because of the domain of an address. */
  readonly guessed: number
}

export interface ImportReport extends Omit<FileRead, 'drafts'>, Result {
  readonly dryRun: boolean
}

export interface Tally {
  /** `lack` is what every new row lacks. */
  readonly add: (drafts: readonly Draft[], placed: readonly Placed[], lack?: string) => void
  readonly result: () => Result
}

export function tally(): Tally {
  const verdicts = { created: 0, updated: 0, unchanged: 0, faulty: 0 }
  const made = new Map<string, number>()
  const problems: Fault[] = []
  const warnings = new Map<string, { field: string; problem: string; count: number; rows: number[] }>()
  let isLackTold = false
  const totals = { rows: 0, lastRow: 0, problemsTotal: 0, repeated: 0, guessed: 0 }
  const countMade = (plural: string) => made.set(plural, (made.get(plural) ?? 0) + 1)
  const warn = (row: number, field: string, problem: string) => {
    const key = `${field} ${problem}`
    const known = warnings.get(key) ?? { field, problem, count: 0, rows: [] }
    if (warnings.size < KINDS_MAX) warnings.set(key, known)
    known.count++
    if (known.rows.length < ROWS_NAMED_MAX) known.rows.push(row)
  }
  return {
    add: (drafts, placed, lack) => {
      for (const [index, { row, resource }] of drafts.entries()) {
        const one = placed[index]!
        totals.rows++
        totals.lastRow = row
        verdicts[one.verdict]++
        if (one.verdict === 'created') countMade(resource.plural)
        one.made.forEach(countMade)
        totals.problemsTotal += one.problems.length
        for (const { code, field, problem } of one.problems) {
          const isLack = lack !== undefined && code === 'missing_field'
          if (problems.length >= FAULTS_SHOWN_MAX || (isLack && isLackTold)) continue
          problems.push({ row, field, problem: isLack ? `${problem}; ${lack}` : problem })
          isLackTold ||= isLack
        }
        for (const { field, problem } of one.warnings) warn(row, field, problem)
        if (one.isGuessed) totals.guessed++
        if (!one.repeats) continue
        totals.repeated++
        warn(row, 'row', REPEATED)
      }
    },
    result: () => ({ ...verdicts, ...totals, made, problems, warnings: [...warnings.values()] }),
  }
}

const REPEATED = 'is the record of an earlier row: the first row wins, this one only fills what it left empty'
