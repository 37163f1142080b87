// The order of a connection: answers leave in the order of their requests (RFC 9112, 9.3.2), and a refusal of what
// follows them comes last.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** A request of a connection, its answer, and the one before where that is not answered yet. */
interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Let go once it is answered, as it holds all those before it. */
  before?: Exchange
}

/** Kept on the connection itself: a map beside it costs each request as much as reading it does. */
const LATEST = Symbol('latest exchange')
const WAITING = Symbol('waiting')
const REFUSED = Symbol('refused')
/** A connection on which more requests wait is cut: Node reads on whatever waits, and each takes some kilobytes. */
const WAITING_MAX = 1_000

interface Connection extends Duplex {
  [LATEST]?: Exchange
  [WAITING]?: number
  [REFUSED]?: true
}

/**
 * Notes a request that is going to be answered, and begins with it once the one before is: what either changes may not
 * happen at the same time (RFC 9112, 9.3.2).
 */
export function inRequestOrder(request: IncomingMessage, response: ServerResponse, begin: () => void): void {
  const connection: Connection = request.socket
  const last = connection[LATEST]
  const before = last && !last.response.writableFinished ? last : undefined
  const exchange: Exchange = { request, response, before }
  connection[LATEST] = exchange
  if (before) beginAfter(before.response, exchange, connection, begin)
  else begin()
}

function beginAfter(before: ServerResponse, exchange: Exchange, connection: Connection, begin: () => void): void {
  const { response } = exchange
  connection[WAITING] = (connection[WAITING] ?? 0) + 1
  if (connection[WAITING] > WAITING_MAX) connection.destroy()
  let hasBegun = false
  before.once('finish', () => {
    exchange.before = undefined
    connection[WAITING]!--
    // Where the answer before said that it is the last, the response has no connection, and nothing more may be done (RFC 9112,
    // 9.6): who sent the request will send it again.
    if (!response.socket) return
    hasBegun = true
    begin()
  })
  // A response that never had the connection does not hear of its end.
  before.once('close', () => {
    if (!hasBegun) process.nextTick(() => response.emit('close'))
  })
}

/** Ends a connection with a refusal of what can't be read, which is not taken for the answer to a request before it. */
export function refuseInOrder(connection: Connection, refusal: () => string): void {
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
