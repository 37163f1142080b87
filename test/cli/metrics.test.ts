// Prometheus metrics: on a port of their own, off unless asked for, without content.

import { networkInterfaces } from 'node:os'
import { expect, test } from 'vitest'
import { clientOf, rawRequest, signIn } from '../support/client.ts'
import { engines, onBothEngines } from '../support/engines.ts'
import { openRelay } from '../support/postgres.ts'
import { startProgram } from '../support/program.ts'

onBothEngines('metrics', (engine) => {
  test('count requests by route and status, and the writes of each commit', async () => {
    const database = await engine.newDatabase()
    const program = await startProgram(database, { CRMKIT_METRICS_PORT: '0' })
    try {
      const url = /Metrics: (http:\S+)/.exec(program.output())![1]!
      expect(new URL(url).hostname).toBe('127.0.0.1')
      const agent = await signIn(program.url!, 'metered@example.com')
      await Promise.all(Array.from({ length: 8 }, (_, n) => agent.post('/contacts', { name: `Canary ${n}` })))
      await agent.get('/contacts?stge=canary')
      const response = await fetch(url)
      const text = await response.text()
      expect(response.headers.get('content-type')).toContain('text/plain')
      const value = (line: string) =>
        Number(
          text
            .split('\n')
            .find((each) => each.startsWith(`${line} `))
            ?.split(' ')
            .at(-1),
        )
      expect(value('crmkit_http_requests_total{route="POST /contacts",status="201"}')).toBe(8)
      expect(value('crmkit_http_requests_total{route="GET /contacts",status="400"}')).toBe(1)
      expect(value('crmkit_http_request_seconds_count{route="POST /contacts"}')).toBe(8)
      expect(value('crmkit_commit_writes_sum')).toBeGreaterThanOrEqual(10)
      expect(value('crmkit_database{what="writes_waiting"}')).toBe(0)
      expect(text).toContain('process_resident_memory_bytes')
      expect(text.toLowerCase()).not.toMatch(/canary|metered|stge/)
      expect((await fetch(new URL('/', url))).status).toBe(404)
      const rebound = 'GET /metrics HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n'
      expect(await rawRequest(url, rebound)).toMatch(/^HTTP\/1.1 404 /)
    } finally {
      program.kill('SIGTERM')
      expect(await program.exited).toBe(0)
      await database.drop()
    }
  })

  test('are off by default, and a port that is taken is a sentence', async () => {
    const database = await engine.newDatabase()
    const program = await startProgram(database)
    try {
      expect(program.output()).not.toContain('Metrics')
      const port = new URL(program.url!).port
      const other = await engine.newDatabase()
      const second = await startProgram(other, { CRMKIT_METRICS_PORT: port })
      expect(await second.exited).toBe(1)
      expect(second.output()).toContain(
        `Port ${port} is taken. Stop the other program, or choose another port: CRMKIT_METRICS_PORT`,
      )
      await other.drop()
    } finally {
      program.kill('SIGTERM')
      await program.exited
      await database.drop()
    }
  })
})

test('are given while PostgreSQL is away, and the node goes on', async () => {
  const database = await engines.postgres.newDatabase()
  const url = new URL(database.url)
  const relay = await openRelay(Number(url.port))
  url.port = String(relay.port)
  const mail = { CRMKIT_SMTP_URL: 'smtp://127.0.0.1:1', CRMKIT_MAIL_FROM: 'crm@crmkit.example' }
  const program = await startProgram({ ...database, url: url.href }, { CRMKIT_METRICS_PORT: '0', ...mail })
  try {
    const metrics = /Metrics: (http:\S+)/.exec(program.output())![1]!
    expect(await (await fetch(metrics)).text()).toContain('crmkit_outbox_mails 0')
    relay.leadTo(1)
    const text = await (await fetch(metrics)).text()
    expect(text).toContain('crmkit_outbox_mails Nan')
    expect(text).toContain('process_resident_memory_bytes')
    expect((await clientOf(program.url!).get('/readyz')).status).toBe(503)
  } finally {
    program.kill('SIGTERM')
    expect(await program.exited, program.output()).toBe(0)
    await relay.close()
    await database.drop()
  }
})

test('are given on this machine’s own address alone', async () => {
  const database = await engines.sqlite.newDatabase()
  const program = await startProgram(database, { CRMKIT_METRICS_PORT: '0' })
  try {
    const url = new URL(/Metrics: (http:\S+)/.exec(program.output())![1]!)
    expect((await fetch(url)).status).toBe(200)
    const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
    const outside = addresses.find(({ internal, family }) => !internal && family === 'IPv4')
    url.hostname = outside?.address ?? '127.0.0.2'
    await expect(fetch(url)).rejects.toThrow()
  } finally {
    program.kill('SIGTERM')
    await program.exited
    await database.drop()
  }
})
