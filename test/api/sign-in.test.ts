// Contract §2, as far as one person in local mode goes: codes, tokens, and who is kept out.

import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clientOf, rawRequest, signIn } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

const DAY = 24 * 3600 * 1000

onBothEngines('sign-in', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(engine)
  })
  afterAll(() => server.stop())

  const ask = async (email: string) => (await server.anonymous.post('/auth/request', { email })).label('local_code')
  const verify = (email: string, code: string | undefined, more = {}) =>
    server.anonymous.post('/auth/verify', { email, code, ...more })
  let people = 0
  const somebody = () => `somebody${++people}@example.com`

  test('a code becomes a token, once, and the same person comes back to the same workspace', async () => {
    const email = somebody()
    const code = await ask(email)
    expect(code).toMatch(/^\d{6}$/)
    expect(server.printed.at(-1)).toContain(code!)
    const first = await verify(` ${email.toUpperCase()} `, code)
    expect(first.status).toBe(200)
    expect(first.label('token_name')).toBe('default')
    expect((await verify(email, code)).label('error')).toBe('invalid_code')
    const again = await verify(email, await ask(email), { token_name: 'my laptop' })
    expect(again.label('token_name')).toBe('"my laptop"')
    expect(again.label('workspace_id')).toBe(first.label('workspace_id'))
    const mine = await clientOf(server.url, again.label('token')).get('/tokens')
    expect(mine.total).toBe(2)
    expect(mine.records.filter(({ values }) => values.get('current')?.text === 'yes')).toHaveLength(1)
  })

  test('a new token is for the workspace last used, also where another was a moment ago', async () => {
    const email = somebody()
    const own = await server.signIn(email)
    const { id } = await own.post('/workspaces', { name: 'Second' })
    const second = clientOf(server.url, (await own.post(`/workspaces/${id}/tokens`)).label('token'))
    for (const used of [own, second, own]) {
      server.advance(2_000)
      const workspace = (await used.get('/whoami')).label('workspace_id')
      server.advance(2_000)
      expect((await (await server.signIn(email)).get('/whoami')).label('workspace_id')).toBe(workspace)
    }
  })

  test('a token has 166 random bits and a checksum', async () => {
    const tokens = [await server.signIn(), await server.signIn()].map(({ token }) => token!)
    expect(tokens[0]).not.toBe(tokens[1])
    const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
    for (const token of tokens) {
      const [, body, checksum] = /^ck_([0-9A-Za-z]{28})([0-9A-Za-z]{6})$/.exec(token)!
      expect([...checksum!].reduce((sum, digit) => sum * 62 + digits.indexOf(digit), 0)).toBe(crc32(body!))
    }
  })

  test('64 parallel right answers give one token', async () => {
    const email = somebody()
    const code = await ask(email)
    const replies = await Promise.all(Array.from({ length: 64 }, () => verify(email, code)))
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(replies.filter(({ status }) => status === 401)).toHaveLength(63)
  })

  test('three codes live at once; a used one makes room', async () => {
    const email = somebody()
    const codes = [await ask(email), await ask(email), await ask(email)]
    expect(new Set(codes).size).toBe(3)
    expect(await ask(email)).toBeUndefined()
    expect((await verify(email, codes[0])).status).toBe(200)
    expect(await ask(email)).toMatch(/^\d{6}$/)
    expect((await verify(email, codes[1])).status).toBe(200)
  })

  test('a code dies after 10 minutes', async () => {
    const email = somebody()
    const code = await ask(email)
    server.advance(10 * 60_000 + 1000)
    expect((await verify(email, code)).label('error')).toBe('invalid_code')
  })

  test('after 20 wrong guesses only long codes are made and taken, for 24 hours', async () => {
    const email = somebody()
    const code = await ask(email)
    const wrong = code === '000000' ? '000001' : '000000'
    const guesses = await Promise.all(Array.from({ length: 40 }, () => verify(email, wrong)))
    expect(guesses.every(({ status }) => status === 401)).toBe(true)
    expect((await verify(email, code)).label('error')).toBe('invalid_code')
    const long = await ask(email)
    expect(long).toMatch(/^[0-9a-z]{16}$/)
    expect((await verify(email, long)).status).toBe(200)
    server.advance(DAY - 60_000)
    expect(await ask(email)).toMatch(/^[0-9a-z]{16}$/)
    server.advance(61_000)
    expect(await ask(email)).toMatch(/^\d{6}$/)
  })

  test('short codes that are dead make room for long ones, so that nobody is locked out', async () => {
    const email = somebody()
    const codes = [await ask(email), await ask(email), await ask(email)]
    for (let n = 0; n < 20; n++) await verify(email, 'x')
    expect((await verify(email, codes[2])).label('error')).toBe('invalid_code')
    const long = await ask(email)
    expect(long).toMatch(/^[0-9a-z]{16}$/)
    expect((await verify(email, long)).status).toBe(200)
  })

  test('the budget of 20 slides: guesses late in one day count in the next', async () => {
    const email = somebody()
    const wrong = async () => {
      const code = await ask(email)
      await verify(email, code === '000000' ? '000001' : '000000')
    }
    await wrong()
    server.advance(DAY - 60_000)
    for (let n = 0; n < 19; n++) await verify(email, 'x')
    server.advance(120_000)
    await verify(email, 'x')
    expect(await ask(email)).toMatch(/^[0-9a-z]{16}$/)
  })

  test.each([
    'no address',
    'a@',
    '@b.example',
    'a b@c.example',
    'a@x\r\nBcc:b@c.example',
    'a@b.example,c@d.example',
    '"a"@b.example',
    'a@b..example',
    'é@b.example',
    'a@ban\u212a.example',
    'a(comment)@b.example',
    'a@b.example\u0000',
    '<a@b.example>',
    'a@[127.0.0.1]',
  ])('%j is no address', async (email) => {
    const reply = await server.anonymous.post('/auth/request', { email })
    expect(reply.status).toBe(400)
  })

  test('401s say what is wrong and how to sign in', async () => {
    const cases: [token: string | undefined, code: string][] = [
      [undefined, 'auth_required'],
      ['', 'auth_required'],
      ['ck_short', 'invalid_token'],
      [`ck_${'a'.repeat(34)}`, 'invalid_token'],
    ]
    for (const [token, code] of cases) {
      const reply = await server.anonymous.get('/contacts', {
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      })
      expect([reply.status, reply.label('error')]).toEqual([401, code])
      expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer /)
      expect(reply.label('hint')).toContain('/auth/request')
    }
    expect((await server.anonymous.get('/contacts', { headers: { authorization: 'Basic abc' } })).label('error')).toBe(
      'auth_required',
    )
  })

  test('a revoked token is refused at once; others of the person live on', async () => {
    const email = somebody()
    const one = await server.signIn(email)
    const two = await server.signIn(email)
    const id = (await two.get('/whoami')).label('token_id')!
    expect((await one.delete(`/tokens/${id.split('/')[1]}`)).comments).toEqual(['deleted'])
    expect((await two.get('/whoami')).label('error')).toBe('invalid_token')
    expect((await one.get('/whoami')).status).toBe(200)
    const stranger = await server.signIn()
    const mine = (await one.get('/whoami')).label('token_id')!
    expect((await stranger.delete(`/${mine}`)).status).toBe(404)
    expect((await stranger.delete('/tokens/t_000000000000')).text).toBe(
      (await stranger.delete(`/tokens/${mine.split('/')[1]}`)).text,
    )
  })

  test('a token dies after 90 idle days; each use renews it', async () => {
    const used = await server.signIn()
    const idle = await server.signIn()
    server.advance(60 * DAY)
    expect((await used.get('/whoami')).status).toBe(200)
    server.advance(31 * DAY)
    expect((await used.get('/whoami')).status).toBe(200)
    const dead = await idle.get('/whoami')
    expect([dead.status, dead.label('error')]).toEqual([401, 'token_expired'])
    expect(dead.headers.get('www-authenticate')).toMatch(/^Bearer /)
  })

  test('local mode answers programs on this machine alone', async () => {
    const bad = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { forwarded: 'for=1.2.3.4' },
      { 'x-forwarded-for': '1.2.3.4' },
      { 'x-forwarded-host': 'localhost' },
      { via: '1.1 proxy' },
    ]
    for (const headers of bad) {
      const reply = await server.anonymous.post('/auth/request', { email: somebody() }, { headers: headers as never })
      expect([reply.status, reply.label('error')], JSON.stringify(headers)).toEqual([403, 'local_only'])
    }
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1'])
      expect(await rawRequest(server.url, `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).toMatch(
        /^HTTP\/1.1 403 [\s\S]*local_only/,
      )
    for (const host of ['localhost', 'LOCALHOST:1', '[::1]:8787', '127.0.0.1'])
      expect(await rawRequest(server.url, `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).toMatch(
        /^HTTP\/1.1 200/,
      )
    const page = await server.anonymous.post(
      '/auth/request',
      { email: somebody() },
      { headers: { origin: 'http://localhost:3000' } },
    )
    expect(page.status).toBe(200)
  })

  test('the database holds neither tokens nor codes, and the log neither', async () => {
    const lines: string[] = []
    const logged = await startServer(engine, { logTo: (line) => lines.push(line) })
    const agent = await signIn(logged.url, 'canary@example.com')
    await agent.get('/contacts?search=canaryvalue')
    const code = logged.printed.join('').match(/\d{6}/)![0]
    await logged.stop()
    expect(lines.length).toBeGreaterThan(2)
    const log = lines.join('')
    for (const secret of [agent.token!, code, 'canaryvalue', 'canary@example.com']) expect(log).not.toContain(secret)
  })
})
