// Whose turn it is on a connection: answers leave in the order of their requests (RFC 9112, 9.3.2), and a refusal of what
// follows them comes last.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** A request of a connection, its answer, and the one before where that is not answered yet. */
interface Turn {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly before?: Turn
}

/** Kept on the connection itself: a map beside it costs each request as much as reading it does. */
const LATEST = Symbol('latest turn')
const REFUSED = Symbol('refused')

interface Connection extends Duplex {
  [LATEST]?: Turn
  [REFUSED]?: true
}

/**
 * Notes a request that is going to be answered, and begins with it once the one before is: what either changes may not
 * happen at the same time (RFC 9112, 9.3.2).
 */
export function takeTurn(request: IncomingMessage, response: ServerResponse, begin: () => void): void {
  const connection: Connection = request.socket
  const last = connection[LATEST]
  const before = last && !last.response.writableFinished ? last : undefined
  connection[LATEST] = { request, response, before }
  if (before) before.response.once('finish', begin)
  else begin()
}

/** Ends a connection with a refusal of what can't be read, which is not taken for the answer to a request before it. */
export function refuseAfterTurns(connection: Connection, refusal: () => string): void {
  if (connection[REFUSED]) return
  connection[REFUSED] = true
  const last = connection[LATEST]
  // A request that breaks off has the refusal for its answer, unless it had one before.
  const isBroken = last !== undefined && !last.request.complete
  const owed = isBroken && !last.response.headersSent ? last.before : last
  const end = () => {
    // What was ended may still be on its way.
    if (connection.writableEnded) return
    if (!connection.writable) connection.destroy()
    else if (isBroken && owed === last) connection.end()
    else connection.end(refusal())
  }
  if (!owed || owed.response.writableFinished) end()
  else owed.response.once('finish', () => setImmediate(end))
}
