// Prometheus metrics, on a port of their own that only this machine reaches. Labels are routes and statuses of ours,
// never anything that was sent.

import { createServer, type Server } from 'node:http'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { loopbackBase } from '../access/local-mode.ts'
import type { Answered } from '../route.ts'
import type { Database } from '../store/dialect.ts'

const HOST = '127.0.0.1'
const SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const WRITES_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128, 256]
const NO_ROUTE = 'none'

export interface Metrics {
  /** Counts one answered request. */
  readonly answered: (answered: Answered) => void
  /** Counts one commit that so many writes shared. */
  readonly committed: (writes: number) => void
  /** Reads figures each time that somebody asks: of the database, and how many mails wait. */
  readonly watch: (sources: { database: Database; mailsWaiting?: () => Promise<number> }) => void
  /** Serves GET /metrics; gives the address. */
  readonly listen: (port: number) => Promise<{ url: string }>
  readonly close: () => Promise<void>
}

export function newMetrics(): Metrics {
  const register = new Registry()
  const registers = [register]
  collectDefaultMetrics({ register })
  const requests = new Counter({
    ...{ name: 'crmkit_http_requests_total', help: 'Requests answered, by route and status.' },
    ...{ labelNames: ['route', 'status'] as const, registers },
  })
  const seconds = new Histogram({
    ...{ name: 'crmkit_http_request_seconds', help: 'Time from the head of a request to its answer, by route.' },
    ...{ labelNames: ['route'] as const, buckets: SECONDS_BUCKETS, registers },
  })
  const writes = new Histogram({
    ...{ name: 'crmkit_commit_writes', help: 'Writes that shared one durable commit.' },
    ...{ buckets: WRITES_BUCKETS, registers },
  })
  const server = createServer(async (request, response) => {
    // A web page under a name that leads here asks by that name.
    const isHere = loopbackBase(request.headers) !== undefined
    const known = isHere && request.method === 'GET' && request.url === '/metrics'
    response.writeHead(known ? 200 : 404, { 'content-type': known ? register.contentType : 'text/plain' })
    response.end(known ? await register.metrics() : 'GET /metrics\n')
  })
  return {
    answered: ({ route = NO_ROUTE, status, milliseconds }) => {
      requests.inc({ route, status })
      seconds.observe({ route }, milliseconds / 1000)
    },
    committed: (count) => writes.observe(count),
    watch: ({ database, mailsWaiting }) => {
      new Gauge({
        ...{ name: 'crmkit_database', help: 'Connections and waiting writes of the database, by what is counted.' },
        ...{ labelNames: ['what'] as const, registers },
        collect() {
          for (const [what, value] of Object.entries(database.figures())) this.set({ what }, value)
        },
      })
      if (mailsWaiting)
        new Gauge({
          ...{ name: 'crmkit_outbox_mails', help: 'Mails that wait in the outbox.', registers },
          async collect() {
            // Whoever asks while the database is away is told that the number is not known, and of all the rest.
            this.set(await mailsWaiting().catch(() => Number.NaN))
          },
        })
    },
    listen: (port) => listen(server, port),
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}

function listen(server: Server, port: number): Promise<{ url: string }> {
  return new Promise((done, failed) => {
    server.once('error', failed)
    server.listen(port, HOST, () => {
      const { port: taken } = server.address() as { port: number }
      done({ url: `http://${HOST}:${taken}/metrics` })
    })
  })
}
