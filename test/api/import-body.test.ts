// The body of an import as it comes: refused early, broken off, sent again under a key.

import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clientOf, rawRequest } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { countsOf } from '../support/imports.ts'
import { serve, startServer, type TestServer } from '../support/server.ts'

const table = (rows: number) =>
  ['Name,Email', ...Array.from({ length: rows }, (_, n) => `Person ${n},p${n}@body.example`)].join('\n')

onBothEngines('the body of an import', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(engine)
  })
  afterAll(() => server.stop())

  describe('a refusal is answered at once and heard by who still sends', () => {
    const large = `${table(1)}\n${'x'.repeat(5 << 20)}`
    test.each([
      ['a parameter that there is not', '/import?dryrun=true', large, /^unknown_parameter/],
      ['a value that it does not take', '/import?existing=maybe', large, /^invalid_value/],
      ['bytes that are no text', '/import', '\0'.repeat(5 << 20), /^invalid_value/],
      ['a row that is too wide', '/import', `${table(1)}\n${'a,'.repeat(2.5e6)}`, /^invalid_value/],
      ['a header that is too wide', '/import', ','.repeat(5e6), /^invalid_value/],
    ])('%s', async (_, path, body, error) => {
      const agent = await server.signIn()
      const reply = await agent.post(path, body)
      expect(reply.status).toBe(400)
      expect(reply.label('error')).toMatch(error)
      // The connection goes on, or a new one does.
      expect((await agent.get('/whoami')).status).toBe(200)
    })

    test('also on one connection, where the next request follows the body', async () => {
      const agent = await server.signIn()
      const { host } = new URL(server.url)
      const head = (request: string) =>
        `${request} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${agent.token}\r\n`
      const first = `${head('POST /import?existing=maybe')}Content-Length: ${large.length}\r\n\r\n${large}`
      const answers = await rawRequest(server.url, `${first}${head('GET /whoami')}Connection: close\r\n\r\n`)
      expect(answers).toMatch(/^HTTP\/1.1 400[\s\S]*HTTP\/1.1 200/)
    })
  })

  test('a limit that is broken is named', async () => {
    const agent = await server.signIn()
    const wide = await agent.post('/import', `${table(3)}\n${'a,'.repeat(1000)}`)
    expect(wide.label('hint')).toContain('Line 5 has more than 1000 cells')
  })

  test('who has gone is not worked for any longer; what was carried out is kept', async () => {
    const agent = await server.signIn()
    const text = table(3000)
    const { host, hostname, port } = new URL(server.url)
    const socket = connect(Number(port), hostname)
    socket.on('error', () => {})
    socket.write(
      `POST /import HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${agent.token}\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
    )
    const kept = async () => (await agent.get('/contacts?limit=1')).total
    while ((await kept()) === 0) await new Promise((done) => setImmediate(done))
    socket.destroy()
    // A write of our own comes after the batch that was under way.
    let before = -1
    for (let now = await kept(); now !== before; now = await kept()) {
      before = now
      await agent.post('/companies', { name: `After ${now}` })
    }
    const stopped = await kept()
    expect(stopped).toBeLessThan(3000)
  })

  test('a server that is stopped ends after the batch, says so, and another goes on', async () => {
    const database = await engine.newDatabase()
    const first = await serve(database)
    const agent = await first.signIn('stop@body.example')
    const importing = agent.post('/import', table(5000))
    while ((await agent.get('/contacts?limit=1')).total === 0) await new Promise((done) => setImmediate(done))
    await first.stop()
    const reply = await importing
    expect([reply.status, reply.label('error')]).toEqual([503, 'not_ready'])
    expect(reply.label('hint')).toMatch(/Send the whole file again .* from_row=\d+ leaves them out and forgets them/)
    const done = Number(reply.label('rows_done'))
    expect(done % 100).toBe(0)
    expect(done).toBeLessThan(5000)
    const second = await serve(database)
    const again = await second.signIn('stop@body.example')
    expect((await again.get('/contacts?limit=1')).total).toBe(done)
    expect(countsOf(await again.post('/import', table(5000)))).toMatchObject({ created: 5000 - done, unchanged: done })
    await second.stop()
    await database.drop()
  })

  test('few rows with long texts are a batch already, so that nobody waits for long', async () => {
    const agent = await server.signIn()
    const rows = Array.from({ length: 99 }, (_, n) =>
      JSON.stringify({ type: 'contact', name: `Person ${n}`, notes: `word${n} `.repeat(600) }),
    )
    const half = new TransformStream<string, string>()
    const headers = { authorization: `Bearer ${agent.token}`, 'content-type': 'application/x-ndjson' }
    const body = half.readable.pipeThrough(new TextEncoderStream())
    const answer = fetch(`${server.url}/import`, { method: 'POST', headers, body, duplex: 'half' })
    const sender = half.writable.getWriter()
    await sender.write(`${rows.slice(0, 90).join('\n')}\n`)
    const kept = async () => (await agent.get('/contacts?limit=1')).total
    await expect.poll(kept, { timeout: 10_000 }).toBeGreaterThan(0)
    expect(await kept()).toBeLessThan(90)
    await sender.write(rows.slice(90).join('\n'))
    await sender.close()
    expect((await answer).status).toBe(200)
    expect(await kept()).toBe(99)
  })

  test('what comes late in a file happens then, and not when the file began', async () => {
    const agent = await server.signIn()
    const { id } = await agent.post('/contacts', { name: 'Ann', email: 'ann@late.example' })
    const half = new TransformStream<string, string>()
    const headers = { authorization: `Bearer ${agent.token}`, 'content-type': 'application/x-ndjson' }
    const line = (record: object) => `${JSON.stringify({ type: 'contact', ...record })}\n`
    const body = half.readable.pipeThrough(new TextEncoderStream())
    const answer = fetch(`${server.url}/import`, { method: 'POST', headers, body, duplex: 'half' })
    const sender = half.writable.getWriter()
    for (let n = 0; n < 150; n++) await sender.write(line({ name: `Row ${n}`, notes: 'n'.repeat(2_000) }))
    await expect.poll(async () => (await agent.get('/contacts?limit=1')).total, { timeout: 10_000 }).toBeGreaterThan(1)
    server.advance(60_000)
    const patched = await agent.patch(`/contacts/${id}`, { title: 'CTO' })
    await sender.write(line({ name: 'Ann Import', email: 'ann@late.example' }))
    await sender.close()
    expect((await answer).status).toBe(200)
    const after = await agent.get(`/contacts/${id}`)
    expect([after.value('name'), after.value('version')]).toEqual(['Ann Import', '3'])
    expect(after.value('updated_at')! >= patched.value('updated_at')!).toBe(true)
    const [newest] = (await agent.get(`/audit?target=contact/${id}`)).records
    expect(newest!.values.get('new.name')?.text).toBe('Ann Import')
  })

  describe('Idempotency-Key', () => {
    const under = (key: string) => ({ headers: { 'idempotency-key': key } })

    test('of two files at once one is imported, and the same file once', async () => {
      const mine = await server.signIn()
      const rows = (letter: string) => `Name\n${Array.from({ length: 40 }, (_, n) => `${letter}${n}`).join('\n')}\n`
      const [a, b] = await Promise.all(['a', 'b'].map((letter) => mine.post('/import', rows(letter), under('two'))))
      expect([a!.status, b!.status].sort()).toEqual([200, 409])
      expect((await mine.get('/contacts')).total).toBe(40)
      const same = await Promise.all([1, 2, 3].map(() => mine.post('/import', rows('c'), under('same'))))
      expect(same.map(({ text }) => text)).toEqual(Array(3).fill(same[0]!.text))
      expect(same.filter(({ headers }) => headers.get('idempotency-replayed'))).toHaveLength(2)
      expect((await mine.get('/contacts')).total).toBe(80)
    })

    test('whoever is answered 409 has imported nothing, on two nodes at once too', async () => {
      const mine = await server.signIn()
      // One file of SQLite has one node.
      const other = engine.name === 'postgres' ? await server.secondNode() : server
      const there = clientOf(other.url, mine.token)
      const rows = (letter: string) => `Name\n${Array.from({ length: 40 }, (_, n) => `${letter}${n}`).join('\n')}\n`
      const both = await Promise.all([
        mine.post('/import', rows('a'), under('n')),
        there.post('/import', rows('b'), under('n')),
      ])
      const done = both.filter(({ status }) => status === 200)
      expect(done.length).toBeGreaterThan(0)
      for (const { status } of both) expect([200, 409]).toContain(status)
      expect((await mine.get('/contacts')).total).toBe(40 * done.length)
      if (other !== server) await other.stop()
    })

    test('the same file again gets the first answer again', async () => {
      const agent = await server.signIn()
      const first = await agent.post('/import', table(150), under('a'))
      await agent.post('/contacts', { email: 'p3@body.example', name: 'Changed since' })
      const again = await agent.post('/import', table(150), under('a'))
      expect([again.status, again.text]).toEqual([200, first.text])
      expect([first, again].map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([null, 'true'])
      expect((await agent.get('/contacts?name=Changed since')).total).toBe(1)
    })

    test('another file, or other parameters, is a conflict', async () => {
      const agent = await server.signIn()
      await agent.post('/import', table(2), under('b'))
      for (const [path, text] of [
        ['/import', table(3)],
        ['/import?existing=fill', table(2)],
      ] as const) {
        const reply = await agent.post(path, text, under('b'))
        expect([reply.status, reply.label('error')]).toEqual([409, 'conflict'])
      }
      expect((await agent.get('/contacts')).total).toBe(2)
      expect((await agent.post('/import', table(3), under('c'))).status).toBe(200)
    })

    test('a file that is refused leaves the key free', async () => {
      const agent = await server.signIn()
      expect((await agent.post('/import', 'no header', under('d'))).status).toBe(400)
      expect((await agent.post('/import', table(2), under('d'))).status).toBe(200)
    })
  })
})
