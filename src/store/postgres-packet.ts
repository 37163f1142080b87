// Statements that go to PostgreSQL in one packet and are answered in one: one write to the socket and one read, however
// many they are. After one that fails the server passes over the rest, a COMMIT among them (PostgreSQL's extended query
// protocol, "Pipelining").

import type { Socket } from 'node:net'
import pg from 'pg'
import type { Row, Value } from './dialect.ts'
import { packetOf, type Run } from './postgres-messages.ts'

/** A statement with `$1` …; where it has a name, the server plans it once a connection. */
export interface Statement {
  readonly text: string
  readonly name?: string
  readonly values: readonly Value[]
}

export interface Outcome {
  readonly rows: Row[]
  /** How many rows were changed, or read. */
  readonly changes: number
  /** What the server says was done, such as INSERT or COMMIT; ROLLBACK where a COMMIT could keep nothing. */
  readonly command: string
}

/** The server ends a statement after ten seconds: where nothing comes for longer it hangs, or is gone. */
const SILENT_MILLISECONDS_MAX = 15_000

/**
 * Sends them all at once; resolves when the last is done, and throws what the first that failed says. A server that says
 * nothing for longer than a statement may take loses the connection, unless these may take as long as they need.
 */
export function inOnePacket(
  client: pg.ClientBase,
  statements: readonly Statement[],
  mayTakeLong = false,
): Promise<Outcome[]> {
  return new Promise((resolve, reject) => {
    client.query(packet(statements, mayTakeLong ? 0 : SILENT_MILLISECONDS_MAX, resolve, reject))
  })
}

type Parse = (text: string) => Value
type Columns = readonly { readonly name: string; readonly parse: Parse }[]

/** What a connection was told of, by name, with the columns that it gives; they need not be asked for again. */
const prepared = new WeakMap<pg.Connection, Map<string, Columns>>()

function preparedOn(connection: pg.Connection): Map<string, Columns> {
  const known = prepared.get(connection) ?? new Map<string, Columns>()
  prepared.set(connection, known)
  return known
}

const NONE: Columns = []

/** The driver hands to this whatever the server says between the packet and its end. */
function packet(
  statements: readonly Statement[],
  silentMillisecondsMax: number,
  resolve: (outcomes: Outcome[]) => void,
  reject: (error: unknown) => void,
) {
  const outcomes: Outcome[] = []
  let stream: Socket | undefined
  const giveUp = () => stream!.destroy(new Error('The connection is silent.'))
  let known = new Map<string, Columns>()
  let columns = NONE
  let rows: Row[] = []
  const next = () => {
    const name = statements[outcomes.length]?.name
    columns = (name !== undefined && known.get(name)) || NONE
    rows = []
  }
  const done = (tag: string) => {
    const { name } = statements[outcomes.length]!
    if (name !== undefined) known.set(name, columns)
    const [command = '', ...counts] = tag.split(' ')
    outcomes.push({ rows, command, changes: Number(counts.at(-1) ?? 0) })
    next()
  }
  return {
    submit: (connection: pg.Connection) => {
      stream = connection.stream as Socket
      stream.setTimeout(silentMillisecondsMax, giveUp)
      known = preparedOn(connection)
      connection.stream.write(packetOf(runsOf(statements, known)))
      next()
    },
    handleRowDescription: ({ fields }: { fields: readonly pg.FieldDef[] }) => {
      columns = fields.map(({ name, dataTypeID }) => ({ name, parse: pg.types.getTypeParser(dataTypeID, 'text') }))
    },
    handleDataRow: ({ fields }: { fields: readonly (string | null)[] }) => {
      const row: Row = {}
      for (let at = 0; at < columns.length; at++) {
        const { name, parse } = columns[at]!
        const text = fields[at]!
        row[name] = text === null ? null : parse(text)
      }
      rows.push(row)
    },
    handleCommandComplete: ({ text }: { text: string }) => done(text),
    handleEmptyQuery: () => done(''),
    handlePortalSuspended: () => {},
    handleReadyForQuery: () => {
      stream?.setTimeout(0, giveUp)
      resolve(outcomes)
    },
    handleError: (error: unknown) => {
      stream?.setTimeout(0, giveUp)
      // Whatever was wrong with it: next time it is made anew.
      const name = statements[outcomes.length]?.name
      if (name !== undefined) known.delete(name)
      reject(error)
    },
  }
}

/** A statement is told of once a connection; what is known of it from a packet that failed is replaced. */
function runsOf(statements: readonly Statement[], known: ReadonlyMap<string, Columns>): Run[] {
  const introduced = new Set<string>()
  return statements.map(({ text, name = '', values }) => {
    if (known.has(name) || introduced.has(name)) return { name, values }
    if (name !== '') introduced.add(name)
    return { name, values, text }
  })
}
