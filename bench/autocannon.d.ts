// What bench/load.ts uses of autocannon, which brings no types.

declare module 'autocannon' {
  interface Request {
    method?: string
    path?: string
    body?: string
    headers?: Record<string, string>
  }
  interface Options {
    url: string
    connections: number
    duration?: number
    amount?: number
    requests: { setupRequest: (request: Request) => Request }[]
  }
  interface Result {
    duration: number
    errors: number
    timeouts: number
    non2xx: number
    '2xx': number
    latency: { p50: number; p99: number }
  }
  interface Running extends Promise<Result> {
    on(event: 'response', heard: () => void): void
  }
  export default function autocannon(options: Options): Running
}
