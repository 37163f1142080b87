// What odd requests, and several on one connection, are answered: in their order, each by what it asked itself.

import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Client, rawRequest } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

onBothEngines('a connection', (engine) => {
  let server: TestServer
  let agent: Client
  let head: string
  beforeAll(async () => {
    server = await startServer(engine)
    agent = await server.signIn()
    head = `Host: ${new URL(server.url).host}\r\nAuthorization: Bearer ${agent.token}\r\n`
  })
  afterAll(() => server.stop())

  const post = (name: string, more = '', body = JSON.stringify({ name })) =>
    `POST /contacts HTTP/1.1\r\n${head}${more}Content-Length: ${JSON.stringify({ name }).length}\r\n\r\n${body}`
  const statuses = (answers: string) => [...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)

  test('a request that was carried out is answered before what follows it is refused', async () => {
    for (const [name, bytes, expected] of [
      ['Garbage', `${post('Garbage')}garbage\r\n\r\n`, ['201', '400']],
      ['Longer', post('Longer', '', '{"name":"Longer"}}'), ['201', '400']],
      ['Last', `${post('Last', 'Connection: close\r\n')} `, ['201']],
      ['Twice', `${post('Twice')}${post('Twice')}garbage\r\n\r\n`, ['201', '201', '400']],
      ['Broken', 'POST /contacts HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n', ['400']],
      ['Whole', `GET /export HTTP/1.1\r\n${head}\r\ngarbage\r\n\r\n`, ['200', '400']],
    ] as const) {
      const answers = await rawRequest(server.url, bytes)
      expect(statuses(answers), `${name}: ${answers}`).toEqual(expected)
      const made = (await agent.get(`/contacts?name=${name}`)).total
      expect(made, name).toBe(expected.filter((status) => status === '201').length)
    }
  })

  test('requests of one connection are carried out one after the other, each seeing what those before it did', async () => {
    for (let round = 0; round < 10; round++) {
      const id = (await agent.post('/contacts', { name: 'first' })).id
      const change = (body: object) => {
        const text = JSON.stringify(body)
        return `PATCH /contacts/${id} HTTP/1.1\r\n${head}Content-Length: ${text.length}\r\n\r\n${text}`
      }
      const changes = [{ name: 'x', version: 1 }, { name: 'y', version: 2 }, { name: 'z' }].map(change).join('')
      const look = `GET /contacts/${id} HTTP/1.1\r\n${head}Connection: close\r\n\r\n`
      const answers = await rawRequest(server.url, `${changes}${look}`)
      expect(statuses(answers)).toEqual(['200', '200', '200', '200'])
      expect([...answers.matchAll(/ name=(\w+)/g)].map(([, name]) => name)).toEqual(['x', 'y', 'z', 'z'])
    }
  })

  test('a port that is none, and a coding that is not read, are refused', async () => {
    for (const host of ['127.0.0.1:99999', '[::1]:65536'])
      for (const call of ['POST /mcp', 'POST /oauth/sign-in']) {
        const sent = `${call} HTTP/1.1\r\nHost: ${host}\r\nOrigin: http://${host}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`
        expect(statuses(await rawRequest(server.url, sent)), host).toEqual(['403'])
      }
    const chunks = '10\r\n{"name":"Coded"}\r\n0\r\n\r\n'
    for (const [coding, status] of [
      ['gzip, chunked', '400'],
      ['Chunked', '201'],
    ]) {
      const coded = `POST /contacts HTTP/1.1\r\n${head}Transfer-Encoding: ${coding}\r\nConnection: close\r\n\r\n${chunks}`
      expect(statuses(await rawRequest(server.url, coded)), coding).toEqual([status])
    }
  })

  test('headers past the thousandth count as all others do', async () => {
    const many = 'a:\r\n'.repeat(1_100)
    const send = (more: string) => rawRequest(server.url, `GET /whoami HTTP/1.1\r\n${head}${many}${more}\r\n\r\n`)
    for (const more of ['Host: evil.example', 'Authorization: Bearer a', 'Via: 1.1 proxy', `X: ${'x'.repeat(3_000)}`])
      expect(statuses(await send(`${more}\r\nConnection: close`)), more).not.toEqual(['200'])
    expect(statuses(await send('Connection: close'))).toEqual(['200'])
  })

  test('what is neither read nor refused by Node is answered as all others are', async () => {
    const expecting = await rawRequest(server.url, post('Expected', 'Expect: 200-ok\r\nConnection: close\r\n'))
    expect(expecting).toMatch(/^HTTP\/1.1 201 [\s\S]*x-request-id/i)
    expect(await rawRequest(server.url, 'CONNECT evil.example:80 HTTP/1.1\r\nHost: evil.example:80\r\n\r\n')).toMatch(
      /^HTTP\/1.1 400 [\s\S]*X-Request-Id[\s\S]*This is no proxy/,
    )
  })

  test('what follows a request for another protocol is not read: neither as a request nor from its midst', async () => {
    const { hostname, port } = new URL(server.url)
    for (const protocol of ['h2c', 'websocket']) {
      const hidden = `POST /contacts HTTP/1.1\r\n${head}Content-Length: 17\r\n\r\n{"name":"Hidden"}`
      const upgrade = `GET /whoami HTTP/1.1\r\n${head}Connection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`
      const around = `POST /contacts HTTP/1.1\r\n${head}Content-Length: ${hidden.length}\r\n\r\n`
      const answers = await new Promise<string>((done, failed) => {
        let received = ''
        const socket = connect(Number(port), hostname, () => socket.write(`${upgrade}${around}`))
        socket.on('data', (bytes) => {
          // The body comes once the answer is there, as from a client that sends one after the other.
          if (received === '') socket.write(`${hidden}GET /whoami HTTP/1.1\r\n${head}Connection: close\r\n\r\n`)
          received += bytes
        })
        socket.on('close', () => done(received))
        socket.on('error', (error: NodeJS.ErrnoException) => {
          if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') failed(error)
        })
      })
      expect(statuses(answers), answers).toEqual(['200'])
      expect(answers).toMatch(/^connection: close\r$/im)
      const withBody = post('Carried', `Connection: Upgrade\r\nUpgrade: ${protocol}\r\n`)
      expect(statuses(await rawRequest(server.url, `${withBody}${around}${hidden}`)), protocol).toEqual(['201'])
      const atOnce = await rawRequest(server.url, `${post('Before')}${upgrade}${around}${hidden}`)
      expect(statuses(atOnce), atOnce).toEqual(['201', '200'])
    }
    expect((await agent.get('/contacts?name=Hidden')).total).toBe(0)
    expect((await agent.get('/contacts?name=Carried')).total).toBe(2)
  })

  test('a URL whose letters are not encoded is told apart from what is no HTTP', async () => {
    const answer = await rawRequest(server.url, `GET /contacts?search=Müller HTTP/1.1\r\n${head}\r\n`)
    expect(answer).toMatch(/^HTTP\/1.1 400 [\s\S]*The URL must be percent-encoded UTF-8/)
  })

  test('what is on its way when the server is stopped is answered, and the connection ends with that', async () => {
    const other = await startServer(engine)
    const { hostname, port, host } = new URL(other.url)
    const ask = `GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`
    const socket = connect(Number(port), hostname)
    const received: string[] = []
    const ended = new Promise((done) => socket.once('close', done))
    socket.once('error', (error) => received.push(String(error)))
    const first = new Promise((done) => socket.once('data', done))
    socket.on('data', (bytes) => received.push(String(bytes)))
    socket.write(ask)
    await first
    const stopped = other.stop()
    socket.write(ask)
    await Promise.all([stopped, ended])
    const answers = received.join('')
    expect(statuses(answers), answers).toEqual(['200', '200'])
    expect(
      answers
        .match(/^connection: \S+/gim)
        ?.at(-1)
        ?.toLowerCase(),
    ).toBe('connection: close')
  })

  test('who goes away before an export begins leaves its place to others', async () => {
    const rows = Array.from({ length: 1_600 }, (_, n) => `Person ${n},${'x'.repeat(2_000)}`)
    await agent.post('/import', `Name,Notes\n${rows.join('\n')}\n`)
    const { hostname, port } = new URL(server.url)
    const ask = `GET /export HTTP/1.1\r\n${head}\r\n`
    for (const bytes of Array.from({ length: 5 }, () => [ask, `GET /contacts HTTP/1.1\r\n${head}\r\n${ask}`]).flat())
      await new Promise<void>((done) => {
        const socket = connect(Number(port), hostname, () => socket.write(bytes, () => socket.destroy()))
        socket.on('close', () => done())
      })
    expect((await agent.get('/export')).text.split('\n').length).toBeGreaterThan(1_600)
  })
})
