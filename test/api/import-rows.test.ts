// Tables of any kind: how they are read, what is said of faulty rows, and what is there already.

import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rawRequest } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { countsOf } from '../support/imports.ts'
import { startServer, type TestServer } from '../support/server.ts'

const csv = (...lines: string[]) => `${lines.join('\n')}\n`

onBothEngines('rows of an import', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(engine)
  })
  afterAll(() => server.stop())

  describe('tables of people', () => {
    test.each([
      ['semicolons', 'Name;Email\nAda;ada@d.example\n'],
      ['tabs and no last line end', 'Name\tEmail\nAda\tada@d.example'],
      ['pipes after a line sep=', 'sep=|\r\nName|Email\r\nAda|ada@d.example\r\n'],
      ['a byte order mark', '\ufeffName,Email\nAda,ada@d.example\n'],
      ['old line ends', 'Name,Email\rAda,ada@d.example\r'],
      ['blank lines and blank rows', '\n\nName,Email\n\nAda,ada@d.example\n,\n\n'],
    ])('with %s', async (_, text) => {
      const agent = await server.signIn()
      expect(countsOf(await agent.post('/import', text))).toMatchObject({ rows: 1, created: 1 })
      expect((await agent.get('/contacts')).value('email')).toBe('ada@d.example')
    })

    test('with line ends, quotes and delimiters inside quotes', async () => {
      const agent = await server.signIn()
      await agent.post('/import', 'Name,Notes\n"Byron, Ada","one\r\ntwo ""three"""\n')
      const ada = await agent.get('/contacts?fields=all')
      expect([ada.value('name'), ada.value('notes')]).toEqual(['Byron, Ada', 'one\r\ntwo "three"'])
    })

    test('in Windows-1252 that only shows far behind the beginning', async () => {
      const agent = await server.signIn()
      const rows = Array.from({ length: 60 }, (_, n) => `${n},${'x'.repeat(5000)}`)
      const bytes = Buffer.from(['Name,Notes', ...rows, 'Jörg,y'].join('\n'), 'latin1')
      expect(countsOf(await agent.post('/import', bytes))).toMatchObject({ created: 61 })
      expect((await agent.get('/contacts?name=Jörg')).total).toBe(1)
    })

    test('in the encoding that is named', async () => {
      const agent = await server.signIn()
      const bytes = Buffer.concat([
        Buffer.from('Name,Email\n'),
        Buffer.from([0x8e, 0x52, 0x93, 0x63]),
        Buffer.from(',a@sj.example\n'),
      ])
      await agent.post('/import?encoding=shift_jis', bytes)
      expect((await agent.get('/contacts')).value('name')).toBe('山田')
    })

    test('faults are named by row, and the other rows are kept', async () => {
      const agent = await server.signIn()
      const text = csv(
        ...['Name,Email,Follow up,Domain', 'Ada,ada@f.example,,', 'Bob,not an address,,', ',,2026-01-01,'],
        ...['Cyd,cyd@f.example,someday,', 'Dan,dan@f.example,,,3', 'Eva\0,eva@f.example,,'],
      )
      const done = await agent.post('/import', text)
      expect(countsOf(done)).toEqual({ rows: 6, created: 1, updated: 0, unchanged: 0, faulty: 5 })
      expect(done.problems.map((line) => line.slice(0, 20))).toEqual([
        ...[
          'row 3 - email must b',
          'row 4 - name is miss',
          'row 5 - follow_up_at',
          'row 6 - cells are 5,',
          'row 7 - cells must h',
        ],
      ])
      expect(done.problems[0]).toContain('"not an address"')
      const mended = await agent.post('/import', text.replace('not an address', 'bob@f.example'))
      expect(countsOf(mended)).toMatchObject({ created: 1, unchanged: 1, faulty: 4 })
    })

    test('rows of one person are one, and the first of them wins', async () => {
      const agent = await server.signIn()
      const text = csv(
        'Name,Email,Title,City',
        'Ada,ada@two.example,Boss,',
        'Ada B,ADA@two.example,,Rome',
        'Ada,,,',
        'Ada,,,',
      )
      expect(countsOf(await agent.post('/import', text))).toMatchObject({ created: 2, updated: 1, unchanged: 1 })
      const ada = await agent.get('/contacts?email=ada@two.example&fields=all')
      expect([ada.value('name'), ada.value('title'), ada.value('custom.city')]).toEqual(['Ada', 'Boss', 'Rome'])
    })

    test('what is there already is updated, filled or left alone', async () => {
      const agent = await server.signIn()
      const text = csv('Name,Email,Title,Tags', 'Ada,ada@old.example,New,b')
      const fresh = { name: 'Old', email: 'ada@old.example', tags: ['a'] }
      const { id } = await agent.post('/contacts', fresh)
      expect(countsOf(await agent.post('/import?existing=skip', text))).toMatchObject({ unchanged: 1 })
      expect((await agent.get(`/contacts/${id}`)).value('title')).toBeUndefined()
      await agent.post('/import?existing=fill', text)
      const filled = await agent.get(`/contacts/${id}`)
      expect([filled.value('name'), filled.value('title'), filled.value('tags')]).toEqual(['Old', 'New', 'a,b'])
      await agent.post('/import', text)
      expect((await agent.get(`/contacts/${id}`)).value('name')).toBe('Ada')
    })

    test('a person without an address is known by name and telephone or company', async () => {
      const agent = await server.signIn()
      await agent.post('/contacts', { name: 'Ada', phone: '+44 (20) 1' })
      const text = csv('Name,Phone,Company', 'Ada,+44 20 1,', 'Ada,+44 20 2,', 'Ada,,Acme')
      expect(countsOf(await agent.post('/import', text))).toMatchObject({ created: 2, unchanged: 0, updated: 1 })
      expect(countsOf(await agent.post('/import', text))).toMatchObject({ created: 0, unchanged: 3 })
    })

    test('another workspace begins anew', async () => {
      const text = csv('Name,Phone', 'Ada,1')
      for (const agent of [await server.signIn(), await server.signIn()])
        expect(countsOf(await agent.post('/import', text))).toMatchObject({ created: 1 })
    })
  })

  describe('what is no table', () => {
    test.each([
      ['nothing', '', 'empty'],
      ['a workbook', Buffer.from('PK\x03\x04rest'), 'Excel'],
      ['gzip', Buffer.from([0x1f, 0x8b, 8, 0]), 'gzip'],
      ['other bytes', Buffer.from([1, 0, 2, 3, 0, 0, 0, 7, 8]), 'not text'],
      ['a page', '<!doctype html><p>', 'web page'],
      ['a JSON array', '[{"name":"Ada"}]', 'NDJSON'],
      ['rows without a header', 'Ada,ada@x.example\nBob,bob@x.example\n', 'header'],
      ['a quote that never ends', 'Name,Email\n"Ada,ada@x.example\n', 'quote'],
      [
        'broken UTF-8',
        Buffer.concat([
          Buffer.from(`Name,Notes\n${`Jörg,${'x'.repeat(15_000)}\n`.repeat(25)}`),
          Buffer.from([0xc3, 0x28]),
        ]),
        'UTF-8',
      ],
    ])('%s is refused with what to do', async (_, body, hint) => {
      const agent = await server.signIn()
      const reply = await agent.post('/import?existing=skip', body)
      expect([reply.status, reply.label('error')]).toEqual([400, 'invalid_value'])
      expect(reply.label('hint')).toContain(hint)
    })

    test('a compressed body and one past the limit are refused before they are read', async () => {
      const agent = await server.signIn()
      const head = `POST /import HTTP/1.1\r\nHost: ${new URL(server.url).host}\r\nAuthorization: Bearer ${agent.token}\r\nConnection: close\r\n`
      const packed = await rawRequest(server.url, `${head}Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd`)
      expect(packed).toMatch(/^HTTP\/1.1 400[\s\S]*compressed/)
      const large = `${head}Content-Length: ${(256 << 20) + 1}\r\n\r\n`
      expect(await rawAnswer(server.url, large)).toMatch(/^HTTP\/1.1 413[\s\S]*body_too_large/)
    })
  })

  test('a body larger than those of other calls is read, and one that breaks off is finished by sending it again', async () => {
    const agent = await server.signIn()
    const rows = Array.from({ length: 450 }, (_, n) => `Person ${n},p${n}@large.example,${'note '.repeat(800)}`)
    const text = csv('Name,Email,Notes', ...rows)
    expect(text.length).toBeGreaterThan(1 << 20)
    const { host } = new URL(server.url)
    const head = `POST /import HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${agent.token}\r\nContent-Length: ${text.length}\r\n\r\n`
    await breakOff(
      server.url,
      head + text.slice(0, text.length / 2),
      async () => (await agent.get('/contacts')).total >= 200,
    )
    const { created, ...done } = countsOf(await agent.post('/import', text))
    expect(created).toBeGreaterThan(0)
    expect(done).toEqual({ rows: 450, updated: 0, unchanged: 450 - created!, faulty: 0 })
    expect((await agent.get('/contacts')).total).toBe(450)
    const rest = await agent.post('/import?from_row=451', text)
    expect(countsOf(rest)).toMatchObject({ rows: 1, unchanged: 1 })
  })
})

onBothEngines('import under a plan', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    const database = await engine.newDatabase()
    const plans = join(database.folder, 'plans.json')
    writeFileSync(plans, JSON.stringify({ small: { contacts: 3, companies: 1 } }))
    server = await startServer(engine, { env: { CRMKIT_PLANS: plans, CRMKIT_DEFAULT_PLAN: 'small' } })
  })
  afterAll(() => server.stop())

  test('names the rows that it has no room for, and never holds more', async () => {
    const agent = await server.signIn()
    const rows = Array.from({ length: 5 }, (_, n) => `P${n},p${n}@plan.example,Company ${n}`)
    const text = csv('Name,Email,Company', ...rows)
    const looked = await agent.post('/import?dry_run=true', text)
    const done = await agent.post('/import', text)
    expect(countsOf(looked)).toEqual(countsOf(done))
    expect(countsOf(done)).toMatchObject({ created: 3, faulty: 2 })
    expect(done.problems[0]).toMatch(/^row 5 - contact is not made: the plan allows 3 contacts/)
    expect([(await agent.get('/contacts')).total, (await agent.get('/companies')).total]).toEqual([3, 1])
    expect(countsOf(await agent.post('/import', text))).toMatchObject({ created: 0, unchanged: 3, faulty: 2 })
  })
})

/** What comes back before the body was sent. */
function rawAnswer(url: string, head: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((done, failed) => {
    const socket = connect(Number(port), hostname, () => socket.write(head))
    socket.once('data', (chunk) => {
      done(String(chunk))
      socket.destroy()
    })
    socket.once('error', failed)
  })
}

/** Sends part of a request, and goes away once `enough` of it was understood. */
async function breakOff(url: string, part: string, enough: () => Promise<boolean>): Promise<void> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  socket.write(part)
  while (!(await enough())) await new Promise((done) => setImmediate(done))
  socket.destroy()
}
