// Headers: those that may come once alone, and what every answer says of being kept.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { rawRequest } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

onBothEngines('headers', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(engine)
  })
  afterAll(() => server.stop())

  test.each(['If-Match', 'Idempotency-Key', 'Origin', 'X-Escalation-Code', 'Authorization', 'Content-Type'])(
    '%s may not come twice, for it could mean two things',
    async (name) => {
      const head = `GET /help HTTP/1.1\r\nHost: localhost\r\n${name}: a\r\n${name}: b\r\nConnection: close\r\n\r\n`
      expect(await rawRequest(server.url, head)).toMatch(/^HTTP\/1.1 400/)
    },
  )

  test('no answer is kept by who passes it on', async () => {
    const agent = await server.signIn()
    for (const path of ['/contacts', '/whoami', '/nothing'])
      expect((await agent.get(path)).headers.get('cache-control'), path).toBe('no-store')
  })
})
