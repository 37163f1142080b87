// A refused request, as what its answer says.

import type { RecordView } from './render/answer.ts'

/** One thing wrong with one field of a body. */
export interface Problem {
  readonly code: string
  readonly field: string
  readonly problem: string
}

/** What the answer to a refused request says; text and JSON are made of the same facts. */
export class ApiError extends Error {
  readonly code: string
  readonly status: number
  readonly hint: string
  /** More labelled lines, such as `confirm:`; JSON has them as keys. */
  readonly details: Readonly<Record<string, string | number>>
  readonly problems: readonly Problem[]
  readonly headers: Readonly<Record<string, string>>
  /** The record as it is now, where that is what the caller must look at. */
  readonly record?: RecordView

  constructor(
    status: number,
    code: string,
    hint: string,
    more: Partial<Pick<ApiError, 'details' | 'problems' | 'headers' | 'record'>> = {},
  ) {
    super(code)
    this.code = code
    this.status = status
    this.hint = hint
    this.details = more.details ?? {}
    this.problems = more.problems ?? []
    this.headers = more.headers ?? {}
    this.record = more.record
  }
}
