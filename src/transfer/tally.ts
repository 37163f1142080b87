// What became of the rows so far: counts, and the first faults by name.

import type { Draft } from './draft.ts'
import type { Placed, Verdict } from './place.ts'
import type { FileRead } from './read-file.ts'

const FAULTS_SHOWN_MAX = 100

export interface Fault {
  readonly row: number
  readonly field: string
  readonly problem: string
}

export interface Result extends Readonly<Record<Verdict, number>> {
  readonly rows: number
  readonly lastRow: number
  /** The plural of a noun to how many records of it were made, those that rows only name included. */
  readonly made: ReadonlyMap<string, number>
  /** The first ones. */
  readonly problems: readonly Fault[]
  readonly warnings: readonly Fault[]
  readonly problemsTotal: number
  readonly warningsTotal: number
}

export interface ImportReport extends Omit<FileRead, 'drafts'>, Result {
  readonly dryRun: boolean
}

export interface Tally {
  readonly add: (drafts: readonly Draft[], placed: readonly Placed[]) => void
  readonly result: () => Result
}

export function tally(): Tally {
  const verdicts = { created: 0, updated: 0, unchanged: 0, faulty: 0 }
  const made = new Map<string, number>()
  const problems: Fault[] = []
  const warnings: Fault[] = []
  const totals = { rows: 0, lastRow: 0, problemsTotal: 0, warningsTotal: 0 }
  const countMade = (plural: string) => made.set(plural, (made.get(plural) ?? 0) + 1)
  return {
    add: (drafts, placed) => {
      for (const [index, { row, resource }] of drafts.entries()) {
        const one = placed[index]!
        totals.rows++
        totals.lastRow = row
        verdicts[one.verdict]++
        if (one.verdict === 'created') countMade(resource.plural)
        one.made.forEach(countMade)
        totals.problemsTotal += one.problems.length
        totals.warningsTotal += one.warnings.length
        for (const [list, found] of [
          [problems, one.problems],
          [warnings, one.warnings],
        ] as const)
          for (const { field, problem } of found) if (list.length < FAULTS_SHOWN_MAX) list.push({ row, field, problem })
      }
    },
    result: () => ({ ...verdicts, ...totals, made, problems, warnings }),
  }
}
