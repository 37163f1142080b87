// What a call answers, as data. Text and JSON are made of the same.

import type { Readable } from 'node:stream'
import type { HandleKind } from '../declare/handles.ts'
import type { Kind, Stored } from '../declare/kinds.ts'

export interface Cell {
  /** As it prints, and as the agent filters, sorts and sends it. */
  readonly label: string
  readonly kind: Kind
  readonly stored: Stored | null
  /** Only this one of the user's own keys. */
  readonly customKey?: string
}

export interface RecordView {
  readonly of: HandleKind
  readonly id: string
  readonly cells: readonly Cell[]
}

export interface ListView {
  readonly items: readonly RecordView[]
  /** One more than `totalMax` stands for more than that. */
  readonly total: number
  readonly totalMax: number
  /** The cursor of the next page, if rows remain. */
  readonly next?: string
  /** Long values are cut, as nobody chose the fields. */
  readonly clipped: boolean
  /** What it may be otherwise than was meant. */
  readonly doubt?: string | undefined
}

/**
 * A line `label: text`. Stored or sent text goes in as `value`, the server's own words as `words`, seconds since 1970 as
 * `time`; `each` is a line an item.
 */
export type Line = readonly [
  label: string,
  text:
    | { readonly value: string }
    | { readonly words: string | number }
    | { readonly time: number }
    | { readonly each: readonly string[] },
]

/** An item of a report: its text with stored values already printed as values, and the same in JSON. */
export interface Item {
  readonly text: string
  readonly json: unknown
}

export interface Group {
  readonly plural: string
  readonly list: ListView
  /** The call that gives the rest, where there is one; encoded, so that it is nobody's text any more. */
  readonly more?: string
}

export type Answer = { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } & (
  | {
      readonly form: 'record'
      readonly record: RecordView
      readonly verdict?: string
      /** What to do next, in the server's own words. */
      readonly next?: string
      /** In which its times are shown, where the call has just changed that. */
      readonly zone?: string
    }
  | { readonly form: 'list'; readonly list: ListView }
  | { readonly form: 'groups'; readonly groups: readonly Group[] }
  | { readonly form: 'lines'; readonly lines: readonly Line[]; readonly verdict?: string }
  /** What was answered before, rendered then. */
  | { readonly form: 'replay'; readonly text: string; readonly json: unknown }
  /** Lines, then one line for each item of each list, under the list's label. */
  | {
      readonly form: 'report'
      readonly lines: readonly Line[]
      readonly lists: readonly { readonly label: string; readonly plural: string; readonly items: readonly Item[] }[]
      readonly verdict?: string
    }
  /** Sent as it is, whatever format was asked for: documents, redirects, streams. Its headers say what it is. */
  | { readonly form: 'raw'; readonly body: string | Uint8Array | Readable }
  | { readonly form: 'page'; readonly page: string; readonly type: 'text/plain' | 'text/markdown' }
)
