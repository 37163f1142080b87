// What an import answers: what the file is, what its columns became, the counts, and each faulty row.

import type { Answer, Item, Line } from '../render/answer.ts'
import { printClipped, printValue } from '../render/logfmt.ts'
import type { ColumnSeen } from './read-file.ts'
import type { Fault, ImportReport } from './tally.ts'

const EXAMPLE_LENGTH_MAX = 40
const DELIMITER_WORDS: Readonly<Record<string, string>> = { ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'pipe' }

export function reportAnswer(report: ImportReport): Answer {
  const { source, form, encoding, delimiter, resource, made } = report
  const lines: Line[] = [
    ['source', { words: source }],
    ['form', { words: form }],
    ['encoding', { words: encoding }],
    ...(delimiter === undefined ? [] : [['delimiter', delimiterLine(delimiter)] as const]),
    ...(resource ? [['type', { words: resource.plural }] as const] : []),
    ['rows', { words: report.rows }],
    ['created', { words: report.created }],
    ['updated', { words: report.updated }],
    ['unchanged', { words: report.unchanged }],
    ['faulty', { words: report.faulty }],
    ...[...made].map(([plural, count]): Line => [`${plural}_created`, { words: count }]),
    ...(report.problemsTotal > 0 ? [['problems_total', { words: report.problemsTotal }] as const] : []),
    ...(report.warningsTotal > 0 ? [['warnings_total', { words: report.warningsTotal }] as const] : []),
  ]
  return {
    form: 'report',
    lines,
    lists: [
      { label: 'column', plural: 'columns', items: report.columns.map(columnItem) },
      { label: 'problem', plural: 'problems', items: report.problems.map(faultItem) },
      { label: 'warning', plural: 'warnings', items: report.warnings.map(faultItem) },
    ],
    verdict: verdictOf(report),
  }
}

/** What happened, and what to do next. */
function verdictOf({ dryRun, faulty }: ImportReport): string {
  const mend = faulty > 0 ? ' Faulty rows are left out: mend them and send the file again, nothing is made twice.' : ''
  if (!dryRun) return `imported.${mend}`
  return `dry run: nothing was written. To change what a column becomes, add map=Header:field,Other:custom.key,Third:- and look again; send the same without dry_run to import it.${mend}`
}

function delimiterLine(delimiter: string): Line[1] {
  const word = DELIMITER_WORDS[delimiter]
  return word ? { words: word } : { value: delimiter }
}

function columnItem({ header, target, filled, example }: ColumnSeen): Item {
  const such = example === undefined ? 'empty' : `such as ${printClipped(example, EXAMPLE_LENGTH_MAX)}`
  return {
    text: `${printValue(header)} -> ${target} (${such})`,
    json: { header, target, filled, example: example ?? null },
  }
}

function faultItem({ row, field, problem }: Fault): Item {
  return { text: `row ${row} - ${printValue(field)} ${problem}`, json: { row, field, problem } }
}
