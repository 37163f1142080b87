// What the documents say of a call: beside its method and path, which the route list has.

export type JsonSchema = Readonly<Record<string, unknown>>

/** Label to what it means. */
export type Words = Readonly<Record<string, string>>

export type AnswerWords =
  /** Text for reading: the manual. */
  | { readonly form: 'page' }
  /** Labelled lines; in JSON an object of these. */
  | {
      readonly form: 'lines'
      readonly lines: Words
      /** Lists beside them, with the labels of their items. */
      readonly lists?: Readonly<Record<string, readonly string[]>>
    }
  /** A record, or a list of them: of a noun by the name of its schema, or of something with these labels. */
  | { readonly form: 'record' | 'list'; readonly of: string | Words }
  /** Lists of several nouns, by plural. */
  | { readonly form: 'groups'; readonly of: Words }
  /** Sent as it is: its media types. */
  | { readonly form: 'raw'; readonly types: readonly string[] }

export interface CallWords {
  /** The name of the call in a client that is generated from the document. */
  readonly id: string
  readonly tag: string
  readonly summary: string
  readonly about?: string
  /** What each parameter of the query means. */
  readonly parameters?: Words
  /** Any other parameter: filters by fields that have no fixed name. */
  readonly otherParameters?: string
  /** The fields of the body; those of `needed` must be sent. */
  readonly body?: { readonly schema: JsonSchema }
  /** Takes If-Match. */
  readonly conditional?: true
  readonly answer: AnswerWords
  /** 200 unless given. */
  readonly statuses?: readonly number[]
  /** Error codes that follow from what the call does; those of its form are added. */
  readonly errors?: readonly string[]
}

/** `METHOD /path` to its words. */
export type Calls = Readonly<Record<string, CallWords>>

/** A body of text fields. */
export function textBody(needed: Words, allowed: Words = {}): { schema: JsonSchema } {
  const fields = Object.entries({ ...needed, ...allowed })
  return {
    schema: {
      type: 'object',
      properties: Object.fromEntries(fields.map(([name, description]) => [name, { type: 'string', description }])),
      ...(Object.keys(needed).length > 0 ? { required: Object.keys(needed) } : {}),
      additionalProperties: false,
    },
  }
}
