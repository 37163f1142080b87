// An answer or an error as the bytes that leave, in either format.

import { ApiError } from '../errors.ts'
import type { Answer } from './answer.ts'
import { answerJson, errorJson } from './json.ts'
import { answerText, errorText } from './text.ts'

export type Format = 'text' | 'json'
export type Raw = Extract<Answer, { form: 'raw' }>
export type Rendered = Exclude<Answer, Raw> | ApiError

/** Whether an answer is sent as it is. */
export function isRaw(answer: Answer | ApiError): answer is Raw {
  return !(answer instanceof ApiError) && answer.form === 'raw'
}

/** The body; times in `zone` (IANA). */
export function print(answer: Rendered, format: Format, zone: string): string {
  if (format === 'json')
    return `${JSON.stringify(answer instanceof ApiError ? errorJson(answer) : answerJson(answer))}\n`
  return answer instanceof ApiError ? errorText(answer, zone) : answerText(answer, zone)
}

export function contentType(answer: Rendered, format: Format): string {
  const text = !(answer instanceof ApiError) && answer.form === 'page' ? answer.type : 'text/plain'
  return `${format === 'json' ? 'application/json' : text}; charset=utf-8`
}
