// What an import answers: what the file is, what its columns became, the counts, and each faulty row.

import type { Answer, Item, Line } from '../render/answer.ts'
import { printClipped, printValue } from '../render/logfmt.ts'
import type { ColumnSeen } from './read-file.ts'
import type { Fault, ImportReport, Warning } from './tally.ts'

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
    ...(report.repeated > 0 ? [['repeated', { words: report.repeated }] as const] : []),
  ]
  return {
    form: 'report',
    lines,
    lists: [
      ...(report.dryRun ? [{ label: 'column', plural: 'columns', items: report.columns.map(columnItem) }] : []),
      ...(report.dryRun ? [{ label: 'link', plural: 'links', items: linkItems(report) }] : []),
      { label: 'problem', plural: 'problems', items: report.problems.map(faultItem) },
      { label: 'warning', plural: 'warnings', items: report.warnings.map(warningItem) },
    ],
    verdict: verdictOf(report),
  }
}

/** What happened, and what to do next. */
function verdictOf({ dryRun, rows, faulty, columns }: ImportReport): string {
  if (rows === 0)
    return 'nothing was imported: no rows were found. Send the file with curl --data-binary; -d drops its line breaks.'
  const mend = faulty > 0 ? ' Faulty rows are left out: mend them and send the file again, nothing is made twice.' : ''
  if (!dryRun) return `imported.${mend}`
  const change =
    columns.length > 0
      ? 'To change what a column becomes, add map=Header:field,Other:custom.key,Third:- and look again; send'
      : 'Send'
  return `dry run: nothing was written. ${change} the same without dry_run to import it.${mend}`
}

function delimiterLine(delimiter: string): Line[1] {
  const word = DELIMITER_WORDS[delimiter]
  return word ? { words: word } : { value: delimiter }
}

function columnItem({ header, target, filled, example, keptAs }: ColumnSeen): Item {
  const such = example === undefined ? 'empty' : `such as ${printClipped(example, EXAMPLE_LENGTH_MAX)}`
  return {
    text: `${printValue(header)} -> ${target}${keptAs ? `, kept as ${keptAs}` : ''} (${such})`,
    json: { header, target, ...(keptAs ? { kept_as: keptAs } : {}), filled, example: example ?? null },
  }
}

/** What no column says, and an address only suggests. */
function linkItems({ columns, guessed }: ImportReport): Item[] {
  if (guessed === 0) return []
  const headers = columns.filter(({ target }) => target === 'email').map(({ header }) => header)
  const text = `${headers.map(printValue).join(', ')} -> company_id (${guessed} rows: the company that is here with the domain of the address; none is made)`
  return [{ text, json: { headers, target: 'company_id', by: 'domain', rows: guessed } }]
}

function warningItem({ field, problem, count, rows }: Warning): Item {
  const more = count > rows.length ? ', …' : ''
  const where = count === 1 ? `row ${rows[0]}` : `${count} rows (${rows.join(', ')}${more})`
  return { text: `${where} - ${printValue(field)} ${problem}`, json: { field, problem, count, rows } }
}

function faultItem({ row, field, problem }: Fault): Item {
  return { text: `row ${row} - ${printValue(field)} ${problem}`, json: { row, field, problem } }
}
