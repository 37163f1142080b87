// Contract §3 and §7: plan caps, request rates, and retries under an Idempotency-Key.

import { writeFileSync } from 'node:fs'
import { BlockList } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clientAddress, networkOf } from '../../src/access/client-address.ts'
import { type Client, clientOf } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startMailServer } from '../support/mail.ts'
import { startServer, type TestServer } from '../support/server.ts'

onBothEngines('plans', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    const file = join(tmpdir(), `crmkit-plans-${process.pid}-${engine.name}.json`)
    const tiny = { workspaces: 2, members: 3, contacts: 10, companies: 0, deals: null }
    writeFileSync(file, JSON.stringify({ tiny }))
    server = await startServer(engine, { env: { CRMKIT_PLANS: file, CRMKIT_DEFAULT_PLAN: 'tiny' } })
  })
  afterAll(() => server.stop())

  test('64 simultaneous creates stop at the cap; an update still works; a deletion makes room', async () => {
    const agent = await server.signIn()
    const made = await Promise.all(
      Array.from({ length: 64 }, (_, n) => agent.post('/contacts', { email: `c${n}@example.com` })),
    )
    const created = made.filter(({ status }) => status === 201)
    expect(created).toHaveLength(10)
    const refused = made.find(({ status }) => status === 403)!
    expect(['error', 'resource', 'used', 'limit'].map(refused.label)).toEqual([
      'plan_limit_reached',
      'contacts',
      '10',
      '10',
    ])
    expect((await agent.get('/contacts')).total).toBe(10)
    expect((await agent.get('/audit')).total).toBe(10)
    expect((await agent.get('/whoami')).label('contacts')).toBe('10 / 10')
    const updated = await agent.post('/contacts', { email: created[0]!.value('email'), title: 'Countess' })
    expect(updated.comments).toEqual(['updated'])
    const asked = await agent.delete(`/contacts/${created[0]!.id}`)
    await agent.delete(`/contacts/${created[0]!.id}?confirm=${asked.label('confirm')}`)
    expect((await agent.post('/contacts', { name: 'One more' })).status).toBe(201)
    expect((await agent.post('/companies', { name: 'None' })).label('limit')).toBe('0')
    expect((await agent.post('/deals', { title: 'Any' })).status).toBe(201)
  })

  test('workspaces of one’s own and members with invites are capped, also under simultaneous calls', async () => {
    const agent = await server.signIn()
    const spaces = await Promise.all(Array.from({ length: 16 }, (_, n) => agent.post('/workspaces', { name: `n${n}` })))
    expect(spaces.filter(({ status }) => status === 201)).toHaveLength(1)
    expect((await agent.get('/whoami')).label('workspaces')).toBe('2 / 2')
    const home = (await agent.get('/whoami')).label('workspace_id')!.split('/')[1]
    const invite = (n: number) =>
      agent.post(`/workspaces/${home}/invites`, { email: `i${n}-${engine.name}@example.com` })
    const invites = await Promise.all(Array.from({ length: 16 }, (_, n) => invite(n)))
    expect(invites.filter(({ status }) => status === 201)).toHaveLength(2)
    expect(invites.find(({ status }) => status === 403)!.label('resource')).toBe('members')
    const guest = await server.signIn(invites.find(({ status }) => status === 201)!.value('email')!)
    expect((await guest.get('/workspaces')).total).toBe(2)
    expect((await guest.get('/whoami')).label('workspaces')).toBe('1 / 2')
    expect((await agent.get('/whoami')).label('members')).toBe('3 / 3')
    const json = (await agent.post('/workspaces?format=json', { name: 'x' })).json()
    expect(json).toMatchObject({ error: 'plan_limit_reached', resource: 'workspaces', used: 2, limit: 2 })
  })
})

onBothEngines('request rates', (engine) => {
  test('a token has its limit, a user and an address larger ones; headers tell', async () => {
    const server = await startServer(engine, { env: { CRMKIT_RATE_LIMIT: '20' } })
    const agent = await server.signIn('busy@example.com')
    const first = await agent.get('/whoami')
    expect(first.headers.get('ratelimit-policy')).toBe('"token";q=20;w=60')
    expect(first.headers.get('ratelimit')).toMatch(/^"token";r=19;t=\d+$/)
    const rest = await Promise.all(Array.from({ length: 30 }, () => agent.get('/whoami')))
    expect(rest.filter(({ status }) => status === 200)).toHaveLength(19)
    const refused = rest.find(({ status }) => status === 429)!
    expect(refused.label('error')).toBe('rate_limited')
    expect(refused.label('retry_after')).toBe(refused.headers.get('retry-after'))
    expect(refused.headers.get('ratelimit')).toMatch(/^"token";r=0;t=\d+$/)
    expect((await server.anonymous.get('/healthz')).headers.get('ratelimit')).toBeNull()
    server.advance(61_000)
    expect((await agent.get('/whoami')).status).toBe(200)
    const anonymous = await Promise.all(Array.from({ length: 240 }, () => server.anonymous.get('/contacts')))
    expect(anonymous.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(40)
    expect((await server.anonymous.get('/readyz')).status).toBe(200)
    await server.stop()
  })

  test('the tokens of a user share a limit; signing in has a stricter one', async () => {
    const server = await startServer(engine, { env: { CRMKIT_RATE_LIMIT: '20' } })
    const agent = await server.signIn('many@example.com')
    const home = (await agent.get('/whoami')).label('workspace_id')!.split('/')[1]
    const tokens: Client[] = []
    for (let n = 0; n < 5; n++)
      tokens.push(clientOf(server.url, (await agent.post(`/workspaces/${home}/tokens`)).label('token')))
    const replies = await Promise.all(tokens.flatMap((token) => Array.from({ length: 16 }, () => token.get('/whoami'))))
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(60 - 6)
    server.advance(61_000)
    const asked = await Promise.all(
      Array.from({ length: 16 }, (_, n) => server.anonymous.post('/auth/request', { email: `s${n}@example.com` })),
    )
    expect(asked.filter(({ status }) => status === 200)).toHaveLength(10)
    expect((await agent.get('/whoami')).status).toBe(200)
    await server.stop()
  })
})

onBothEngines('idempotency', (engine) => {
  let server: TestServer
  let agent: Client
  beforeAll(async () => {
    server = await startServer(engine)
    agent = await server.signIn()
  })
  afterAll(() => server.stop())
  let keys = 0
  const keyed = (key = `key-${++keys}`) => ({ headers: { 'idempotency-key': key } })

  test('64 simultaneous retries make one deal and get one answer', async () => {
    const key = keyed()
    const replies = await Promise.all(Array.from({ length: 64 }, () => agent.post('/deals', { title: 'Once' }, key)))
    expect(new Set(replies.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
    expect(replies.filter(({ headers }) => headers.get('idempotency-replayed') === 'true')).toHaveLength(63)
    expect((await agent.get('/deals?title=Once')).total).toBe(1)
    expect((await agent.get(`/audit?target=${replies[0]!.id}`)).total).toBe(1)
  })

  test('the answer stays the first one, in either format, though the record changed; another request is a conflict', async () => {
    const key = keyed()
    const first = await agent.post('/deals', { title: 'First' }, key)
    await agent.patch(`/deals/${first.id}`, { title: 'Changed' })
    expect((await agent.post('/deals', { title: 'First' }, key)).text).toBe(first.text)
    const json = await agent.post('/deals?format=json', { title: 'First' }, key)
    expect([json.status, json.json().title, json.json().result]).toEqual([201, 'First', 'created'])
    for (const other of [
      await agent.post('/deals', { title: 'Other' }, key),
      await agent.post('/contacts', { name: 'First' }, key),
      await agent.post('/deals?fields=title', { title: 'First' }, key),
      await agent.patch(`/deals/${first.id}`, { title: 'First' }, key),
    ])
      expect([other.status, other.label('error')]).toEqual([409, 'conflict'])
  })

  test('PATCH and DELETE are replayed too, and a refused request may be mended under its key', async () => {
    const { id } = await agent.post('/contacts', { name: 'Gone soon' })
    const patch = keyed()
    const once = await agent.patch(`/contacts/${id}`, { title: 'Count' }, patch)
    const twice = await agent.patch(`/contacts/${id}`, { title: 'Count' }, patch)
    expect([twice.text, twice.value('version')]).toEqual([once.text, '2'])
    const confirm = (await agent.delete(`/contacts/${id}`)).label('confirm')
    const drop = keyed()
    const gone = await agent.delete(`/contacts/${id}?confirm=${confirm}`, drop)
    expect((await agent.delete(`/contacts/${id}?confirm=${confirm}`, drop)).text).toBe(gone.text)
    const mended = keyed()
    expect((await agent.post('/deals', { titel: 'x' }, mended)).status).toBe(400)
    expect((await agent.post('/deals', { title: 'x' }, mended)).status).toBe(201)
  })

  test('who deletes the workspace of their token under a key is answered', async () => {
    const mine = await server.signIn()
    const path = `/workspaces/${(await mine.get('/whoami')).label('workspace_id')!.split('/')[1]}`
    const key = keyed()
    const code = (await mine.delete(path, key)).label('local_code')
    const gone = await mine.delete(`${path}?code=${code}`, key)
    expect([gone.status, gone.comments.at(-1)]).toEqual([200, 'deleted'])
    expect((await mine.delete(`${path}?code=${code}`, key)).label('error')).toBe('invalid_token')
  })

  test('a change under another condition is another request', async () => {
    const { id } = await agent.post('/deals', { title: 'One' })
    const { headers } = keyed()
    const change = (version: string) =>
      agent.patch(`/deals/${id}`, { title: 'Two' }, { headers: { ...headers, 'if-match': version } })
    expect((await change('"1"')).status).toBe(200)
    expect((await change('"1"')).headers.get('idempotency-replayed')).toBe('true')
    const other = await change('"2"')
    expect([other.status, other.label('error')]).toEqual([409, 'conflict'])
  })

  test('a key is its token’s own, and forgotten after 24 hours', async () => {
    const key = keyed()
    const first = await agent.post('/deals', { title: 'Mine' }, key)
    const other = await server.signIn()
    expect((await other.post('/deals', { title: 'Theirs' }, key)).status).toBe(201)
    server.advance(24 * 3_600_000 + 1000)
    const later = await agent.post('/deals', { title: 'Mine' }, key)
    expect([later.status, later.id === first.id]).toEqual([201, false])
    for (const bad of ['', 'a b', 'é', 'x'.repeat(256)])
      expect(
        (await agent.post('/deals', { title: 'x' }, keyed(encodeURI(bad).includes('%C3') ? 'a b' : bad))).status,
      ).toBe(400)
  })

  test('the kept answer of a mint does not show the token to who reads the database', async () => {
    const key = keyed()
    const home = (await agent.get('/whoami')).label('workspace_id')!.split('/')[1]
    const token = (await agent.post(`/workspaces/${home}/tokens`, {}, key)).label('token')!
    expect((await agent.post(`/workspaces/${home}/tokens`, {}, key)).label('token')).toBe(token)
    const rows = await server.opened.read.rows('SELECT * FROM idempotency_keys')
    expect(JSON.stringify(rows)).not.toContain(token)
    expect(
      (await agent.get('/tokens')).records.filter(({ values }) => values.get('name')?.text === 'default'),
    ).toHaveLength(2)
  })
})

test('nodes share the rates and honour a revocation at once', async () => {
  const { engines } = await import('../support/engines.ts')
  const one = await startServer(engines.postgres, { env: { CRMKIT_RATE_LIMIT: '40' } })
  const two = await one.secondNode()
  const agent = await one.signIn('nodes@example.com')
  const there = clientOf(two.url, agent.token)
  const replies = await Promise.all(
    Array.from({ length: 80 }, (_, n) => (n % 2 ? agent.get('/whoami') : there.get('/whoami'))),
  )
  expect(replies.filter(({ status }) => status === 200)).toHaveLength(40)
  one.advance(61_000)
  two.advance(61_000)
  const id = (await agent.get('/tokens')).records[0]!.handle
  expect((await there.get('/whoami')).status).toBe(200)
  await agent.delete(`/${id}`)
  expect((await there.get('/whoami')).label('error')).toBe('invalid_token')
  await two.stop()
  await one.stop()
})

test('the client address behind trusted proxies, and those that are not', async () => {
  const trusted = new BlockList()
  trusted.addSubnet('10.0.0.0', 8, 'ipv4')
  trusted.addAddress('::1', 'ipv6')
  const cases: [remote: string, forwarded: string | undefined, client: string][] = [
    ['203.0.113.9', '1.2.3.4', '203.0.113.9'],
    ['10.0.0.1', undefined, '10.0.0.1'],
    ['10.0.0.1', '1.2.3.4', '1.2.3.4'],
    ['::ffff:10.0.0.1', '9.9.9.9, 1.2.3.4', '1.2.3.4'],
    ['10.0.0.1', '1.2.3.4, 10.0.0.7', '1.2.3.4'],
    ['::1', 'nonsense', '::1'],
    ['::1', '2001:db8::5', '2001:db8::5'],
    ['10.0.0.1', '1.2.3.4:5678', '1.2.3.4'],
    ['10.0.0.1', '[2001:db8::5]:5678', '2001:db8::5'],
    ['10.0.0.1', '[2001:db8::5]', '2001:db8::5'],
  ]
  for (const [remote, forwarded, client] of cases) expect(clientAddress(remote, forwarded, trusted)).toBe(client)
  expect(networkOf('1.2.3.4')).toBe('1.2.3.4')
  const same = ['2001:db8:1:2:3:4:5:6', '2001:0db8:0001:0002::1', '2001:db8:1:2::']
  expect(new Set(same.map(networkOf))).toEqual(new Set(['2001:db8:1:2::/64']))
  expect(networkOf('::1')).toBe('0:0:0:0::/64')
})

test('a proxy that is named tells the client addresses apart', async () => {
  const { engines } = await import('../support/engines.ts')
  const mail = await startMailServer()
  const env = { CRMKIT_SMTP_URL: mail.url, CRMKIT_MAIL_FROM: 'a@b.example', CRMKIT_RATE_LIMIT: '20' }
  const named = await startServer(engines.sqlite, { env: { ...env, CRMKIT_TRUST_PROXY: '127.0.0.1' } })
  const unnamed = await startServer(engines.sqlite, { env })
  const ask = async (server: TestServer) => {
    const replies = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        server.anonymous.post(
          '/auth/request',
          { email: `p${n}@example.com` },
          { headers: { 'x-forwarded-for': `1.2.3.${n}` } },
        ),
      ),
    )
    return replies.filter(({ status }) => status === 200).length
  }
  expect([await ask(named), await ask(unnamed)]).toEqual([12, 10])
  await named.stop()
  await unnamed.stop()
  await mail.down()
})
