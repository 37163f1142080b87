// What has expired goes, and nothing that still counts.

import { expect, test } from 'vitest'
import { removeExpired } from '../../src/accounts/housekeeping.ts'
import { removeExpiredSignIns } from '../../src/oauth/housekeeping.ts'
import { clientOf } from '../support/client.ts'
import { engines, onBothEngines } from '../support/engines.ts'
import { signInByMail, startMailServer, until } from '../support/mail.ts'
import { connect, newVisitor, registerApp } from '../support/oauth.ts'
import { startServer, type TestServer } from '../support/server.ts'

const DAY = 86_400

test.each([engines.sqlite, engines.postgres])('housekeeping ($name)', async (engine) => {
  const server = await startServer(engine)
  const used = await registerApp(server.url, { clientName: 'Used' })
  await registerApp(server.url, { clientName: 'Unused' })
  const [app, agent] = [await connect(server, used, { email: 'app@example.com' }), await server.signIn()]
  await newVisitor().open(used.authorizeUrl())
  await agent.post('/contacts', { name: 'Ada' }, { headers: { 'idempotency-key': 'once' } })
  await server.anonymous.post('/auth/request', { email: 'asked@example.com' })
  const left = async (days: number) => {
    await server.opened.write(async (db) => {
      const now = Math.floor(Date.now() / 1000) + days * DAY
      await removeExpired(db, now)
      await removeExpiredSignIns(db, now)
    })
    const counts: Record<string, number> = {}
    for (const table of [
      'oauth_requests',
      'oauth_codes',
      'oauth_clients',
      'sign_in_codes',
      'idempotency_keys',
      'tokens',
    ]) {
      const [row] = await server.opened.read.rows(`SELECT count(*) AS count FROM ${table}`)
      counts[table] = Number(row!.count)
    }
    return counts
  }
  const all = await left(0)
  expect(all).toMatchObject({ oauth_clients: 2, oauth_codes: 1, idempotency_keys: 1, tokens: 2 })
  expect([all.oauth_requests! > 0, all.sign_in_codes! > 0]).toEqual([true, true])
  const late = await left(8)
  expect(late).toEqual({
    ...{ oauth_requests: 0, oauth_codes: 1, oauth_clients: 1, sign_in_codes: 0, idempotency_keys: 0, tokens: 2 },
  })
  for (const client of [agent, clientOf(server.url, app)]) expect((await client.get('/contacts')).status).toBe(200)
  // Who is idle for 90 days is told so for 90 more.
  expect(await left(179)).toMatchObject({ oauth_codes: 0, oauth_clients: 1, tokens: 2 })
  expect(await left(181)).toMatchObject({ tokens: 0 })
  await server.stop()
})

onBothEngines('tidying up', (engine) => {
  /** As the server does it now and then, so many seconds from now. */
  const tidy = (server: TestServer, seconds: number) =>
    server.opened.write(async (db) => {
      const now = Math.floor(Date.now() / 1000) + seconds
      await removeExpired(db, now)
      await removeExpiredSignIns(db, now)
    })

  test('leaves the guesses of the day, codes that live, and apps that may still be used', async () => {
    const server = await startServer(engine)
    const [guessed, asked] = ['guessed@example.com', 'asked@example.com']
    const codeOf = async (email: string) =>
      (await server.anonymous.post('/auth/request', { email })).label('local_code')!
    const verify = (email: string, code: string) => server.anonymous.post('/auth/verify', { email, code })
    for (let n = 0; n < 20; n++) await verify(guessed, 'wrong')
    const agent = await server.signIn()
    const { id } = await agent.post('/workspaces', { name: 'Doomed' })
    const confirming = (await agent.delete(`/workspaces/${id}`)).label('local_code')
    const code = await codeOf(asked)
    const app = await registerApp(server.url)
    await tidy(server, 400)
    expect(await codeOf(guessed)).toMatch(/^[0-9a-z]{16}$/)
    expect((await agent.delete(`/workspaces/${id}?code=${confirming}`)).status).toBe(200)
    expect((await verify(asked, code)).status).toBe(200)
    await tidy(server, 6 * DAY)
    expect((await newVisitor().open(app.authorizeUrl())).status).toBe(200)
    await server.stop()
  })

  test('leaves a mail that waits', async () => {
    const mail = await startMailServer()
    const env = { CRMKIT_SMTP_URL: mail.url, CRMKIT_MAIL_FROM: 'crm@crmkit.example' }
    const server = await startServer(engine, { env })
    const admin = await signInByMail(server.url, mail, 'inviter@example.com')
    const workspace = (await admin.get('/whoami')).label('workspace_id')!.split('/')[1]
    await mail.down()
    await admin.post(`/workspaces/${workspace}/invites`, { email: 'guest@example.com' })
    await until(async () => (await server.anonymous.get('/readyz')).text.includes('mail:'), 'an attempt in vain')
    await tidy(server, DAY + 3600)
    await mail.up()
    server.advance(DAY * 1000)
    await mail.mailsTo('guest@example.com')
    await server.stop()
    await mail.down()
  })
})
