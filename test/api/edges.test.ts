// Rules that hold between two people, two calls or two seconds, where a mistake would show nowhere else.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Client, clientOf } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { callTool, connect, registerApp } from '../support/oauth.ts'
import { startServer, type TestServer } from '../support/server.ts'

onBothEngines('edges', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(engine)
  })
  afterAll(() => server.stop())

  let people = 0
  const somebody = () => `edge${++people}@example.com`
  /** An admin and a member of one workspace. */
  const team = async () => {
    const [admin, email] = [await server.signIn(somebody()), somebody()]
    const workspace = (await admin.get('/whoami')).label('workspace_id')!.split('/')[1]!
    await admin.post(`/workspaces/${workspace}/invites`, { email })
    return { admin, member: await server.signIn(email, { workspace_id: workspace }), email }
  }
  const put = (client: Client, record: object) =>
    client.post('/import', JSON.stringify(record), { headers: { 'content-type': 'application/x-ndjson' } })

  test('a confirmation of a delete is for who asked for it', async () => {
    const { admin, member } = await team()
    const path = `/contacts/${(await admin.post('/contacts', { name: 'Ada' })).id}`
    const confirm = (await admin.delete(path)).label('confirm')
    expect((await member.delete(`${path}?confirm=${confirm}`)).label('error')).toBe('invalid_confirmation')
    expect((await admin.delete(`${path}?confirm=${confirm}`)).status).toBe(200)
  })

  test('a member who imports an export can not say who made a record, or when', async () => {
    const { admin, member, email } = await team()
    const record = { type: 'contact', created_at: '2001-01-01', created_by: 'boss@example.com', version: 9 }
    await put(member, { ...record, name: 'By a member', id: 'c_00000001' })
    await put(admin, { ...record, name: 'By an admin', id: 'c_00000002' })
    const kept = async (id: string) => {
      const values = (await admin.get(`/contacts/${id}`)).records[0]!.values
      return ['created_by', 'version', 'created_at'].map((label) => values.get(label)!.text.slice(0, 20))
    }
    expect(await kept('c_00000002')).toEqual(['boss@example.com', '9', '2001-01-01T00:00:00Z'])
    const [by, version, at] = await kept('c_00000001')
    expect([by, version]).toEqual([email, '1'])
    expect(Date.parse(at!)).toBeGreaterThan(Date.parse('2020-01-01'))
  })

  test('a write that is refused in a group leaves nothing for the search to find', async () => {
    const capped = await startServer(engine, { env: { CRMKIT_DEFAULT_PLAN: 'free' } })
    const agent = await capped.signIn(somebody())
    const rows = Array.from({ length: 996 }, (_, at) => JSON.stringify({ type: 'contact', name: `row ${at}` }))
    expect((await agent.post('/import', rows.join('\n'))).label('contacts_created')).toBe('996')
    const words = Array.from({ length: 12 }, (_, at) => `unheardof${'abcdefghijkl'[at]!.repeat(4)}`)
    const replies = await Promise.all(words.map((name) => agent.post('/contacts', { name })))
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(4)
    for (const [at, { status }] of replies.entries()) {
      const found = await agent.get(`/contacts?search=${words[at]}`)
      const own = found.records.filter(({ values }) => values.get('name')!.text === words[at])
      expect([own.length, found.records.length]).toEqual([status === 201 ? 1 : 0, found.total])
    }
    await capped.stop()
  })

  test('a fault of q= is told of q=', async () => {
    const agent = await server.signIn(somebody())
    for (const q of ['!!', 'a b c d e f g h i j k l m', 'x'.repeat(201)]) {
      const reply = await agent.get(`/search?q=${encodeURIComponent(q)}`)
      expect([reply.status, reply.label('hint')?.startsWith('q takes')], reply.text).toEqual([400, true])
    }
  })

  test('an app that may not switch workspaces makes none', async () => {
    const token = await connect(server, await registerApp(server.url), { email: somebody() })
    const call = { method: 'POST', path: '/workspaces', body: { name: 'Elsewhere' } }
    expect((await callTool(server.url, token, call)).text).toContain('error: connector_scope')
  })

  test('a wild card of SQL is a letter like any other, beside our own too', async () => {
    const agent = await server.signIn(somebody())
    for (const name of ['a_b c', 'axb c', 'a%b c']) await agent.post('/contacts', { name })
    for (const [pattern, found] of [
      ['a_b%25c', 'a_b c'],
      ['%25_b%25c', 'a_b c'],
    ])
      expect(
        (await agent.get(`/contacts?name=like:${pattern}`)).records.map(({ values }) => values.get('name')!.text),
      ).toEqual([found])
  })

  test('a retry under a key is one with the same condition', async () => {
    const agent = await server.signIn(somebody())
    const path = `/contacts/${(await agent.post('/contacts', { name: 'Ada' })).id}`
    const send = (match: string) =>
      agent.patch(path, { title: 'CTO' }, { headers: { 'idempotency-key': 'conditional', 'if-match': match } })
    expect((await send('1')).status).toBe(200)
    expect((await send('1')).headers.get('idempotency-replayed')).toBe('true')
    expect([(await send('2')).label('error'), (await send('*')).label('error')]).toEqual(['conflict', 'conflict'])
  })

  test('a key counts for the token that sent it, and gives nobody else the answer', async () => {
    const agent = await server.signIn(somebody())
    const workspace = (await agent.get('/whoami')).label('workspace_id')!.split('/')[1]
    const mint = (as: Client) =>
      as.post(`/workspaces/${workspace}/tokens`, {}, { headers: { 'idempotency-key': 'mint' } })
    const first = await mint(agent)
    const second = await mint(clientOf(server.url, first.label('token')))
    expect([first.status, second.status]).toEqual([201, 201])
    expect(second.headers.get('idempotency-replayed')).toBeNull()
    expect(second.label('token')).not.toBe(first.label('token'))
    expect((await mint(agent)).label('token')).toBe(first.label('token'))
  })

  test('since= takes in the very second', async () => {
    const agent = await server.signIn(somebody())
    await agent.post('/contacts', { name: 'Ada' })
    const [entry] = (await agent.get('/audit')).records
    const at = entry!.values.get('at')!.text
    expect((await agent.get(`/audit?since=${at}`)).total).toBe(1)
    const next = new Date(Date.parse(at) + 1000).toISOString()
    expect((await agent.get(`/audit?since=${next}`)).total).toBe(0)
  })

  test('a token of one workspace lists, and its key counts, in that one alone', async () => {
    const agent = await server.signIn(somebody())
    const other = (await agent.post('/workspaces', { name: 'Other' })).id
    const there = clientOf(server.url, (await agent.post(`/workspaces/${other}/tokens`)).label('token'))
    const key = { headers: { 'idempotency-key': 'same-key' } }
    const [here, away] = [
      await agent.post('/contacts', { name: 'Here' }, key),
      await there.post('/contacts', { name: 'Away' }, key),
    ]
    expect([here.status, away.status]).toEqual([201, 201])
    expect((await there.get('/contacts')).records.map(({ values }) => values.get('name')!.text)).toEqual(['Away'])
  })
})
