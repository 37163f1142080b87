// A row on its way to becoming a record: what it says, whom it names, and how it is known again.

import type { Stored } from '../declare/kinds.ts'
import type { Resource } from '../declare/resources.ts'
import type { Problem } from '../errors.ts'

export interface Draft {
  /** The line, card or record of the file that it comes from, counted from 1 as a person would. */
  readonly row: number
  readonly resource: Resource
  /** Fields as a body of the API has them. */
  readonly body: Readonly<Record<string, unknown>>
  readonly links: readonly Link[]
  /** What the row is called where it comes from; a later file may refer to it by that. */
  readonly keys: readonly string[]
  /** What a later file may name it by as well, though another record may have that too: it is not known again by these. */
  readonly aliases?: readonly string[]
  /** Its id in our own export, where it comes from one. */
  readonly own?: string
  /** Its id stands in a table that somebody made, and may be mistyped. */
  readonly isTyped?: boolean
  /** A record of another noun whose id it has, if that is here. */
  readonly stray?: { readonly resource: Resource; readonly id: string } | undefined
  /** What the server would keep of a new record by itself, and the file knows better: when it was made, when a deal closed. */
  readonly server?: Readonly<Record<string, Stored | null>>
  /** Its ids where it comes from, by the key of `custom` that keeps each. */
  readonly ids?: Readonly<Record<string, string>>
  /** What is wrong with it already. */
  readonly problems: readonly Problem[]
}

/** Another record that the row names: it is looked for by these, in this order. */
export interface Link {
  /** Such as `company_id`. */
  readonly field: string
  /** Such as `company`. */
  readonly to: string
  /** The id in a workspace of crmkit, where the row has it. */
  readonly own?: string
  /** What it is called where the file comes from. */
  readonly keys: readonly string[]
  /** What it is called there from now on, if it is made: one that several ids name is the first. */
  readonly calls?: readonly string[]
  /** Values of its unique field, such as domains; the best first. */
  readonly unique: readonly string[]
  /** Its name, exactly. */
  readonly title?: string
  /** A value of its unique field that only suggests it, as the domain of an address does: asked after its name. */
  readonly guessed?: string
  /** What to make where none is found; absent: it is left away. */
  readonly make?: Readonly<Record<string, unknown>>
  /** The row does not name it; it only may belong there, as the domain of an address tells. */
  readonly isGuess?: boolean
  /** Fills the unique field of a record found by its name that has none. */
  readonly fills?: string
}
