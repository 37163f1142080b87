// Bodies: every fault at once, and values at the edges of what is one.

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

onBothEngines('bodies', (engine) => {
  let server: TestServer
  let agent: Client
  let mine: string
  beforeAll(async () => {
    server = await startServer(engine)
    agent = await server.signIn()
    mine = `/workspaces/${(await agent.get('/whoami')).label('workspace_id')!.split('/')[1]}`
  })
  afterAll(() => server.stop())

  test('a body with several faults gets them all at once, whatever call it goes to', async () => {
    const ada = `/contacts/${(await agent.post('/contacts', { name: 'Ada' })).id}`
    const all: [method: string, path: string, body: object, fields: string[]][] = [
      ['PATCH', mine, { name: ' ', timezone: 'x', foo: 1 }, ['name', 'timezone', 'foo']],
      ['POST', '/workspaces', { name: ' ', foo: 1 }, ['name', 'foo']],
      ['POST', `${mine}/invites`, { email: 'x', role: 'y' }, ['email', 'role']],
      ['POST', `${mine}/members/u_1/role`, { role: 'q', foo: 1 }, ['role', 'foo']],
      ['POST', '/auth/request', { email: 'x', foo: 1 }, ['email', 'foo']],
      ['POST', '/auth/verify', { email: 'x' }, ['email', 'code']],
      ['POST', `${ada}/activities`, { contact_id: 'c_00000000', kind: 'q', body: 5 }, ['kind', 'body', 'contact_id']],
      ['POST', '/contacts', { version: 3, foo: 1, email: 'bad' }, ['foo', 'email', 'version']],
    ]
    for (const [method, path, body, fields] of all) {
      const reply = await agent.call(method, path, body)
      expect([path, reply.status], reply.text).toEqual([path, 400])
      expect(reply.problems.map((problem) => problem.split(' ')[0]).sort(), reply.text).toEqual([...fields].sort())
    }
    expect((await agent.get(ada)).value('activities')).toBe('0')
  })

  test('masses of faults are counted, the first fifty told, and what may be sent is listed once', async () => {
    const unknown = Object.fromEntries(Array.from({ length: 70 }, (_, at) => [`x${at}`, 1]))
    const reply = await agent.post('/contacts', { name: 'Ada', ...unknown })
    expect(reply.label('hint')).toContain(' 69 more, the first 49 of them below;')
    expect(reply.problems).toHaveLength(50)
    expect(reply.text.split('Send: name, email').length).toBe(3)
  })

  test('If-Match counts where an activity is made below a record, as it does elsewhere', async () => {
    const ada = `/contacts/${(await agent.post('/contacts', { name: 'Ada' })).id}/activities`
    for (const match of ['zz', '7'])
      expect((await agent.post(ada, { body: 'q' }, { headers: { 'if-match': match } })).status, match).toBe(400)
    expect((await agent.post(ada, { body: 'q' }, { headers: { 'if-match': '*' } })).status).toBe(201)
  })

  test('custom is emptied, or changed key by key, and never silently the one of both', async () => {
    const { id } = await agent.post('/contacts', { name: 'Keys', custom: { a: 1, b: 2 } })
    const both = await agent.patch(`/contacts/${id}`, { custom: null, 'custom.c': 3 })
    expect([both.status, both.label('error')]).toEqual([400, 'invalid_value'])
    expect((await agent.get(`/contacts/${id}`)).value('custom.a')).toBe('1')
    const merged = await agent.patch(`/contacts/${id}`, { custom: { a: null }, 'custom.c': 3 })
    expect(['a', 'b', 'c'].map((key) => merged.value(`custom.${key}`))).toEqual([undefined, '2', '3'])
    expect((await agent.patch(`/contacts/${id}`, { custom: null })).text).not.toContain('custom.')
  })

  test('a custom key that is named like what every object has is null where there is none', async () => {
    const { id } = await agent.post('/contacts', { name: 'Names', custom: { valueOf: 'mine' } })
    const path = `/contacts/${id}?fields=custom.toString,custom.valueOf&format=json`
    expect((await agent.get(path)).json()).toEqual({ id, 'custom.toString': null, 'custom.valueOf': 'mine' })
  })

  test('seconds may have any fraction, and be a leap second where one can be', async () => {
    const { id } = await agent.post('/contacts', { name: 'Times' })
    const set = (follow_up_at: string) => agent.patch(`/contacts/${id}`, { follow_up_at })
    for (const [sent, shown] of [
      ['2026-06-10T09:00:00.123456789012Z', '2026-06-10T09:00:00Z'],
      ['2016-12-31T23:59:60Z', '2016-12-31T23:59:59Z'],
      ['2017-01-01T00:59:60+01:00', '2016-12-31T23:59:59Z'],
    ])
      expect((await set(sent!)).value('follow_up_at'), sent).toBe(shown)
    for (const none of [
      '2026-06-10T12:30:60Z',
      '2016-12-31T23:59:60+01:00',
      '2016-12-31T23:59:61Z',
      '2026-06-10T09:00:00.Z',
    ])
      expect((await set(none)).label('error'), none).toBe('invalid_value')
  })

  test('a custom key is sent once, and each that can not be one is named', async () => {
    for (const twice of [
      { custom: { a: 2, b: 1 }, 'custom.a': 1 },
      { 'custom.a': null, custom: { a: 4 } },
    ]) {
      const { status, problems } = await agent.post('/contacts', { name: 'Twice', ...twice })
      expect([status, problems]).toEqual([400, ['custom.a - is sent twice, also in custom; send one of both']])
    }
    const bad = await agent.post('/contacts', { name: 'Bad', custom: { ok: 1, 'a key': 2, 'line\nbreak': 3 } })
    expect([bad.status, bad.problems.length]).toEqual([400, 2])
    expect(bad.problems[0]).toContain('custom - has the key "a key"; keys are 1 to 64')
    expect(bad.problems[1]).toContain('has the key "line\\nbreak"; ')
    expect((await agent.get('/contacts?limt=5')).label('hint')).toContain('did you mean "limit"?')
    expect((await agent.get('/contacts?serch=ada')).label('hint')).toContain('did you mean "search"?')
  })

  test('a time zone is one that times can be printed in', async () => {
    const { id } = await agent.post('/contacts', { name: 'Zone', follow_up_at: '2026-07-01T12:00:00Z' })
    for (const timezone of ['PST', 'IST', 'JST', 'CST', 'VST', 'Etc/Nowhere', '+02:00', 'UTC+2'])
      expect((await agent.patch(mine, { timezone })).label('error'), timezone).toBe('invalid_value')
    for (const [timezone, shown] of [
      ['Asia/Kolkata', '2026-07-01T17:30:00+05:30'],
      ['EST5EDT', '2026-07-01T08:00:00-04:00'],
      ['europe/berlin', '2026-07-01T14:00:00+02:00'],
      ['utc', '2026-07-01T12:00:00Z'],
    ] as const) {
      const known =
        new Map([
          ['utc', 'UTC'],
          ['europe/berlin', 'Europe/Berlin'],
        ]).get(timezone) ?? timezone
      expect((await agent.patch(mine, { timezone })).value('timezone')).toBe(known)
      expect((await agent.get(`/contacts/${id}`)).value('follow_up_at')).toBe(shown)
    }
  })

  test('a domain is a host whatever stands around it, and no other host than what was typed', async () => {
    const first = await agent.post('/companies', { domain: 'acme.com' })
    for (const same of ['ACME.com.', 'https://www.acme.com/x', 'acme。com', 'acme.com。', ' acme.com\n']) {
      const reply = await agent.post('/companies', { domain: same })
      expect([reply.status, reply.id], same).toEqual([200, first.id])
    }
    for (const own of ['www.com', 'www.de']) expect((await agent.post('/companies', { domain: own })).status).toBe(201)
    for (const none of ['ac\nme.com', 'ac\tme.com', 'acme%2ecom', 'ac me.com', 'acme..com'])
      expect((await agent.post('/companies', { domain: none })).label('error'), none).toBe('invalid_value')
  })
})
