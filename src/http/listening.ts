// The HTTP server (node:http) around whatever answers: its limits, how it listens, and how it closes without cutting off
// what runs.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, Server as NetServer } from 'node:net'
import { fail } from '../errors.ts'
import { inRequestOrder, refuseInOrder } from './answer-order.ts'

export const HEADER_BYTES_MAX = 8 * 1024
/** Node refuses more than this by itself; between the two we answer. It holds the request line too. */
const HEAD_BYTES_MAX = 24 * 1024
const HEADERS_MILLISECONDS_MAX = 10_000
const REQUEST_MILLISECONDS_MAX = 30_000
const STREAMED_REQUEST_MILLISECONDS_MAX = 3_600_000
const IDLE_MILLISECONDS_MAX = 65_000
const CONNECTIONS_MAX = 10_000
/** What clients send before they learn that the server closes is on its way for so long at the most. */
const LAST_CALL_MILLISECONDS = 200
/** Slower requests are cut off when the server closes. */
const DRAIN_MILLISECONDS_MAX = 10_000

export type Serve = (request: IncomingMessage, response: ServerResponse) => void

export interface Listening {
  /** Gives the address under which this machine reaches it. */
  readonly listen: (at: { host: string; port: number }) => Promise<string>
  /**
   * Stops to listen, and resolves when what runs is answered, and what others have sent meanwhile on open connections;
   * connections on which nothing comes for a moment are not waited for.
   */
  readonly close: () => Promise<void>
  readonly isClosing: () => boolean
  /** Tells a call that may take long that its client has gone, or that the server closes. */
  readonly stopOf: (response: ServerResponse) => AbortSignal
}

/** `refusal` is what is sent for what is not even HTTP, or has a head that Node does not hold. */
export function listening(serve: Serve, refusal: (error: NodeJS.ErrnoException) => string): Listening {
  let running = 0
  let closing = false
  let isLastCallOver = false
  const stops = new Set<AbortController>()
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    running++
    // After such a request Node leaves out what came in the same piece, and would read on from the midst of what follows.
    if (request.headers.upgrade !== undefined) response.shouldKeepAlive = false
    response.once('close', answered)
    inRequestOrder(request, response, () => serve(request, response))
  }
  const server = createServer(
    {
      maxHeaderSize: HEAD_BYTES_MAX,
      headersTimeout: HEADERS_MILLISECONDS_MAX,
      // The longest that any request may take to arrive; bodies that are read whole have less, see limitArrival.
      requestTimeout: STREAMED_REQUEST_MILLISECONDS_MAX,
      keepAliveTimeout: IDLE_MILLISECONDS_MAX,
      // A missing one is refused by our own hand, with an answer as all others.
      requireHostHeader: false,
    },
    onRequest,
  )
  server.maxConnections = CONNECTIONS_MAX
  // Node would leave out what is past a number of them, and nobody would know. Their bytes are limited.
  server.maxHeadersCount = 0
  // Whatever is expected, the answer says how it went.
  server.on('checkExpectation', onRequest)
  server.on('clientError', (error, socket) => refuseInOrder(socket, () => refusal(error)))
  server.on('connect', ({ socket }) => refuseInOrder(socket, () => refusal({ ...NO_ERROR, code: 'CONNECT' })))
  const answered = () => {
    running--
    dropTheSilent()
  }
  const dropTheSilent = () => {
    if (isLastCallOver && running === 0) server.closeAllConnections()
  }
  return {
    listen: ({ host, port }) =>
      new Promise((done, failed) => {
        server.once('error', failed)
        // Where a name stands for two addresses, every client tries the older one too.
        server.listen(port, host === 'localhost' ? '127.0.0.1' : host, () => {
          server.off('error', failed)
          done(urlOf(server.address() as AddressInfo))
        })
      }),
    close: () =>
      new Promise((done) => {
        closing = true
        for (const each of stops) each.abort(fail.stopping())
        // Node's own way would cut connections at once, and with them requests that are on their way.
        NetServer.prototype.close.call(server, () => done())
        setTimeout(() => {
          isLastCallOver = true
          server.close()
          dropTheSilent()
        }, LAST_CALL_MILLISECONDS).unref()
        setTimeout(() => server.closeAllConnections(), DRAIN_MILLISECONDS_MAX).unref()
      }),
    isClosing: () => closing,
    stopOf: (response) => {
      const stop = new AbortController()
      if (closing) stop.abort(fail.stopping())
      stops.add(stop)
      response.once('close', () => {
        stops.delete(stop)
        stop.abort(fail.badRequest({ problem: 'The client went away.' }))
      })
      return stop.signal
    },
  }
}

const NO_ERROR = { name: '', message: '' }

function urlOf({ address, family, port }: AddressInfo): string {
  const own = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address
  return `http://${family === 'IPv6' ? `[${own}]` : own}:${port}`
}

/** Ends a connection whose request takes too long to arrive. */
export function limitArrival(request: IncomingMessage, refusal: (error: NodeJS.ErrnoException) => string): void {
  const late = setTimeout(() => {
    if (!request.complete) request.socket.end(refusal({ ...NO_ERROR, code: 'ERR_HTTP_REQUEST_TIMEOUT' }))
  }, REQUEST_MILLISECONDS_MAX)
  request.once('end', () => clearTimeout(late))
  request.once('close', () => clearTimeout(late))
}
