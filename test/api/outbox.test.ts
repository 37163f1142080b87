// Mails on their way: sent by one node, given up after days, and nothing of them is kept, logged or shown.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { engines, onBothEngines } from '../support/engines.ts'
import { type MailServer, signInByMail, startMailServer, until } from '../support/mail.ts'
import { startServer, type TestServer } from '../support/server.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

const envOf = (mail: MailServer) => ({ CRMKIT_SMTP_URL: mail.url, CRMKIT_MAIL_FROM: 'crm@crmkit.example' })
const refusal = (responseCode: number) => Object.assign(new Error('canary said the mail server'), { responseCode })

onBothEngines('the outbox', (engine) => {
  let mail: MailServer
  let server: TestServer
  const lines: string[] = []
  beforeAll(async () => {
    mail = await startMailServer()
    server = await startServer(engine, { env: envOf(mail), logTo: (line) => lines.push(line) })
  })
  afterAll(async () => {
    await server.stop()
    await mail.down()
  })
  beforeEach(() => {
    mail.refuse = undefined
  })

  const ready = async () => (await server.anonymous.get('/readyz')).text
  const ask = (email: string) => server.anonymous.post('/auth/request', { email })

  test('keeps nothing of a mail that was refused', async () => {
    const email = 'refused@example.com'
    mail.refuse = () => refusal(550)
    await ask(email)
    const rows = () => server.opened.read.rows('SELECT state, sealed FROM outbox WHERE recipient = ?', [email])
    await until(async () => (await rows())[0]?.state === 'refused', 'the refusal')
    expect(await rows()).toEqual([{ state: 'refused', sealed: '' }])
  })

  test('keeps the mails of a sender whom the mail server does not take, and says so, until somebody mends the setting', async () => {
    const email = 'patient@example.com'
    mail.refuseSender = refusal(530)
    await ask(email)
    await until(async () => (await ready()).includes('530'), 'mail trouble')
    mail.refuseSender = undefined
    server.advance(60_000)
    await mail.mailsTo(email)
    await until(async () => !(await ready()).includes('mail:'), 'the end of it')
  })

  test('neither logs nor shows what a mail server says, for it may name people', async () => {
    mail.refuse = () => refusal(451)
    await ask('named@example.com')
    await until(async () => (await ready()).includes('mail:'), 'mail trouble')
    expect(await ready()).not.toMatch(/canary|named/)
    expect(lines.join('')).toContain('mail_not_sent')
    expect(lines.join('')).not.toMatch(/canary|named@/)
    mail.refuse = undefined
    server.advance(HOUR)
    await until(async () => !(await ready()).includes('mail:'), 'the end of it')
  })

  test('keeps nobody waiting for a recipient whom the mail server takes its time over', async () => {
    const slow = 'slow@example.com'
    let asked = false
    let take = () => {}
    const taken = new Promise<undefined>((done) => {
      take = () => done(undefined)
    })
    mail.refuse = (address) => {
      asked ||= address === slow
      return address === slow ? taken : undefined
    }
    await ask(slow)
    await until(() => asked, 'the mail to be on its way')
    for (const other of ['other-1@example.com', 'other-2@example.com', 'other-3@example.com', 'other-4@example.com']) {
      await ask(other)
      await mail.mailsTo(other)
    }
    expect(mail.received.filter(({ to }) => to.includes(slow))).toEqual([])
    take()
    await mail.mailsTo(slow)
  })

  test('tries for days, and gives a mail up after three', async () => {
    const guest = 'guest@example.com'
    const admin = await signInByMail(server.url, mail, 'inviter@example.com')
    const workspace = (await admin.get('/whoami')).label('workspace_id')!.split('/')[1]
    mail.refuse = () => refusal(451)
    await admin.post(`/workspaces/${workspace}/invites`, { email: guest })
    await until(async () => (await ready()).includes('mail:'), 'an attempt in vain')
    server.advance(2 * DAY)
    mail.refuse = undefined
    await mail.mailsTo(guest)
    const late = 'late@example.com'
    mail.refuse = () => refusal(451)
    await admin.post(`/workspaces/${workspace}/invites`, { email: late })
    await until(async () => (await ready()).includes('mail:'), 'an attempt in vain')
    server.advance(3 * DAY + HOUR)
    await until(async () => !(await ready()).includes('mail:'), 'the end of all attempts')
    mail.refuse = undefined
    server.advance(HOUR)
    await signInByMail(server.url, mail, 'after@example.com')
    expect(mail.received.filter(({ to }) => to.includes(late))).toEqual([])
  })
})

test('a mail that one node is sending is left alone by the others', async () => {
  const mail = await startMailServer()
  const one = await startServer(engines.postgres, { env: envOf(mail) })
  const two = await one.secondNode()
  const [slow, other] = ['slow@example.com', 'other@example.com']
  let tries = 0
  let goOn = () => {}
  const held = new Promise<undefined>((done) => {
    goOn = () => done(undefined)
  })
  mail.refuse = (address) => {
    if (address !== slow) return undefined
    tries++
    return held
  }
  await one.anonymous.post('/auth/request', { email: slow })
  await until(() => tries === 1, 'the first attempt')
  await one.anonymous.post('/auth/request', { email: other })
  await mail.mailsTo(other)
  goOn()
  await mail.mailsTo(slow)
  await two.stop()
  await one.stop()
  expect([tries, mail.received.filter(({ to }) => to.includes(slow)).length]).toEqual([1, 1])
  await mail.down()
})
