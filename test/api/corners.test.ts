// Corners of the contract where two of its sentences meet, or where what is usual stops.

import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../support/client.ts'
import { engines, onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

const MEBIBYTE = 1 << 20

onBothEngines('corners', (engine) => {
  let server: TestServer
  let agent: Client
  beforeAll(async () => {
    server = await startServer(engine)
    agent = await server.signIn()
  })
  afterAll(() => server.stop())

  test('whatever is above the most counts as the most, however long the number', async () => {
    await agent.post('/contacts', { name: 'Ada' })
    for (const path of ['/contacts', '/activities', '/audit', '/reminders', '/search?q=ada'])
      for (const limit of ['201', '9999999999', '9'.repeat(400)]) {
        const reply = await agent.get(`${path}${path.includes('?') ? '&' : '?'}limit=${limit}`)
        expect([path, reply.status], reply.text).toEqual([path, 200])
      }
    for (const limit of ['0', '-1', '1.5', '0'.repeat(20), ''])
      expect((await agent.get(`/contacts?limit=${limit}`)).label('error')).toBe('invalid_limit')
  })

  test('any number under custom is found by what is printed of it, and lies between no others', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ noNaN: true, noDefaultInfinity: true, min: -9e15, max: 9e15 }), async (score) => {
        const { id } = await agent.post('/contacts', { name: 'N', custom: { score } })
        const printed = (await agent.get(`/contacts/${id}`)).value('custom.score')
        const found = async (operator: string) =>
          (await agent.get(`/contacts?id=${id}&custom.score=${encodeURIComponent(operator + printed)}`)).total
        const counts = []
        for (const operator of ['', 'in:', 'gte:', 'lte:', 'ne:', 'gt:', 'lt:']) counts.push(await found(operator))
        expect(counts, printed).toEqual([1, 1, 1, 1, 0, 0, 0])
      }),
      { numRuns: 40, examples: [[6.619520473914848e-207], [5e-324], [1.521563691433858e-17], [-0.1], [0]] },
    )
  })

  test('reminders are a list: long values are clipped', async () => {
    const [name, note] = ['T'.repeat(300), 'f'.repeat(281)]
    await agent.post('/contacts', { name, follow_up_at: '2020-01-01', follow_up_note: note })
    const reply = await agent.get('/reminders')
    expect(reply.text).toContain(` name="${'T'.repeat(280)}"+20 `)
    expect(reply.text).toContain(` follow_up_note="${'f'.repeat(280)}"+1`)
  })

  test('the answer to a change of the time zone shows its times in that zone', async () => {
    const mine = await server.signIn()
    const path = `/workspaces/${(await mine.get('/whoami')).label('workspace_id')!.split('/')[1]}`
    const changed = await mine.patch(path, { timezone: 'Asia/Tokyo' })
    expect(changed.value('created_at')).toMatch(/\+09:00$/)
    expect((await mine.get(path)).value('created_at')).toBe(changed.value('created_at'))
  })

  test('If-Match and "version" both hold, or nothing is done', async () => {
    const { id } = await agent.post('/contacts', { name: 'Two' })
    await agent.patch(`/contacts/${id}`, { title: 'a' })
    const both = (header: string, version: number) =>
      agent.patch(`/contacts/${id}`, { version, title: 'b' }, { headers: { 'if-match': header } })
    for (const [header, version] of [
      ['2', 1],
      ['1', 2],
      ['1', 1],
    ] as const) {
      const reply = await both(header, version)
      expect([reply.status, reply.label('error'), reply.value('version')]).toEqual([412, 'version_mismatch', '2'])
    }
    expect((await both('2', 2)).value('title')).toBe('b')
  })

  test('a version is a whole number from 1 on, and no condition on a record that is not there', async () => {
    const { id } = await agent.post('/contacts', { name: 'Versions' })
    for (const version of [0, -1, 1.5, '1'])
      expect((await agent.patch(`/contacts/${id}`, { version, title: 'a' })).problems, String(version)).toEqual([
        'version - must be the version that the record has, such as 3',
      ])
    const email = 'conditional@corners.example'
    for (const [body, headers] of [
      [{ email, version: 1 }, {}],
      [{ email }, { 'if-match': '1' }],
    ] as const) {
      const made = await agent.post('/contacts', body, { headers })
      expect([made.status, made.label('error')]).toEqual([400, 'invalid_value'])
      expect(made.text).toContain('is a condition on a record that is not there')
    }
    expect((await agent.get(`/contacts?email=${email}`)).total).toBe(0)
    await agent.post('/contacts', { email })
    expect((await agent.post('/contacts', { email, version: 1, title: 'a' })).value('version')).toBe('2')
  })

  test('an id of another kind in a path is 404 with the path where it is seen', async () => {
    const { id } = await agent.post('/contacts', { name: 'Kind' })
    const whoami = await agent.get('/whoami')
    const [workspace, user, token] = ['workspace_id', 'user_id', 'token_id'].map(
      (label) => whoami.label(label)!.split('/')[1]!,
    )
    const activity = (await agent.post(`/contacts/${id}/activities`, { kind: 'note' })).id
    const event = (await agent.get('/audit?limit=1')).id
    const seen = [
      ['GET', `/workspaces/${id}`, `a contact. Use /contacts/${id}.`],
      ['DELETE', `/tokens/${id}`, `a contact. Use /contacts/${id}.`],
      ['GET', `/contacts/${activity}`, `an activity. Use /activities/${activity}.`],
      ['GET', `/deals/${workspace}/activities`, `a workspace. Use /workspaces/${workspace}.`],
      ['GET', `/contacts/${token}`, 'a token. Use /tokens.'],
      ['DELETE', `/contacts/${user}`, `a user. Use /workspaces/${workspace}/members.`],
      ['GET', `/companies/${event}`, 'an event. Use /audit.'],
      ['DELETE', `/workspaces/${workspace}/members/${token}`, 'a token. Use /tokens.'],
    ] as const
    for (const [method, path, hint] of seen) {
      const reply = await agent.call(method, path)
      expect([reply.status, reply.label('error'), reply.label('hint')]).toEqual([
        404,
        'not_found',
        `That is the id of ${hint}`,
      ])
    }
  })

  test('what a token stands for is what it is now: zone, name, role, membership, and whether it lives', async () => {
    const [admin, guest] = [await server.signIn('now-admin@example.com'), await server.signIn('now-guest@example.com')]
    const path = `/workspaces/${(await admin.get('/whoami')).label('workspace_id')!.split('/')[1]}`
    await admin.post(`${path}/invites`, { email: 'now-guest@example.com' })
    await server.signIn('now-guest@example.com')
    const id = path.split('/')[2]!
    const there = await server.signIn('now-guest@example.com', { workspace_id: id })
    const whoami = await there.get('/whoami')
    const [user, token] = ['user_id', 'token_id'].map((label) => whoami.label(label)!.split('/')[1]!)
    // Other writes, after which nothing of it is looked up anew.
    const busy = () => guest.post('/contacts', { name: 'Busy' })
    const now = async (label: string) => {
      await busy()
      return (await there.get('/whoami')).label(label)
    }
    expect([await now('timezone'), await now('role')]).toEqual(['UTC', 'member'])
    await admin.patch(path, { timezone: 'Asia/Tokyo', name: 'Renamed' })
    expect([await now('timezone'), await now('workspace')]).toEqual(['Asia/Tokyo', 'Renamed'])
    const promote = `${path}/members/${user}/role`
    const code = (await admin.post(promote, { role: 'admin' })).label('local_code')
    await admin.post(`${promote}?code=${code}`, { role: 'admin' })
    expect(await now('role')).toBe('admin')
    await admin.post(promote, { role: 'member' })
    expect(await now('role')).toBe('member')
    const other = await server.signIn('now-guest@example.com', { workspace_id: id })
    expect((await other.delete(`/tokens/${token}`)).status).toBe(200)
    expect(await now('role')).toBeUndefined()
    await busy()
    expect((await other.get('/whoami')).label('role')).toBe('member')
    await admin.delete(`${path}/members/${user}`)
    expect((await other.get('/whoami')).label('error')).toBe('invalid_token')
  })

  test('without workspace_id a token is for the workspace chosen last, also within one second', async () => {
    for (let round = 0; round < 6; round++) {
      const email = `chooser${round}@example.com`
      const mine = await server.signIn(email)
      const own = (await mine.get('/whoami')).label('workspace_id')!.split('/')[1]!
      const { id } = await mine.post('/workspaces', { name: 'two' })
      for (const wanted of [id, own, id]) {
        await server.signIn(email, { workspace_id: wanted })
        const again = await server.signIn(email)
        expect((await again.get('/whoami')).label('workspace_id')).toBe(`workspace/${wanted}`)
      }
    }
  })

  test('nor is one needed after a call in another workspace, and calls in one workspace write nothing of it', async () => {
    const email = 'switcher@example.com'
    const mine = await server.signIn(email)
    const user = (await mine.get('/whoami')).label('user_id')!.split('/')[1]!
    const { id } = await mine.post('/workspaces', { name: 'two' })
    const other = await server.signIn(email, { workspace_id: id })
    const uses = () => {
      const sql = 'SELECT workspace_id, last_used_at FROM memberships WHERE user_id = ? ORDER BY workspace_id'
      return server.opened.read.rows(sql, [user])
    }
    for (const agent of [mine, other, mine, mine, other]) {
      server.advance(1_000)
      const used = (await agent.get('/whoami')).label('workspace_id')
      const noted = await uses()
      server.advance(2_000)
      await agent.get('/contacts')
      expect(await uses()).toEqual(noted)
      // Read only: a token that is minted counts as a use itself.
      const [chosen] = noted.toSorted((a, b) => Number(b.last_used_at) - Number(a.last_used_at))
      expect(`workspace/${chosen!.workspace_id}`).toBe(used)
    }
    for (const agent of [mine, other]) {
      server.advance(1_000)
      const used = (await agent.get('/whoami')).label('workspace_id')
      expect((await (await server.signIn(email)).get('/whoami')).label('workspace_id')).toBe(used)
    }
    // Who uses both in turn writes once a second, and does not get ahead of the clock.
    const latest = async () => Math.max(...(await uses()).map((row) => Number(row.last_used_at)))
    const [before, started] = [await latest(), performance.now()]
    for (let n = 0; n < 10; n++) for (const agent of [mine, other]) await agent.get('/contacts')
    expect((await latest()) - before).toBeLessThanOrEqual(2 + (performance.now() - started) / 1_000)
  })
})

describe('answers that come before a call is reached', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(engines.sqlite, { env: { CRMKIT_RATE_LIMIT: '100' } })
  })
  afterAll(() => server.stop())

  test('a client that sends all of a body which is too large reads 413, and may use the connection on', async () => {
    const agent = await server.signIn()
    for (const mebibytes of [1.1, 2, 5, 10])
      for (const sender of [agent, server.anonymous]) {
        const body = JSON.stringify({ name: 'x'.repeat(mebibytes * MEBIBYTE) })
        const reply = await sender.post('/contacts', body)
        expect([mebibytes, reply.status, reply.label('error')]).toEqual([mebibytes, 413, 'body_too_large'])
      }
    expect((await agent.get('/contacts')).total).toBe(0)
  })

  test('a hint names each parameter once', async () => {
    const agent = await server.signIn()
    expect((await agent.get('/export?x=1')).label('hint')).toMatch(/ takes: types, format\.$/)
  })

  test('OAuth for programs speaks JSON alone: too large, another method, another format, too many', async () => {
    for (const path of ['/oauth/register', '/oauth/token', '/oauth/revoke']) {
      const ask = (method: string, more = '', body?: string) => fetch(`${server.url}${path}${more}`, { method, body })
      const asked = [
        [413, await ask('POST', '', 'x'.repeat(2 * MEBIBYTE))],
        [405, await ask('DELETE')],
        [400, await ask('POST', '?format=xml')],
      ] as const
      for (const [status, reply] of asked) {
        expect([path, reply.status, reply.headers.get('content-type')]).toEqual([
          path,
          status,
          'application/json; charset=utf-8',
        ])
        expect(await reply.json()).toMatchObject({ error: expect.any(String) })
      }
    }
    let last: Response
    do last = await fetch(`${server.url}/oauth/register`, { method: 'POST', body: '{}' })
    while (last.status !== 429)
    expect(await last.json()).toMatchObject({ status: 429 })
  })
})
