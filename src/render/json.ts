// Answers as JSON: the same facts under the same names; empty fields are null, times are in UTC.

import type { ApiError } from '../errors.ts'
import { printTime } from '../text/times.ts'
import type { Answer, Cell, Line, ListView, RecordView } from './answer.ts'

/** What an answer is in JSON, ready to be written out. */
export function answerJson(answer: Exclude<Answer, { form: 'raw' }>): unknown {
  if (answer.form === 'page') return { text: answer.page }
  if (answer.form === 'replay') return answer.json
  if (answer.form === 'list') return listJson(answer.list)
  if (answer.form === 'groups')
    return Object.fromEntries(
      answer.groups.map(({ plural, list, more }) => [plural, { ...listJson(list), more: more ?? null }]),
    )
  if (answer.form === 'report') {
    const lists = answer.lists.map(({ plural, items }) => [plural, items.map(({ json }) => json)])
    return { ...linesJson(answer.lines), ...Object.fromEntries(lists), result: answer.verdict }
  }
  const body =
    answer.form === 'record'
      ? { ...recordJson(answer.record), ...(answer.next ? { next: answer.next } : {}) }
      : linesJson(answer.lines)
  return answer.verdict ? { ...body, result: answer.verdict } : body
}

export function errorJson(error: ApiError): unknown {
  const { code, status, hint, details, problems, record } = error
  return {
    ...{ error: code, status, hint },
    ...details,
    ...(problems.length > 0 ? { problems } : {}),
    ...(record ? { record: recordJson(record) } : {}),
  }
}

function listJson({ items, total, totalMax, next, doubt }: ListView) {
  return {
    items: items.map(recordJson),
    total: total > totalMax ? `${totalMax}+` : total,
    next_cursor: next ?? null,
    ...(doubt ? { note: doubt } : {}),
  }
}

function recordJson({ id, cells }: RecordView): Record<string, unknown> {
  return { id, ...Object.fromEntries(cells.map((cell) => [cell.label, cellJson(cell)])) }
}

function cellJson({ kind, stored, customKey }: Cell): unknown {
  if (stored === null) return kind.keys && customKey === undefined ? {} : null
  const value = kind.json(stored)
  if (customKey === undefined) return value
  return Object.hasOwn(value as object, customKey) ? (value as Record<string, unknown>)[customKey] : null
}

function linesJson(lines: readonly Line[]): Record<string, unknown> {
  return Object.fromEntries(lines.map(([label, text]) => [label, lineJson(text)]))
}

function lineJson(text: Line[1]): unknown {
  if ('value' in text) return text.value
  if ('time' in text) return printTime(text.time, 'UTC')
  return 'each' in text ? text.each : text.words
}
