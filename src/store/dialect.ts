// What the two engines have in common, and the list of everything in which they differ.

import type { Kysely } from 'kysely'
import type { Late } from './fts-index.ts'
import type { Schema } from './schema.ts'
import type { Limits } from './shares.ts'
import type { WordIndex } from './word-index.ts'

export type Value = string | number | null
export type Row = Record<string, Value>
/** A row without the names of its columns, in their order. */
export type Tuple = readonly Value[]

/** One workspace may have so much waiting of what takes long; it is told to come again with more. */
export const WAITING_MAX = 100
/** How many snapshots are read at once, in all and for one workspace. */
export const SNAPSHOTS: Limits = { max: 4, ofOneMax: 2, ofOneWaitingMax: WAITING_MAX }

/** Runs statements: on a snapshot for reading, or inside one transaction. */
export interface Connection {
  readonly dialect: Dialect
  /** Runs hand-written SQL with `?` for each parameter, and gives its rows. */
  readonly rows: (sql: string, parameters?: readonly Value[]) => Promise<Row[]>
  /**
   * The row that a key names, if there is one. Where nothing is being changed, what is asked for at the same time may be
   * looked up together.
   */
  readonly one: (sql: string, parameters: readonly Value[]) => Promise<Row | undefined>
  /** As `rows` and `one` do, for records that are read many at a time: naming their values takes longer than finding them. */
  readonly tuples: (sql: string, parameters: readonly Value[]) => Promise<Tuple[]>
  readonly tuple: (sql: string, parameters: readonly Value[]) => Promise<Tuple | undefined>
  /**
   * Makes a change of which nothing is read back. It may wait for the next statement, or for the commit; these fail in its
   * place.
   */
  readonly change: (sql: string, parameters: readonly Value[]) => Promise<void>
  /** Makes a change that waits for the commit if it can: of a row that many want, so that nobody holds it for long. */
  readonly changeLast: (sql: string, parameters: readonly Value[]) => Promise<void>
  /** The typed query builder over the same connection, for the tables of the accounts. */
  readonly typed: Kysely<Schema>
  /**
   * Gives again what `read` gave for this key while nothing was written since. Where others may write, it always reads,
   * unless it is told the `version`, found before, of all that is read: it gives again what was read at the same one.
   */
  readonly unchanged: <T>(key: string, read: () => Promise<T>, version?: string) => T | Promise<T>
  /** The same for what is read of users, workspaces, memberships and tokens alone, which few writes change. */
  readonly unchangedPeople: <T>(key: string, read: () => Promise<T>) => T | Promise<T>
  /** The transaction was begun anew after a conflict, or because it has to go alone. */
  readonly isAgain?: boolean
  /** What is surely in the database as this connection sees it, so that it need not be looked for; emptied when work is undone. */
  readonly seen: Pick<Set<string>, 'has' | 'add' | 'clear' | 'size'>
  /** What the word index is told of before the commit, where that is done for several writes together. */
  readonly late?: Late[]
  /**
   * Runs `job` for a workspace's question that no index answers, where answering it would keep everybody else waiting: on a
   * connection for such, when it is the workspace's turn.
   */
  readonly aside?: <T>(workspaceId: string, job: (connection: Connection) => Promise<T>) => Promise<T>
  /** A condition for each row, under which a question that takes too long ends; where the engine has no such limit itself. */
  readonly inTime?: string
}

export interface Database {
  readonly dialect: Dialect
  /** Reads only; never sees what is not committed. */
  readonly read: Connection
  /**
   * Runs `job` in a transaction and resolves when its changes are durable. When `job` throws, nothing of it is kept.
   * It may be run again after a conflict with another node, so it must do nothing but use the connection.
   * Throws ApiError not_ready when the database does not answer. A `large` one changes many records, and shares its commit
   * with nobody.
   */
  readonly write: <T>(job: (connection: Connection) => Promise<T>, size?: 'large') => Promise<T>
  /**
   * Runs `job` on one unchanging view of everything that is committed, beside which others go on writing. A few run at
   * once; more wait for their turn, so that slow readers can't take every connection, and those of one workspace not
   * every turn.
   */
  readonly snapshot: <T>(workspaceId: string, job: (connection: Connection) => Promise<T>) => Promise<T>
  /** Throws where the database does not answer or its schema is not this program's. */
  readonly ready: () => Promise<void>
  /** What metrics tell of it, by name: connections, writes that wait. */
  readonly figures: () => Readonly<Record<string, number>>
  readonly close: () => Promise<void>
  /** Where it is, for the person who starts the program; no password in it. */
  readonly place: string
  /** Other nodes may work on it at the same time. */
  readonly shared: boolean
  /** How many requests of one user it shall carry out at once, so that connections are left for the others. */
  readonly turnsOfUser: number
}

/** Is told of each durable commit how many writes shared it. */
export type Committed = (writes: number) => void

/** Everything in which the engines differ, by name. Column arguments come from constants, never from a request. */
export interface Dialect {
  readonly name: 'sqlite' | 'postgres'
  /** Column types of the migrations: text compared by code point, and whole numbers to 2^53. */
  readonly types: {
    readonly text: string
    readonly integer: string
    /** Ends a table of wide rows, and one that is hardly more than its key. */
    readonly table: string
    readonly keyTable: string
    /** Statements after which the primary key of such a table gives another column too; none where the key is the table. */
    readonly coverKey: (table: string, key: readonly string[], column: string) => readonly string[]
  }
  /** What finds records by their words. */
  readonly words: WordIndex
  /**
   * Nobody else is answered during a statement, so that the rows of a deleted workspace go later, a few at a time: until
   * then it stands in workspaces_gone.
   */
  readonly removesLater: boolean
  /** Other processes may write, so that each transaction that changes records says so in `changes` of workspace_usage. */
  readonly countsChanges: boolean
  /** Statements that lock a workspace (`?`) until the transaction ends; none where transactions go one after the other anyway. */
  readonly workspaceLock?: { readonly shared: string; readonly exclusive: string }
  /** Appended to a SELECT whose rows the transaction is going to change. */
  readonly forUpdate: string
  /** The same where no key of theirs changes: those who refer to them need not end first. */
  readonly forCount: string
  /** Appended to a SELECT whose rows may not change before the transaction ends; others may read them likewise. */
  readonly forShare: string
  /** Appended to a SELECT whose rows the transaction is going to refer to: they can't be deleted meanwhile. */
  readonly forReference: string
  /** A statement after which those of the transaction may take as long as they need, where they are bounded. */
  readonly unbounded?: string
  /** Whether a column has one of the values of a JSON list bound by `?`, where each text of SQL is kept and has a price. */
  readonly inList?: (column: string) => string
  /** Whether `list`, comma-separated, holds the item bound by `?`. */
  readonly holdsItem: (list: string) => string
  /** SELECT of the items of `list`, comma-separated, as rows (item). */
  readonly itemsOf: (list: string) => string
  /** The value of the JSON object `column` under the key bound by `?`: its text if it is text or true or false. */
  readonly jsonText: (column: string) => string
  /** Likewise, if it is a number. */
  readonly jsonNumber: (column: string) => string
  /** A number whose digits `?` has as text, read as `jsonNumber` reads those of the column. */
  readonly numberSought: string
  /** Likewise, whether there is anything but null; true or false. */
  readonly jsonPresent: (column: string) => string
  /** The texts of the JSON list bound by `?`, as rows (item). */
  readonly items: string
  /** SELECT of the rows that JSON lists make, one list bound by `?` for each column, where that is quicker than VALUES. */
  readonly rowsOfLists?: (isNumber: readonly boolean[]) => string
  /** A column that no index shall be used for; where the engine knows how many rows there are, it is left to it. */
  readonly unindexed?: (column: string) => string
  /** A condition that is taken to leave few rows, so that an index of its own is begun with; left to the engine likewise. */
  readonly leavingFew?: (condition: string) => string
  /** Where `sought` begins in `column`, from 1 on; 0 where it is not. */
  readonly position: (column: string, sought: string) => string
  /** The truth value false. */
  readonly no: string
  /** The columns of every table, for the test that compares them with the declarations. */
  readonly columns: string
  /** Every primary key and unique constraint with the first of its columns, for the test that keeps workspaces first. */
  readonly keys: string
}

/** For an engine whose rows have names anyway. */
export function tuplesOf(rows: Connection['rows']): Connection['tuples'] {
  return async (sql, parameters) => (await rows(sql, parameters)).map(Object.values<Value>)
}
