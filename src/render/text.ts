// Answers as text: a line is a record, whatever is stored in it (contract §1).

import { handleOf } from '../declare/handles.ts'
import type { ApiError } from '../errors.ts'
import { printTime } from '../text/times.ts'
import type { Answer, Cell, Line, ListView, RecordView } from './answer.ts'
import { printClipped, printCustom, printPair, printValue } from './logfmt.ts'

/** The body of an answer; times in `zone` (IANA). */
export function answerText(answer: Exclude<Answer, { form: 'raw' }>, zone: string): string {
  if (answer.form === 'page') return answer.page
  if (answer.form === 'replay') return answer.text
  if (answer.form === 'list') return listText(answer.list, zone)
  if (answer.form === 'groups')
    return answer.groups
      .map(({ plural, list, more }) => `# ${plural}\n${listText(list, zone)}${more ? `# more: GET ${more}\n` : ''}`)
      .join('')
  const next = answer.form === 'record' && answer.next ? `# next step: ${answer.next}\n` : ''
  const lines = answer.form === 'record' ? `${recordText(answer.record, zone)}\n${next}` : linesText(answer.lines, zone)
  if (answer.form === 'report') {
    const items = answer.lists.flatMap(({ label, items }) => items.map(({ text }) => `${label}: ${text}\n`))
    return `${lines}${items.join('')}${answer.verdict ? `# ${answer.verdict}\n` : ''}`
  }
  return answer.verdict ? `${lines}# ${answer.verdict}\n` : lines
}

/** An error as labelled lines; the current record of a conflict follows as a record. */
export function errorText(error: ApiError, zone: string): string {
  const details = Object.entries(error.details).map(([label, value]): Line => [label, { words: value }])
  const problems = error.problems.map(({ field, problem }) => `problem: ${printValue(field)} - ${problem}\n`)
  const lines: Line[] = [
    ['error', { words: error.code }],
    ['status', { words: error.status }],
    ['hint', { words: error.hint }],
    ...details,
  ]
  return `${linesText(lines, zone)}${problems.join('')}${error.record ? `${recordText(error.record, zone)}\n` : ''}`
}

function listText(list: ListView, zone: string): string {
  const print = list.clipped ? printClipped : printValue
  const records = list.items.map((item) => `${recordText(item, zone, print)}\n`)
  const total = list.total > list.totalMax ? `${list.totalMax}+` : list.total
  const doubt = list.doubt ? `# note: ${list.doubt}\n` : ''
  return `${records.join('')}${doubt}# total: ${total}\n${list.next ? `# next: ${list.next}\n` : ''}`
}

function recordText({ of, id, cells }: RecordView, zone: string, print: (text: string) => string = printValue): string {
  let line = handleOf(of, id)
  for (const cell of cells) line += cellText(cell, zone, print)
  return line
}

function cellText({ label, kind, stored, customKey }: Cell, zone: string, print: (text: string) => string): string {
  if (stored === null) return ''
  if (!kind.keys) return printPair(label, print(kind.print(stored, zone)))
  let text = ''
  for (const [key, value] of kind.keys.entries(String(stored))) {
    if (customKey === undefined) text += printPair(`${label}.${key}`, printCustom(value))
    else if (key === customKey) text += printPair(label, printCustom(value))
  }
  return text
}

function linesText(lines: readonly Line[], zone: string): string {
  return lines
    .flatMap(([label, text]) => ('each' in text ? text.each.map((words) => ({ label, words })) : [{ label, ...text }]))
    .map(({ label, ...text }) => `${label}: ${lineText(text, zone)}\n`)
    .join('')
}

function lineText(text: Exclude<Line[1], { each: unknown }>, zone: string): string | number {
  if ('value' in text) return printValue(text.value)
  return 'time' in text ? printTime(text.time, zone) : text.words
}
