// Statements of SQLite: made once, run with their parameters.

import type { DatabaseSyncInstance as DatabaseSync } from '@photostructure/sqlite'
import type { Row, Tuple, Value } from './dialect.ts'

/** Whether a statement was run that may have changed whom a token stands for, and what they may do. */
export interface PeopleChanges {
  changed: boolean
}

const OF_PEOPLE = /\b(users|workspaces|memberships|tokens)\b/i

/** A statement that is ready to be run, with its parameters. */
export interface Prepared {
  readonly all: (parameters: readonly Value[]) => { tuples: Tuple[]; changes: number }
  readonly first: (parameters: readonly Value[]) => Tuple | undefined
  /** One of these with the names of the columns. */
  readonly named: (tuple: Tuple) => Row
}

function noting({ all, first, named }: Prepared, people: PeopleChanges): Prepared {
  const noted =
    <T>(run: (parameters: readonly Value[]) => T) =>
    (parameters: readonly Value[]) => {
      people.changed = true
      return run(parameters)
    }
  return { all: noted(all), first: noted(first), named }
}

/** `people` hears of it whenever the statement may have changed people. */
export function prepare(database: DatabaseSync, sql: string, people: PeopleChanges): Prepared {
  const statement = made(database, sql)
  return OF_PEOPLE.test(sql) && !/^\s*select\b/i.test(sql) ? noting(statement, people) : statement
}

function made(database: DatabaseSync, sql: string): Prepared {
  const statement = database.prepare(sql)
  if (!/^\s*(select|with)|\breturning\b/i.test(sql)) {
    return {
      all: (parameters) => ({ tuples: [], changes: Number(statement.run(...parameters).changes) }),
      first: (parameters) => statement.get(...parameters) as undefined,
      named: () => ({}),
    }
  }
  // The engine takes longer to name the values of a row than to find it.
  statement.setReturnArrays(true)
  return {
    all: (parameters) => ({ tuples: statement.all(...parameters) as unknown as Tuple[], changes: 0 }),
    first: (parameters) => statement.get(...parameters) as unknown as Tuple | undefined,
    named: rowMaker(statement.columns().map(({ name }) => name!)),
  }
}

/** Values to a row: a copy of one that has the columns already, as adding many names one by one makes a slow object. */
function rowMaker(columns: readonly string[]): (tuple: Tuple) => Row {
  const empty: Row = JSON.parse(`{${columns.map((column) => `${JSON.stringify(column)}:null`).join(',')}}`)
  return (tuple) => {
    const row = { ...empty }
    for (let at = 0; at < columns.length; at++) row[columns[at]!] = tuple[at]!
    return row
  }
}
