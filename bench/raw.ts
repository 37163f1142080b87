// The ceiling: node:http alone, answering the bytes that it is given.

import { createServer } from 'node:http'

const body = Buffer.from(process.env.BENCH_BODY ?? '', 'base64')
const server = createServer((_, response) => {
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'content-length': body.length })
  response.end(body)
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as { port: number }
  process.stdout.write(`serves at http://127.0.0.1:${port}\n`)
})
