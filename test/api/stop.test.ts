// A stop while another program hangs: the mail server, who reads the metrics, PostgreSQL. The program ends with 0 all the same.

import { type AddressInfo, connect, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { clientOf, rawRequest, signIn } from '../support/client.ts'
import { engines, onBothEngines } from '../support/engines.ts'
import { until } from '../support/mail.ts'
import { openRelay } from '../support/postgres.ts'
import { type Program, startProgram } from '../support/program.ts'

onBothEngines('SIGTERM', (engine) => {
  test('does not wait for a mail server that greets and then says nothing', async () => {
    let isTold = false
    const silent = createServer((socket) => {
      socket.on('error', () => {})
      socket.write('220 mail.example ESMTP\r\n')
      socket.once('data', () => {
        isTold = true
      })
    }).listen(0, '127.0.0.1')
    await new Promise((done) => silent.once('listening', done))
    const { port } = silent.address() as AddressInfo
    const database = await engine.newDatabase()
    const program = await startProgram(database, {
      ...{ CRMKIT_SMTP_URL: `smtp://127.0.0.1:${port}`, CRMKIT_MAIL_FROM: 'crm@crmkit.example' },
    })
    await clientOf(program.url!).post('/auth/request', { email: 'ada@example.com' })
    await until(() => isTold, 'the mail server is spoken to')
    program.kill('SIGTERM')
    expect(await program.exited, program.output()).toBe(0)
    silent.close()
    await database.drop()
  })

  test('does not wait for who holds a connection to the metrics', async () => {
    const database = await engine.newDatabase()
    const program = await startProgram(database, { CRMKIT_METRICS_PORT: '0' })
    const { port } = new URL(/Metrics: (http:\S+)/.exec(program.output())![1]!)
    const silent = connect(Number(port), '127.0.0.1').on('error', () => {})
    await new Promise((done) => silent.once('connect', done))
    program.kill('SIGTERM')
    expect(await program.exited, program.output()).toBe(0)
    await database.drop()
  })
})

onBothEngines('a server that stops while a question takes long', (engine) => {
  const DEAR = `/contacts?notes=like:%25a%25${'a'.repeat(150)}c%25`
  const withNotes = async (program: Program) => {
    const agent = await signIn(program.url!, 'dear@stop.example')
    const line = (_: unknown, n: number) =>
      JSON.stringify({ type: 'contact', name: `n${n}`, notes: 'a'.repeat(19_000) })
    expect((await agent.post('/import', Array.from({ length: 300 }, line).join('\n'))).label('created')).toBe('300')
    return agent
  }

  test('ends with 0, though who asked has gone', async () => {
    const database = await engine.newDatabase()
    const program = await startProgram(database)
    const agent = await withNotes(program)
    const leaving = new AbortController()
    const headers = { authorization: `Bearer ${agent.token}` }
    const asked = fetch(`${program.url}${DEAR}`, { headers, signal: leaving.signal }).catch(() => undefined)
    // Whatever was sent before is being carried out when this is answered.
    expect((await agent.get('/contacts?limit=1')).status).toBe(200)
    leaving.abort()
    await asked
    program.kill('SIGTERM')
    expect(await program.exited, program.output()).toBe(0)
    await database.drop()
  })

  test('carries out nothing that follows the answer that says it is the last', async () => {
    const database = await engine.newDatabase()
    const program = await startProgram(database)
    const agent = await withNotes(program)
    const head = `Host: ${new URL(program.url!).host}\r\nAuthorization: Bearer ${agent.token}\r\n`
    const late = '{"name":"Late"}'
    const post = `POST /contacts HTTP/1.1\r\n${head}Content-Length: ${late.length}\r\n\r\n${late}`
    const answers = rawRequest(program.url!, `GET ${DEAR} HTTP/1.1\r\n${head}\r\n${post}`)
    expect((await agent.get('/contacts?limit=1')).status).toBe(200)
    program.kill('SIGTERM')
    expect(await program.exited, program.output()).toBe(0)
    const [first, second] = [...(await answers).matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)
    const again = await startProgram(database)
    const made = (await clientOf(again.url!, agent.token).get('/contacts?name=Late')).total
    expect([first, made]).toEqual(['200', second === '201' ? 1 : 0])
    again.kill('SIGTERM')
    await again.exited
    await database.drop()
  })
})

test('SIGTERM does not wait for a PostgreSQL that hangs in the midst of a write', async () => {
  const database = await engines.postgres.newDatabase()
  const url = new URL(database.url)
  const relay = await openRelay(Number(url.port))
  url.port = String(relay.port)
  const program = await startProgram({ ...database, url: url.href })
  const agent = await signIn(program.url!, 'hung@example.com')
  relay.hold()
  const write = agent.post('/contacts', { name: 'Hung' }).catch(() => undefined)
  program.kill('SIGTERM')
  expect(await program.exited, program.output()).toBe(0)
  await write
  await relay.close()
  await database.drop()
})
