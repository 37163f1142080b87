// Load from this process on another one, and what it cost there.

import autocannon from 'autocannon'
import type { Served } from './process.ts'

export interface Asking {
  readonly path: string
  readonly method?: 'GET' | 'POST'
  readonly body?: string
}

export interface Load {
  readonly requestsPerSecond: number
  /** Of the server, per request, in microseconds. */
  readonly cpuMicroseconds: number
  readonly p50: number
  readonly p99: number
  readonly failed: number
  readonly answered: number
}

/** Asks again and again for some seconds over so many connections; each request is the next of `asking`. */
export async function load(
  served: Served,
  token: string | undefined,
  asking: () => Asking,
  { seconds, connections, amount }: { seconds?: number; connections: number; amount?: number },
): Promise<Load> {
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {}
  const before = served.cpu()
  const result = await autocannon({
    url: served.url,
    connections,
    ...(amount ? { amount } : { duration: seconds }),
    requests: [{ setupRequest: (request) => ({ ...request, headers, ...asking() }) }],
  })
  const answered = result['2xx']
  return {
    requestsPerSecond: answered / result.duration,
    cpuMicroseconds: (served.cpu() - before) / Math.max(1, answered),
    ...{ p50: result.latency.p50, p99: result.latency.p99 },
    ...{ failed: result.non2xx + result.errors + result.timeouts, answered },
  }
}

/** Asks one after the other and gives each latency in milliseconds, sorted: finer than a load generator's buckets. */
export async function latencies(
  url: string,
  token: string,
  paths: readonly string[],
  rounds: number,
): Promise<number[]> {
  const taken: number[] = []
  for (let round = 0; round < rounds; round++)
    for (const path of paths) {
      const started = performance.now()
      const response = await fetch(new URL(path, url), { headers: { authorization: `Bearer ${token}` } })
      await response.arrayBuffer()
      if (response.status !== 200) throw new Error(`${path}: ${response.status}`)
      taken.push(performance.now() - started)
    }
  return taken.sort((a, b) => a - b)
}

export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]!
}
