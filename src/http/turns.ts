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

/** Sees to it that the refusal of what can't be read is not taken for the answer to a request before it. */
export function turnsOfConnections() {
  const latest = new WeakMap<Duplex, Turn>()
  const refused = new WeakSet<Duplex>()
  const add = (request: IncomingMessage, response: ServerResponse) => {
    const last = latest.get(request.socket)
    const before = last?.response.writableFinished ? undefined : last
    latest.set(request.socket, { request, response, before })
  }
  const refuse = (socket: Duplex, refusal: () => string) => {
    if (refused.has(socket)) return
    refused.add(socket)
    const last = latest.get(socket)
    // A request that breaks off has the refusal for its answer, unless it had one before.
    const isBroken = last !== undefined && !last.request.complete
    const owed = isBroken && !last.response.headersSent ? last.before : last
    const end = () => {
      // What was ended may still be on its way.
      if (socket.writableEnded) return
      if (!socket.writable) socket.destroy()
      else if (isBroken && owed === last) socket.end()
      else socket.end(refusal())
    }
    if (!owed || owed.response.writableFinished) end()
    else owed.response.once('finish', () => setImmediate(end))
  }
  return { add, refuse }
}
