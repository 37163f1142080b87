// Answers leave together at the end of the turn of the event loop in which they were ready: each write wakes whoever waits
// for it, and twenty in a row cost little more than one.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'

export interface Sent {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

let ready: (() => void)[] = []

/** Calls `send` when this turn ends. */
export function atEndOfTurn(send: () => void): void {
  if (ready.length === 0) setImmediate(sendAll)
  ready.push(send)
}

function sendAll(): void {
  const all = ready
  ready = []
  for (const send of all) send()
}

/** Writes an answer whose body is there. */
export function sendWhole(response: ServerResponse, { status, headers, body }: Sent): void {
  const head: string[] = []
  for (const name in headers) head.push(name, headers[name]!)
  if (status !== 204 && status !== 304) head.push('content-length', String(Buffer.byteLength(body)))
  response.writeHead(status, head)
  response.end(body)
}

/** Writes an answer piece by piece; `failed` hears of a body that breaks off, when the connection has been cut. */
export function sendStream(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: Omit<Sent, 'body'> & { readonly body: Readable },
  failed: (error: Error) => void,
): void {
  const { socket } = request
  const drop = () => void body.destroy()
  body.once('error', (error) => {
    if (response.destroyed) return
    failed(error)
    response.destroy()
  })
  // Of an answer that waits for those before it the response would not hear.
  socket.once('close', drop)
  body.once('close', () => socket.off('close', drop))
  if (socket.destroyed) {
    drop()
    return
  }
  response.writeHead(status, { ...headers })
  response.once('close', drop)
  if (request.method === 'HEAD') {
    body.destroy()
    response.end()
  } else body.pipe(response)
}
