// A workspace of one's own, and who is asked into it again.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Client, clientOf } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

onBothEngines('invites', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(engine)
  })
  afterAll(() => server.stop())

  test('inviting again without a role keeps the one that was given', async () => {
    const admin = await server.signIn()
    const path = `/workspaces/${(await admin.get('/whoami')).label('workspace_id')!.split('/')[1]}/invites`
    const invited = { email: 'again@example.com', role: 'admin' }
    const code = (await admin.post(path, invited)).label('local_code')
    expect((await admin.post(`${path}?code=${code}`, invited)).status).toBe(201)
    for (const [role, kept] of [
      [undefined, 'admin'],
      ['member', 'member'],
    ] as const) {
      const again = await admin.post(path, { email: invited.email, role })
      expect([again.status, again.value('role')]).toEqual([200, kept])
    }
  })

  test('a workspace that its maker left, and was invited back to, does not count against the cap', async () => {
    const capped = await startServer(engine, { env: { CRMKIT_DEFAULT_PLAN: 'free' } })
    const [maker, heir] = [await capped.signIn('maker@example.com'), await capped.signIn('heir@example.com')]
    const idOf = async (client: Client) => (await client.get('/whoami')).label('user_id')!.split('/')[1]
    const left = (await maker.post('/workspaces', { name: 'Handed over' })).id
    await maker.post(`/workspaces/${left}/invites`, { email: 'heir@example.com' })
    await capped.signIn('heir@example.com')
    const promote = `/workspaces/${left}/members/${await idOf(heir)}/role`
    const code = (await maker.post(promote, { role: 'admin' })).label('local_code')
    expect((await maker.post(`${promote}?code=${code}`, { role: 'admin' })).status).toBe(200)
    expect((await maker.delete(`/workspaces/${left}/members/${await idOf(maker)}`)).status).toBe(200)
    for (const name of ['second', 'third']) expect((await maker.post('/workspaces', { name })).status).toBe(201)
    capped.advance(1000)
    expect((await heir.post(`/workspaces/${left}/invites`, { email: 'maker@example.com' })).status).toBe(201)
    const back = await capped.signIn('maker@example.com')
    expect((await back.get('/workspaces')).total).toBe(4)
    expect((await back.get('/whoami')).label('workspaces')).toBe('3 / 3')
    expect((await back.post('/workspaces', { name: 'fourth' })).label('error')).toBe('plan_limit_reached')
    await capped.stop()
  })

  test('an invite is withdrawn through its own workspace alone', async () => {
    const [one, other] = [await server.signIn(), await server.signIn()]
    const invitesOf = async (client: Client) =>
      `/workspaces/${(await client.get('/whoami')).label('workspace_id')!.split('/')[1]}/invites`
    const email = 'stays@invited.example'
    const invited = (await one.post(await invitesOf(one), { email })).id
    expect((await other.delete(`${await invitesOf(other)}/${invited}`)).status).toBe(404)
    expect((await one.delete(`${await invitesOf(one)}/${invited}`)).status).toBe(200)
  })

  test('the budget of wrong guesses of a day holds for codes that confirm a change too', async () => {
    const guessed = `guessed${Date.now()}@invited.example`
    const admin = await server.signIn(guessed)
    const path = `/workspaces/${(await admin.get('/whoami')).label('workspace_id')!.split('/')[1]}/invites`
    const boss = { email: 'boss@invited.example', role: 'admin' }
    const code = (await admin.post(path, boss)).label('local_code')!
    expect(code).toMatch(/^\d{6}$/)
    for (let n = 0; n < 20; n++) await server.anonymous.post('/auth/verify', { email: guessed, code: 'wrong' })
    expect((await admin.post(`${path}?code=${code}`, boss)).label('error')).toBe('invalid_code')
    const long = (await admin.post(path, boss)).label('local_code')!
    expect(long).toMatch(/^[0-9a-z]{16}$/)
    expect((await admin.post(`${path}?code=${long}`, boss)).status).toBe(201)
  })

  test('an empty code is no guess', async () => {
    const admin = await server.signIn()
    const path = `/workspaces/${(await admin.get('/whoami')).label('workspace_id')!.split('/')[1]}/invites`
    const boss = { email: 'unset@invited.example', role: 'admin' }
    const code = (await admin.post(path, boss)).label('local_code')!
    for (let n = 0; n < 5; n++) {
      const refused = await admin.post(`${path}?code=`, boss)
      expect([refused.status, refused.label('error')]).toEqual([400, 'invalid_value'])
    }
    expect((await admin.post(path, boss, { headers: { 'x-escalation-code': ' ' } })).status).toBe(400)
    expect((await admin.post(`${path}?code=${code}`, boss)).status).toBe(201)
  })

  test('who may sign up by an invite alone may not once it is withdrawn, with a code from before either', async () => {
    const strict = await startServer(engine, { env: { CRMKIT_SIGNUP: 'invite' } })
    await strict.opened.write((db) =>
      db.rows("INSERT INTO users (id, email, created_at) VALUES ('u_maker', 'maker@strict.example', 1)"),
    )
    const maker = await strict.signIn('maker@strict.example')
    const path = `/workspaces/${(await maker.get('/whoami')).label('workspace_id')!.split('/')[1]}/invites`
    const email = 'guest@strict.example'
    const { id } = await maker.post(path, { email })
    const codeFor = async () => (await strict.anonymous.post('/auth/request', { email })).label('local_code')
    const code = await codeFor()
    expect((await maker.delete(`${path}/${id}`)).status).toBe(200)
    expect((await strict.anonymous.post('/auth/verify', { email, code })).label('error')).toBe('invalid_code')
    await maker.post(path, { email })
    expect((await strict.anonymous.post('/auth/verify', { email, code: await codeFor() })).status).toBe(200)
    await strict.stop()
  })

  test('who asked for codes in vain, and is invited then, gets one', async () => {
    const strict = await startServer(engine, { env: { CRMKIT_SIGNUP: 'invite' } })
    await strict.opened.write((db) =>
      db.rows("INSERT INTO users (id, email, created_at) VALUES ('u_maker', 'maker@strict.example', 1)"),
    )
    const maker = await strict.signIn('maker@strict.example')
    const path = `/workspaces/${(await maker.get('/whoami')).label('workspace_id')!.split('/')[1]}/invites`
    const email = 'early@strict.example'
    const ask = async () => (await strict.anonymous.post('/auth/request', { email })).label('local_code')
    for (let n = 0; n < 3; n++) expect(await ask()).toBeUndefined()
    await maker.post(path, { email })
    const code = await ask()
    expect(code).toMatch(/^\d{6}$/)
    // Inviting again leaves what is on its way.
    await maker.post(path, { email })
    expect((await strict.anonymous.post('/auth/verify', { email, code })).status).toBe(200)
    await strict.stop()
  })

  test('the log of a new workspace begins with who made it', async () => {
    const agent = await server.signIn('maker@example.com')
    const made = await agent.post('/workspaces', { name: 'Second' })
    const there = clientOf(server.url, (await agent.post(`/workspaces/${made.id}/tokens`)).label('token'))
    const first = (await there.get('/audit')).records.at(-1)!.values
    const told = ['action', 'target', 'by', 'new.name'].map((label) => first.get(label)?.text)
    expect(told).toEqual(['create', `workspace/${made.id}`, 'maker@example.com', 'Second'])
  })
})
