// An app that a person connects: where its browser comes back to.

import { createServer, type Server } from 'node:http'

export interface Returned {
  readonly url: string
  /** Resolves with the parameters of the next visit. */
  readonly next: () => Promise<URLSearchParams>
  readonly close: () => Promise<void>
}

/** Listens on a free loopback port, as a program on a person's machine does. */
export async function openCallback(path = '/callback'): Promise<Returned> {
  const visits: URLSearchParams[] = []
  const waiting: ((parameters: URLSearchParams) => void)[] = []
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    if (url.pathname === path) {
      const next = waiting.shift()
      if (next) next(url.searchParams)
      else visits.push(url.searchParams)
    }
    response.end('You may close this window.')
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as { port: number }
  return {
    url: `http://127.0.0.1:${port}${path}`,
    next: () => {
      const visit = visits.shift()
      return visit ? Promise.resolve(visit) : new Promise((done) => waiting.push(done))
    },
    close: () => new Promise((done) => server.close(() => done())),
  }
}
