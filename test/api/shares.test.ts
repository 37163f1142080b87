// Contract §5 and promise P13: work that takes long is shared out, so that who asks much waits for others too.

import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

const QUESTIONS = 24
const NOTES = 'a'.repeat(19_000)

onBothEngines('shares', (engine) => {
  let server: TestServer
  let other: Client
  beforeAll(async () => {
    server = await startServer(engine)
    other = await server.signIn('other@shares.example')
    await other.post('/contacts', { name: 'Ada', title: 'Countess' })
  })
  afterAll(() => server.stop())

  const withLongNotes = async (contacts: number, notes = NOTES) => {
    const agent = await server.signIn()
    const line = (_: unknown, n: number) => JSON.stringify({ type: 'contact', name: `n${n}`, notes })
    const imported = await agent.post('/import', Array.from({ length: contacts }, line).join('\n'))
    expect(imported.label('created')).toBe(String(contacts))
    return agent
  }

  test('who asks much that no index answers lets others ask in between', async () => {
    const greedy = await withLongNotes(40)
    let answered = 0
    const asked = Array.from({ length: QUESTIONS }, (_, n) =>
      greedy.get(`/contacts?notes=like:%25a%25${'a'.repeat(100 + n)}c%25`).then(({ status }) => {
        answered++
        return status
      }),
    )
    while (answered === 0) expect((await other.get('/whoami')).status).toBe(200)
    expect((await other.get('/contacts?title=like:ount')).total).toBe(1)
    expect(answered).toBeLessThan(QUESTIONS / 2)
    expect(new Set(await Promise.all(asked))).toEqual(new Set([200]))
  })

  test('who asked much is answered while others ask again and again', async () => {
    const greedy = await withLongNotes(40, `${NOTES}b`)
    const others = await Promise.all([20, 21, 22, 23].map((contacts) => withLongNotes(contacts)))
    const ask = (agent: Client, n: number) => agent.get(`/contacts?notes=like:%25a%25${'a'.repeat(100 + n)}c%25`)
    let isAnswered = false
    const asking = others.map(async (agent) => {
      for (let n = 0; !isAnswered; n = (n + 1) % 90) expect((await ask(agent, n)).status).toBe(200)
    })
    const asked = await Promise.all(Array.from({ length: 6 }, (_, n) => ask(greedy, n)))
    isAnswered = true
    await Promise.all(asking)
    expect(asked.map(({ status }) => status)).toEqual(Array(6).fill(200))
  })

  test('a question that would take a minute is ended after ten seconds, with an error that says so', async () => {
    const greedy = await withLongNotes(400, `${NOTES}c`)
    const filters = Array.from({ length: 38 }, (_, n) => `notes=like:%25a%25${'a'.repeat(150 + n)}c%25`)
    const ended = await greedy.get(`/contacts?${filters.join('&')}`)
    expect(ended.text).toMatch(/^error: not_ready\nstatus: 503\nhint: The database took too long over this question/)
    expect((await greedy.get('/contacts?name=like:1')).status).toBe(200)
  }, 120_000)

  test('exports that are taken slowly leave room for those of another workspace', async () => {
    const greedy = await withLongNotes(400)
    const { hostname, port, host } = new URL(server.url)
    const slow: Socket[] = []
    for (let n = 0; n < 4; n++) {
      const socket = connect(Number(port), hostname)
      slow.push(socket)
      socket.write(`GET /export HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${greedy.token}\r\n\r\n`)
      socket.pause()
    }
    expect((await greedy.get('/whoami')).status).toBe(200)
    expect((await other.get('/export')).text).toContain('Countess')
    for (const socket of slow) socket.destroy()
  })
})
