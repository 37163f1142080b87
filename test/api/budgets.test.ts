// Budgets: guesses of a day, codes that live at once, mails and invites of an hour; what they count, and what they don't.

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { type MailServer, signInByMail, startMailServer } from '../support/mail.ts'
import { startServer, type TestServer } from '../support/server.ts'

const HOUR = 3_600_000
const GUESSES = 20
const INVITES = 100
const SHORT = /^\d{6}$/
const LONG = /^[0-9a-z]{16}$/

const invitesOf = async (agent: Client) => {
  const workspace = (await agent.get('/whoami')).label('workspace_id')!
  return `/${workspace.replace('workspace/', 'workspaces/')}/invites`
}

onBothEngines('budgets', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(engine)
  })
  afterAll(() => server.stop())

  let people = 0
  const somebody = () => `person${++people}@example.com`
  const ask = async (email: string) => (await server.anonymous.post('/auth/request', { email })).label('local_code')!
  const verify = (email: string, code: string) => server.anonymous.post('/auth/verify', { email, code })

  test('a right code is no guess of the day', async () => {
    const email = somebody()
    for (let n = 0; n <= GUESSES; n++) expect((await verify(email, await ask(email))).status).toBe(200)
    expect(await ask(email)).toMatch(SHORT)
  })

  test('nor is a right code that confirms a change', async () => {
    const email = somebody()
    const admin = await server.signIn(email)
    const path = await invitesOf(admin)
    for (let n = 0; n <= GUESSES; n++) {
      const invite = { email: somebody(), role: 'admin' }
      const code = (await admin.post(path, invite)).label('local_code')
      expect((await admin.post(`${path}?code=${code}`, invite)).status).toBe(201)
    }
    expect(await ask(email)).toMatch(SHORT)
  })

  test('a long code may be typed in capitals', async () => {
    const email = somebody()
    for (let n = 0; n < GUESSES; n++) await verify(email, 'wrong')
    const code = await ask(email)
    expect(code).toMatch(LONG)
    expect((await verify(email, code.toUpperCase())).status).toBe(200)
  })

  test('three codes for one change live at once; where there is no mail, no hint speaks of one', async () => {
    const admin = await server.signIn(somebody())
    const { id } = await admin.post('/workspaces', { name: 'Doomed' })
    const asked = []
    for (let n = 0; n < 4; n++) asked.push(await admin.delete(`/workspaces/${id}`))
    for (const reply of asked) expect([reply.status, reply.label('error')]).toEqual([403, 'escalation_required'])
    expect(asked.map((reply) => reply.label('local_code') !== undefined)).toEqual([true, true, true, false])
    const hints = asked.map((reply) => reply.label('hint')!)
    for (const hint of hints) expect(hint).not.toContain('mail')
    for (const hint of hints.slice(0, 3)) expect(hint).toContain('the local_code of this answer')
    expect(hints[3]).toContain('an earlier answer')
    const first = asked[0]!.label('local_code')
    expect((await admin.delete(`/workspaces/${id}?code=${first}`)).status).toBe(200)
  })

  test('past the guesses of a day short codes for a change are dead, and make room for long ones', async () => {
    const admin = await server.signIn(somebody())
    const made = async () => `/workspaces/${(await admin.post('/workspaces', { name: 'Doomed' })).id}`
    const codeFor = async (path: string) => (await admin.delete(path)).label('local_code')!
    const path = await made()
    const short = [await codeFor(path), await codeFor(path), await codeFor(path)]
    for (let guesses = 0; guesses < GUESSES; guesses += 5) {
      const other = await made()
      const right = await codeFor(other)
      const wrong = right === '000000' ? '000001' : '000000'
      for (let n = 0; n < 5; n++)
        expect((await admin.delete(`${other}?code=${wrong}`)).label('error')).toBe('invalid_code')
    }
    expect((await admin.delete(`${path}?code=${short[0]}`)).label('error')).toBe('invalid_code')
    const long = await codeFor(path)
    expect(long).toMatch(LONG)
    expect((await admin.delete(`${path}?code=${long}`)).status).toBe(200)
  })

  test('a workspace invites 100 addresses an hour, those whose invite was withdrawn too', async () => {
    const admin = await server.signIn(somebody())
    const path = await invitesOf(admin)
    for (let n = 0; n < INVITES; n++) {
      const { id, status } = await admin.post(path, { email: somebody() })
      expect(status).toBe(201)
      if (n % 2) await admin.delete(`${path}/${id}`)
    }
    const refused = await admin.post(path, { email: somebody() })
    expect([refused.status, refused.label('error')]).toEqual([429, 'rate_limited'])
    server.advance(HOUR + 1000)
    expect((await admin.post(path, { email: somebody() })).status).toBe(201)
  })
})

onBothEngines('budgets of mails', (engine) => {
  let mail: MailServer
  let server: TestServer
  beforeAll(async () => {
    mail = await startMailServer()
    const env = { CRMKIT_SMTP_URL: mail.url, CRMKIT_MAIL_FROM: 'crm@crmkit.example' }
    server = await startServer(engine, { env: { ...env, CRMKIT_DEFAULT_PLAN: 'unlimited' } })
  })
  afterAll(async () => {
    await server.stop()
    await mail.down()
  })

  test('codes that confirm changes are among the ten mails an hour to an address', async () => {
    const [email, last] = ['flood@example.com', 'last@example.com']
    const admin = await signInByMail(server.url, mail, email)
    const path = await invitesOf(admin)
    for (let n = 0; n < 12; n++) {
      const asked = await admin.post(path, { email: `guest${n}@example.com`, role: 'admin' })
      expect(asked.label('error')).toBe('escalation_required')
    }
    await mail.mailsTo(email, 10)
    await server.anonymous.post('/auth/request', { email: last })
    await mail.mailsTo(last)
    expect(mail.received.filter(({ to }) => to.includes(email))).toHaveLength(10)
  })
})
