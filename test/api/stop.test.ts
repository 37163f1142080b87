// A stop while another program hangs: the mail server, who reads the metrics, PostgreSQL. The program ends with 0 all the same.

import { type AddressInfo, connect, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { clientOf, signIn } from '../support/client.ts'
import { engines, onBothEngines } from '../support/engines.ts'
import { until } from '../support/mail.ts'
import { openRelay } from '../support/postgres.ts'
import { startProgram } from '../support/program.ts'

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
