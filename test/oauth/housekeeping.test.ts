// What has expired goes, and nothing that still counts.

import { expect, test } from 'vitest'
import { removeExpired } from '../../src/accounts/housekeeping.ts'
import { removeExpiredSignIns } from '../../src/oauth/housekeeping.ts'
import { clientOf } from '../support/client.ts'
import { engines } from '../support/engines.ts'
import { connect, newVisitor, registerApp } from '../support/oauth.ts'
import { startServer } from '../support/server.ts'

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
