// Load from this process on another one, and what it cost there.

import { once } from 'node:events'
import { connect } from 'node:net'
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
  const started = performance.now()
  let [left, ended, spent] = [amount ?? Number.POSITIVE_INFINITY, 0, 0]
  const end = () => {
    ended = performance.now()
    spent = served.cpu() - before
  }
  const running = autocannon({
    url: served.url,
    connections,
    ...(amount ? { amount } : { duration: seconds }),
    // The generator notes the length of a body in the headers it is given: a later GET must not announce one.
    requests: [{ setupRequest: (request) => ({ ...request, headers: { ...headers }, ...asking() }) }],
  })
  // The generator looks at its clock once a second, and so would call an amount slower than it was.
  running.on('response', () => {
    if (--left === 0) end()
  })
  const result = await running
  if (ended === 0) end()
  const answered = result['2xx']
  const { non2xx, errors, timeouts } = result
  if (non2xx + errors + timeouts > 0) console.error('Failed:', JSON.stringify({ non2xx, errors, timeouts }))
  return {
    requestsPerSecond: (answered * 1000) / (ended - started),
    cpuMicroseconds: spent / Math.max(1, answered),
    ...{ p50: result.latency.p50, p99: result.latency.p99 },
    ...{ failed: non2xx + errors + timeouts, answered },
  }
}

/** Asks one after the other and gives each latency in milliseconds, sorted: finer than a load generator's buckets. */
export async function latencies(
  url: string,
  token: string,
  paths: readonly string[],
  rounds: number,
): Promise<number[]> {
  const line = await lineTo(url, token)
  const taken: number[] = []
  for (let round = 0; round < rounds; round++)
    for (const path of paths) {
      const started = performance.now()
      await line.ask({ path })
      taken.push(performance.now() - started)
    }
  line.close()
  return taken.sort((a, b) => a - b)
}

const HEAD_END = '\r\n\r\n'

/**
 * One connection that is kept, and nothing around it but what tells where an answer ends: fetch takes about a millisecond
 * itself, which is more than most of the answers take.
 */
async function lineTo(url: string, token: string) {
  const { hostname, port, host } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  await once(socket, 'connect')
  let answer = Buffer.alloc(0)
  let heard: (() => void) | undefined
  socket.on('data', (chunk) => {
    answer = answer.length === 0 ? chunk : Buffer.concat([answer, chunk])
    heard?.()
  })
  const whole = (path: string): boolean => {
    const end = answer.indexOf(HEAD_END)
    if (end < 0) return false
    const head = answer.toString('latin1', 0, end)
    if (!/^HTTP\/1\.1 20[01] /.test(head)) throw new Error(`${path}: ${head.slice(0, 200)}`)
    const length = /^content-length: (\d+)\r?$/im.exec(head)
    if (!length) throw new Error(`${path}: the answer does not say how long it is.`)
    return answer.length >= end + HEAD_END.length + Number(length[1])
  }
  const ask = ({ path, method = 'GET', body = '' }: Asking) =>
    new Promise<void>((done, failed) => {
      answer = Buffer.alloc(0)
      heard = () => {
        try {
          if (whole(path)) done()
        } catch (error) {
          failed(error)
        }
      }
      const head = [`${method} ${path} HTTP/1.1`, `host: ${host}`, `authorization: Bearer ${token}`]
      const length = body === '' ? [] : [`content-length: ${Buffer.byteLength(body)}`]
      socket.write([...head, ...length, '', body].join('\r\n'))
    })
  return { ask, close: () => socket.destroy() }
}

/** Asks one after the other, and gives how many a second. */
export async function oneByOne(url: string, token: string, asking: () => Asking, amount: number): Promise<number> {
  const line = await lineTo(url, token)
  const started = performance.now()
  for (let n = 0; n < amount; n++) await line.ask(asking())
  const rate = (amount * 1000) / (performance.now() - started)
  line.close()
  return rate
}

export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]!
}
