// Contract §2 with a mail server: codes by mail, which leave at once, again and again, and once.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { clientOf } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { type MailServer, startMailServer, until } from '../support/mail.ts'
import { serve, startServer, type TestServer } from '../support/server.ts'

const HOUR = 3_600_000
/** Longer than any pause after a few attempts, and shorter than a code lives. */
const PAUSE = 5 * 60_000

onBothEngines('mail', (engine) => {
  let mail: MailServer
  let server: TestServer
  const env = () => ({ CRMKIT_SMTP_URL: mail.url, CRMKIT_MAIL_FROM: 'crmkit <crm@crmkit.example>' })
  beforeAll(async () => {
    mail = await startMailServer({ user: 'crm', pass: 'let me in'.replaceAll(' ', '') })
    server = await startServer(engine, { env: env() })
  })
  afterAll(async () => {
    await server.stop()
    await mail.down()
  })
  beforeEach(() => {
    mail.refuse = undefined
  })
  let people = 0
  const somebody = () => `person${++people}@example.com`
  const ask = (email: string, at = server) => at.anonymous.post('/auth/request', { email })
  const verify = (email: string, code: string, more = {}) =>
    server.anonymous.post('/auth/verify', { email, code, ...more })

  test('a code comes by mail and becomes a token; the answer does not hold it', async () => {
    const email = somebody()
    const asked = await ask(email)
    expect(asked.text).not.toMatch(/\d{6}|local_code/)
    const [received] = await mail.mailsTo(email)
    expect([received!.from, received!.to]).toEqual(['crm@crmkit.example', [email]])
    expect(received!.mail.from?.text).toBe('"crmkit" <crm@crmkit.example>')
    expect(received!.mail.subject).toBe('Your sign-in code for crmkit')
    const code = await mail.codeFor(email)
    expect(code).toMatch(/^\d{6}$/)
    expect(String(received!.mail.html)).toContain(code)
    expect(received!.mail.text).toMatch(/until \d\d:\d\d UTC/)
    const verified = await verify(email, code)
    expect(verified.status, verified.text).toBe(200)
    expect((await clientOf(server.url, verified.label('token')).get('/whoami')).label('plan')).toBe('free')
    expect((await verify(email, code)).label('error')).toBe('invalid_code')
  })

  test('the answer is the same with the mail server down; the mail comes when it is up, once', async () => {
    const [before, during] = [somebody(), somebody()]
    const answer = (await ask(before)).text.replaceAll(before, 'x')
    await mail.down()
    expect((await ask(during)).text.replaceAll(during, 'x')).toBe(answer)
    await until(async () => (await server.anonymous.get('/readyz')).text.includes('mail:'), 'mail trouble in /readyz')
    const ready = await server.anonymous.get('/readyz')
    expect([ready.status, ready.label('status')]).toEqual([200, 'ok'])
    expect(ready.label('mail')).toMatch(/^waits since \S+Z: \w+/)
    await mail.up()
    server.advance(PAUSE)
    expect(await mail.mailsTo(during)).toHaveLength(1)
    await until(async () => !(await server.anonymous.get('/readyz')).text.includes('mail:'), 'no more mail trouble')
    server.advance(PAUSE)
    const last = somebody()
    await ask(last)
    await mail.mailsTo(last)
    expect(mail.received.filter(({ to }) => to.includes(during))).toHaveLength(1)
  })

  test('several nodes send a mail once', async () => {
    const email = somebody()
    const own = await startServer(engine, { env: env() })
    await mail.down()
    await ask(email, own)
    await until(async () => (await own.anonymous.get('/readyz')).text.includes('mail:'), 'an attempt in vain')
    // An SQLite file is one node's.
    const second = engine.name === 'postgres' ? await own.secondNode() : undefined
    await mail.up()
    own.advance(PAUSE)
    second?.advance(PAUSE)
    await mail.mailsTo(email)
    await second?.stop()
    await own.stop()
    expect(mail.received.filter(({ to }) => to.includes(email))).toHaveLength(1)
  })

  test('what waits when the program ends is sent by the next', async () => {
    const email = somebody()
    const database = await engine.newDatabase()
    const first = await serve(database, { env: env() })
    await mail.down()
    await ask(email, first)
    await first.stop()
    await mail.up()
    const next = await serve(database, { env: env() })
    next.advance(PAUSE)
    expect(await mail.mailsTo(email)).toHaveLength(1)
    await next.stop()
    await database.drop()
  })

  test('three codes live at once; no further mail leaves, and the answer does not tell', async () => {
    const email = somebody()
    const answers = new Set<string>()
    for (let n = 0; n < 6; n++) answers.add((await ask(email)).text)
    expect(answers.size).toBe(1)
    await mail.mailsTo(email, 3)
    await verify(email, await mail.codeFor(email, 3))
    await ask(email)
    expect(await mail.mailsTo(email, 4)).toHaveLength(4)
  })

  test('past ten mails an hour to an address no further one leaves', async () => {
    const email = somebody()
    for (let n = 1; n <= 10; n++) {
      await ask(email)
      expect((await verify(email, await mail.codeFor(email, n))).status).toBe(200)
    }
    await ask(email)
    const other = somebody()
    await ask(other)
    await mail.mailsTo(other)
    expect(mail.received.filter(({ to }) => to.includes(email))).toHaveLength(10)
    server.advance(HOUR + 1000)
    await ask(email)
    await mail.mailsTo(email, 11)
  })

  test('a recipient that the mail server refuses for good is not tried again', async () => {
    const email = somebody()
    let tries = 0
    mail.refuse = (address) => {
      if (address !== email) return undefined
      tries++
      return Object.assign(new Error('no such user'), { responseCode: 550 })
    }
    await ask(email)
    await until(() => tries === 1, 'the refusal')
    server.advance(PAUSE)
    mail.refuse = undefined
    const other = somebody()
    await ask(other)
    await mail.mailsTo(other)
    expect(mail.received.filter(({ to }) => to.includes(email))).toHaveLength(0)
  })

  test('a code that expired while the mail server was away is not sent any more', async () => {
    const email = somebody()
    const rowOf = () => server.opened.read.rows('SELECT state, trouble FROM outbox WHERE recipient = ?', [email])
    await mail.down()
    await ask(email)
    await until(async () => (await rowOf())[0]!.trouble !== null, 'an attempt in vain')
    server.advance(HOUR)
    await mail.up()
    await until(async () => (await rowOf())[0]!.state === 'refused', 'a refused row')
    expect(String((await rowOf())[0]!.trouble)).toContain('expired')
    expect(mail.received.filter(({ to }) => to.includes(email))).toEqual([])
  })

  test.each([
    ['invite', 'nobody'],
    ['acme.example, ada@byron.example', 'listed'],
  ])('sign-up policy %s: the answer is the same, and no mail leaves', async (policy, kind) => {
    const strict = await startServer(engine, { env: { ...env(), CRMKIT_SIGNUP: policy } })
    const stranger = somebody()
    const known = (await ask(stranger, server)).text.replaceAll(stranger, 'x')
    expect((await ask(stranger, strict)).text.replaceAll(stranger, 'x')).toBe(known)
    await mail.mailsTo(stranger, 1)
    for (const email of kind === 'listed' ? [`a${++people}@acme.example`, 'ada@byron.example'] : []) {
      const already = mail.received.filter(({ to }) => to.includes(email)).length
      await ask(email, strict)
      await mail.mailsTo(email, already + 1)
    }
    await strict.stop()
    expect(mail.received.filter(({ to }) => to.includes(stranger))).toHaveLength(1)
  })

  test('who is invited past a list of those who may sign up gets no mail, and the inviter is told', async () => {
    const strict = await startServer(engine, { env: { ...env(), CRMKIT_SIGNUP: 'acme.example' } })
    const email = `boss${++people}@acme.example`
    await ask(email, strict)
    const token = (await strict.anonymous.post('/auth/verify', { email, code: await mail.codeFor(email) })).label(
      'token',
    )
    const admin = clientOf(strict.url, token)
    const path = `/${(await admin.get('/whoami')).label('workspace_id')!.replace('workspace/', 'workspaces/')}/invites`
    const [colleague, guest] = [`colleague${++people}@acme.example`, somebody()]
    expect((await admin.post(path, { email: guest })).text).toContain('# next step: no mail was sent')
    expect((await admin.post(path, { email: colleague })).text).toContain('# next step: they join')
    await mail.mailsTo(colleague)
    await strict.stop()
    expect(mail.received.filter(({ to }) => to.includes(guest))).toEqual([])
  })

  test('an address that may not sign in costs the very same writes', async () => {
    const strict = await startServer(engine, { env: { ...env(), CRMKIT_SIGNUP: 'acme.example' } })
    const rowsOf = async (email: string) => {
      await ask(email, strict)
      const count = async (table: string, column: string) =>
        (await strict.opened.read.rows(`SELECT 1 AS one FROM ${table} WHERE ${column} = ?`, [email])).length
      return [
        await count('sign_in_codes', 'email'),
        await count('outbox', 'recipient'),
        await count('sign_in_guesses', 'email'),
      ]
    }
    expect(await rowsOf('somebody@acme.example')).toEqual([1, 1, 1])
    expect(await rowsOf('somebody@else.example')).toEqual([1, 1, 1])
    await mail.mailsTo('somebody@acme.example')
    await strict.stop()
    expect(mail.received.filter(({ to }) => to.includes('somebody@else.example'))).toEqual([])
  })

  test('an invite quotes the name of the workspace, harmless and short, and comes to that address', async () => {
    const email = somebody()
    await ask(email)
    const admin = clientOf(server.url, (await verify(email, await mail.codeFor(email))).label('token'))
    const name = `http://evil.example/?<b>\u202e"click" ${'long '.repeat(14)}`
    const made = await admin.post('/workspaces', { name: name.slice(0, 100) })
    const guest = somebody()
    expect((await admin.post(`/workspaces/${made.id}/invites`, { email: guest })).status).toBe(201)
    const [received] = await mail.mailsTo(guest)
    const quoted = /“([^”]*)”/.exec(received!.mail.text!)![1]!
    expect(quoted).toMatch(/^http evil example b click long/)
    expect([...quoted].length).toBeLessThanOrEqual(60)
    expect(received!.raw).not.toMatch(/evil\.example|<b>/)
  })

  test('invites take a few of the mails that an address gets in an hour, and leave the others for its codes', async () => {
    const email = somebody()
    await ask(email)
    const admin = clientOf(server.url, (await verify(email, await mail.codeFor(email))).label('token'))
    const guest = somebody()
    for (const name of ['One', 'Two']) {
      const { id } = await admin.post('/workspaces', { name })
      for (let n = 0; n < 6; n++)
        expect((await admin.post(`/workspaces/${id}/invites`, { email: guest })).status).toBe(n ? 200 : 201)
    }
    await mail.mailsTo(guest, 3)
    await ask(guest)
    const received = await mail.mailsTo(guest, 4)
    expect(received.map((each) => each.mail.subject!.includes('code'))).toEqual([false, false, false, true])
  })

  test('step-up codes come by mail, and the answer does not hold them', async () => {
    const email = somebody()
    await ask(email)
    const admin = clientOf(server.url, (await verify(email, await mail.codeFor(email))).label('token'))
    const { id } = await admin.post('/workspaces', { name: 'Doomed' })
    const first = await admin.delete(`/workspaces/${id}`)
    expect([first.status, first.label('error')]).toEqual([403, 'escalation_required'])
    const code = await mail.codeFor(email, 2)
    expect(first.text).not.toContain(code)
    expect(mail.received.at(-1)!.raw).not.toContain('Doomed')
    expect((await admin.delete(`/workspaces/${id}`, { headers: { 'x-escalation-code': code } })).status).toBe(200)
  })

  test('the database holds no code, not even of a mail that waits', async () => {
    const email = somebody()
    await mail.down()
    await ask(email)
    const rows = await server.opened.read.rows('SELECT sealed FROM outbox WHERE recipient = ?', [email])
    expect(String(rows[0]!.sealed)).toMatch(/^[A-Za-z0-9+/=]{60,}$/)
    await mail.up()
    server.advance(PAUSE)
    const code = await mail.codeFor(email)
    await until(async () => {
      const [row] = await server.opened.read.rows('SELECT sealed, state FROM outbox WHERE recipient = ?', [email])
      return row!.state === 'sent' && row!.sealed === ''
    }, 'an emptied row')
    const codes = await server.opened.read.rows('SELECT * FROM sign_in_codes WHERE email = ?', [email])
    expect(JSON.stringify(codes)).not.toContain(`"${code}"`)
  })
})

test.each([
  [{ CRMKIT_HOST: '0.0.0.0' }, /CRMKIT_SMTP_URL/],
  [{ CRMKIT_SMTP_URL: 'smtp://mail.example' }, /CRMKIT_MAIL_FROM/],
  [{ CRMKIT_SMTP_URL: 'http://mail.example', CRMKIT_MAIL_FROM: 'a@b.example' }, /smtp:\/\//],
  [{ CRMKIT_SMTP_URL: 'smtp://mail.example', CRMKIT_MAIL_FROM: 'a@b.example\r\nBcc: c@d.example' }, /CRMKIT_MAIL_FROM/],
  [{ CRMKIT_SIGNUP: 'everybody' }, /CRMKIT_SIGNUP/],
  [{ CRMKIT_TRUST_PROXY: '10.0.0.0/99' }, /CRMKIT_TRUST_PROXY/],
  [{ CRMKIT_PLANS: '/nowhere/plans.json' }, /CRMKIT_PLANS/],
  [{ CRMKIT_DEFAULT_PLAN: 'gold' }, /free, unlimited/],
])('settings %j are refused with a sentence', (environment, sentence) => {
  expect(() => readConfig({}, { HOME: '/tmp', ...environment })).toThrow(sentence)
})

test('an address that listens beyond this machine needs no more than a mail server', () => {
  const environment = {
    CRMKIT_HOST: '0.0.0.0',
    CRMKIT_SMTP_URL: 'smtp://mail.example',
    CRMKIT_MAIL_FROM: 'a@b.example',
  }
  const config = readConfig({}, { HOME: '/tmp', ...environment })
  expect([config.localMode, config.defaultPlan]).toEqual([false, 'free'])
})
