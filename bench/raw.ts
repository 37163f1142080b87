// The ceiling: node:http alone, answering the bytes that it is given.

import { createServer } from 'node:http'

const { headers, body } = JSON.parse(process.env.BENCH_ANSWER ?? '{}')
const server = createServer((_, response) => {
  response.writeHead(200, headers)
  response.end(body)
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as { port: number }
  process.stdout.write(`serves at http://127.0.0.1:${port}\n`)
})
