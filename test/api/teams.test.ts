// Contract §3: workspaces, members, invites, roles, step-up.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Client, clientOf } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

onBothEngines('teams', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(engine)
  })
  afterAll(() => server.stop())

  let people = 0
  const somebody = () => `member${++people}@example.com`
  const idIn = async (client: Client) => (await client.get('/whoami')).label('workspace_id')!.split('/')[1]!
  const userId = async (client: Client) => (await client.get('/whoami')).label('user_id')!.split('/')[1]!
  /** Makes a call that needs step-up, with the code that it was answered with. */
  const steppedUp = async (client: Client, method: string, path: string, body?: unknown) => {
    const first = await client.call(method, path, body)
    expect([first.status, first.label('error')], first.text).toEqual([403, 'escalation_required'])
    return client.call(method, `${path}?code=${first.label('local_code')}`, body)
  }
  /** An admin, and a member of the admin's workspace with a token for it. */
  const team = async (role = 'member') => {
    const admin = await server.signIn(somebody())
    const workspace = await idIn(admin)
    const email = somebody()
    const invite = { email, role }
    const path = `/workspaces/${workspace}/invites`
    if (role === 'admin') await steppedUp(admin, 'POST', path, invite)
    else await admin.post(path, invite)
    const member = await server.signIn(email, { workspace_id: workspace })
    return { admin, member, workspace, email }
  }

  test('make, rename, list; times print in the zone of the workspace', async () => {
    const agent = await server.signIn()
    const made = await agent.post('/workspaces', { name: 'Second "home"\n# total: 9' })
    expect([made.status, made.comments.at(-1)]).toEqual([201, 'created'])
    expect(made.value('name')).toBe('Second "home"\n# total: 9')
    expect((await agent.get('/workspaces')).records).toHaveLength(2)
    const token = (await agent.post(`/workspaces/${made.id}/tokens`, { token_name: 'there' })).label('token')
    const there = clientOf(server.url, token)
    expect(await idIn(there)).toBe(made.id)
    const zoned = await there.patch(`/workspace/${made.id}`, { name: 'Berlin office', timezone: 'Europe/Berlin' })
    expect([zoned.value('name'), zoned.value('timezone')]).toEqual(['Berlin office', 'Europe/Berlin'])
    const contact = await there.post('/contacts', { name: 'Ada', follow_up_at: '2026-07-01' })
    expect(contact.value('follow_up_at')).toBe('2026-07-01T00:00:00+02:00')
    expect((await there.get(`/contacts/${contact.id}?format=json`)).json().follow_up_at).toBe('2026-06-30T22:00:00Z')
    expect((await there.get('/contacts?follow_up_at=2026-07-01')).total).toBe(1)
    for (const timezone of ['Mars/Olympus', '+02:00', ''])
      expect((await there.patch(`/workspaces/${made.id}`, { timezone })).status, timezone).toBe(400)
    expect((await agent.get('/contacts')).total).toBe(0)
  })

  test('an invite becomes a membership at the next sign-in, for that address alone, and is not switched to', async () => {
    const admin = await server.signIn(somebody())
    const workspace = await idIn(admin)
    const email = somebody()
    const invited = await admin.post(`/workspaces/${workspace}/invites`, { email: ` ${email.toUpperCase()} ` })
    expect([invited.status, invited.value('email'), invited.comments.at(-1)]).toEqual([201, email, 'created'])
    const again = await admin.post(`/workspaces/${workspace}/invites`, { email })
    expect([again.status, again.id, again.comments.at(-1)]).toEqual([200, invited.id, 'updated'])
    const stranger = await server.signIn(`x${email}`)
    expect((await stranger.get('/workspaces')).total).toBe(1)
    const asked = await server.anonymous.post('/auth/request', { email })
    const verified = await server.anonymous.post('/auth/verify', { email, code: asked.label('local_code') })
    expect(verified.label('joined')).toContain(`workspace/${workspace}`)
    expect(verified.label('joined')).toContain(`POST /workspaces/${workspace}/tokens`)
    expect(verified.label('workspace_id')).not.toBe(`workspace/${workspace}`)
    const member = await server.signIn(email)
    expect(await idIn(member)).not.toBe(workspace)
    const chosen = clientOf(server.url, (await member.post(`/workspaces/${workspace}/tokens`)).label('token'))
    expect((await chosen.get('/whoami')).label('role')).toBe('member')
    server.advance(61_000)
    await chosen.get('/whoami')
    expect(await idIn(await server.signIn(email))).toBe(workspace)
    const listed = await admin.get(`/workspaces/${workspace}/members`)
    expect(listed.records.map(({ values }) => values.get('status')?.text)).toEqual(['member', 'member'])
  })

  test('a withdrawn invite brings nobody in', async () => {
    const admin = await server.signIn(somebody())
    const workspace = await idIn(admin)
    const email = somebody()
    const invited = await admin.post(`/workspaces/${workspace}/invites`, { email })
    expect((await admin.get(`/workspaces/${workspace}/members`)).total).toBe(2)
    const gone = await admin.delete(`/workspaces/${workspace}/invites/invite/${invited.id}`)
    expect(gone.comments).toEqual(['deleted'])
    expect((await admin.delete(`/workspaces/${workspace}/invites/${invited.id}`)).status).toBe(404)
    expect((await (await server.signIn(email)).get('/workspaces')).total).toBe(1)
  })

  test('members read and write, admins manage; a stranger sees a workspace that never was', async () => {
    const { admin, member, workspace, email } = await team()
    const refused = async (client: Client, method: string, path: string, body?: unknown) => {
      const reply = await client.call(method, path, body)
      return `${reply.status} ${reply.label('error')}`
    }
    expect((await member.get(`/workspaces/${workspace}/members`)).total).toBe(2)
    const adminId = await userId(admin)
    const managing: [string, string, unknown?][] = [
      ['PATCH', `/workspaces/${workspace}`, { name: 'Mine now' }],
      ['DELETE', `/workspaces/${workspace}`],
      ['POST', `/workspaces/${workspace}/invites`, { email: somebody() }],
      ['DELETE', `/workspaces/${workspace}/invites/i_0000000000000000`],
      ['POST', `/workspaces/${workspace}/members/${adminId}/role`, { role: 'member' }],
      ['DELETE', `/workspaces/${workspace}/members/${adminId}`],
    ]
    const stranger = await server.signIn()
    for (const [method, path, body] of managing) {
      expect(await refused(member, method, path, body), path).toBe('403 admin_required')
      const theirs = await stranger.call(method, path, body)
      const never = await stranger.call(method, path.replace(workspace, 'w_0000000000000000'), body)
      expect([theirs.status, theirs.text]).toEqual([404, never.text.replace('w_0000000000000000', workspace)])
    }
    expect((await admin.post(`/workspaces/${workspace}/invites`, { email })).label('error')).toBe('conflict')
    expect((await member.delete(`/workspaces/${workspace}/members/${await userId(member)}`)).comments).toEqual([
      'deleted',
    ])
    expect((await member.get('/whoami')).label('error')).toBe('invalid_token')
  })

  test('a removed member’s tokens for the workspace die with the answer, and those that they minted', async () => {
    const { admin, member, workspace, email } = await team()
    const own = await server.signIn(email, {
      workspace_id: (await member.get('/workspaces')).records.find(({ handle }) => !handle.includes(workspace))!.handle,
    })
    const ownId = await idIn(own)
    const minted = clientOf(server.url, (await member.post(`/workspaces/${ownId}/tokens`)).label('token'))
    expect((await minted.get('/whoami')).status).toBe(200)
    await admin.delete(`/workspaces/${workspace}/members/${await userId(member)}`)
    expect((await member.get('/contacts')).label('error')).toBe('invalid_token')
    expect((await minted.get('/contacts')).label('error')).toBe('invalid_token')
    expect((await own.get('/contacts')).status).toBe(200)
    expect((await own.post(`/workspaces/${workspace}/tokens`)).status).toBe(404)
    expect((await own.get('/workspaces')).total).toBe(1)
  })

  test('a token dies with the one that minted it, level by level', async () => {
    const agent = await server.signIn()
    const workspace = await idIn(agent)
    const mint = async (by: Client) => {
      const reply = await by.post(`/workspaces/${workspace}/tokens`)
      return { client: clientOf(server.url, reply.label('token')), id: reply.label('token_id')!.split('/')[1]! }
    }
    const child = await mint(agent)
    const grandchild = await mint(child.client)
    const other = await mint(agent)
    await agent.delete(`/tokens/${child.id}`)
    expect((await child.client.get('/whoami')).status).toBe(401)
    expect((await grandchild.client.get('/whoami')).status).toBe(401)
    expect((await other.client.get('/whoami')).status).toBe(200)
    const racing = await Promise.all([
      ...Array.from({ length: 16 }, () => other.client.post(`/workspaces/${workspace}/tokens`)),
      agent.delete(`/tokens/${other.id}`),
      ...Array.from({ length: 16 }, () => other.client.post(`/workspaces/${workspace}/tokens`)),
    ])
    for (const reply of racing) {
      const token = reply.label('token')
      if (token) expect((await clientOf(server.url, token).get('/whoami')).status).toBe(401)
    }
  })

  test('a token lives no longer than the one that minted it, though it is used and that one is not', async () => {
    const agent = await server.signIn()
    const workspace = await idIn(agent)
    const mint = async (by: Client) =>
      clientOf(server.url, (await by.post(`/workspaces/${workspace}/tokens`)).label('token'))
    const child = await mint(agent)
    const grandchild = await mint(child)
    const day = 24 * 3_600_000
    for (let n = 0; n < 4; n++) {
      server.advance(20 * day)
      for (const used of [grandchild, child]) expect((await used.get('/whoami')).status).toBe(200)
    }
    server.advance(11 * day)
    for (const client of [agent, child, grandchild])
      expect((await client.get('/whoami')).label('error')).toBe('token_expired')
    await server.opened.write((db) => db.rows("DELETE FROM tokens WHERE minted_by IS NULL AND name = 'default'"))
    for (const client of [child, grandchild]) expect((await client.get('/whoami')).label('error')).toBe('invalid_token')
  })

  test('promotion takes a code from the mailbox, bound to what it was asked for, once', async () => {
    const { admin, member, workspace } = await team()
    const id = await userId(member)
    const path = `/workspaces/${workspace}/members/${id}/role`
    const first = await admin.post(path, { role: 'admin' })
    const code = first.label('local_code')!
    expect([first.status, first.label('error'), code.length]).toEqual([403, 'escalation_required', 6])
    const elsewhere = `/workspaces/${workspace}/members/${await userId(admin)}/role`
    expect((await admin.post(`${elsewhere}?code=${code}`, { role: 'admin' })).label('error')).toBe('invalid_code')
    expect((await admin.delete(`/workspaces/${workspace}?code=${code}`)).label('error')).toBe('invalid_code')
    const invite = { email: somebody(), role: 'admin' }
    expect((await admin.post(`/workspaces/${workspace}/invites?code=${code}`, invite)).status).toBe(403)
    const promoted = await admin.post(path, { role: 'admin' }, { headers: { 'x-escalation-code': code } })
    expect([promoted.status, promoted.value('role')]).toEqual([200, 'admin'])
    expect((await admin.post(`${path}?code=${code}`, { role: 'admin' })).label('error')).toBe('invalid_code')
    expect((await admin.post(path, { role: 'member' })).status).toBe(200)
  })

  test('a code dies after 5 wrong tries, and after 10 minutes; 64 parallel right answers are one', async () => {
    const admin = await server.signIn(somebody())
    const workspace = (await admin.post('/workspaces', { name: 'Brittle' })).id
    const path = `/workspaces/${workspace}`
    const ask = async () => (await admin.delete(path)).label('local_code')!
    const wrong = (code: string) => (code === '000000' ? '000001' : '000000')
    const guessed = await ask()
    for (let n = 0; n < 5; n++)
      expect((await admin.delete(`${path}?code=${wrong(guessed)}`)).label('error')).toBe('invalid_code')
    expect((await admin.delete(`${path}?code=${guessed}`)).label('error')).toBe('invalid_code')
    const late = await ask()
    server.advance(601_000)
    expect((await admin.delete(`${path}?code=${late}`)).label('error')).toBe('invalid_code')
    const right = await ask()
    const replies = await Promise.all(Array.from({ length: 64 }, () => admin.delete(`${path}?code=${right}`)))
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
    expect((await admin.get('/workspaces')).total).toBe(1)
  })

  test('the last admin stays, also when two admins demote or remove each other at the same time', async () => {
    const lone = await server.signIn(somebody())
    const home = await idIn(lone)
    const self = `/workspaces/${home}/members/${await userId(lone)}`
    expect((await lone.post(`${self}/role`, { role: 'member' })).label('error')).toBe('last_admin')
    expect((await lone.delete(self)).label('error')).toBe('last_admin')
    for (let round = 0; round < 6; round++) {
      const { admin, member, workspace } = await team('admin')
      const [one, two] = [await userId(admin), await userId(member)]
      const members = `/workspaces/${workspace}/members`
      const demote = (by: Client, id: string) =>
        round % 2 ? by.delete(`${members}/${id}`) : by.post(`${members}/${id}/role`, { role: 'member' })
      const replies = await Promise.all([demote(admin, two), demote(member, one)])
      expect(replies.some(({ status }) => status === 200)).toBe(true)
      const rows = await server.opened.read.rows(
        "SELECT count(*) AS admins FROM memberships WHERE workspace_id = ? AND role = 'admin'",
        [workspace],
      )
      expect(Number(rows[0]!.admins)).toBe(1)
    }
  })

  test('a deleted workspace leaves no row in any table, and its tokens are unknown', async () => {
    const { admin, member, workspace } = await team()
    const company = await admin.post('/companies', { name: 'Acme', domain: 'acme.example' })
    const contact = await member.post('/contacts', { name: 'Ada', company_id: company.id })
    await member.post('/deals', { title: 'Pilot', contact_id: contact.id })
    const key = { headers: { 'idempotency-key': 'kept' } }
    await member.post(`/contacts/${contact.id}/activities`, { kind: 'call', body: 'Hello' }, key)
    await admin.post(`/workspaces/${workspace}/invites`, { email: somebody() })
    const { read } = server.opened
    const tables = (await read.rows(read.dialect.columns)).filter(({ column }) => column === 'workspace_id')
    expect(tables.length).toBeGreaterThan(10)
    expect((await steppedUp(admin, 'DELETE', `/workspaces/${workspace}`)).comments).toEqual(['deleted'])
    for (const client of [admin, member]) expect((await client.get('/contacts')).label('error')).toBe('invalid_token')
    const left = async () => {
      const found = await read.rows('SELECT id FROM workspaces WHERE id = ?', [workspace])
      for (const { table } of tables)
        found.push(...(await read.rows(`SELECT * FROM ${table} WHERE workspace_id = ?`, [workspace])))
      return found
    }
    await expect.poll(left).toEqual([])
  })

  test('who has deleted their own workspace gets a new one, not that of somebody who invited them', async () => {
    const email = somebody()
    const agent = await server.signIn(email)
    const inviter = await server.signIn(somebody())
    await inviter.post(`/workspaces/${await idIn(inviter)}/invites`, { email })
    await steppedUp(agent, 'DELETE', `/workspaces/${await idIn(agent)}`)
    const back = await server.signIn(email)
    expect(await idIn(back)).not.toBe(await idIn(inviter))
    expect((await back.get('/whoami')).label('role')).toBe('admin')
  })

  test('the audit log tells who joined, was promoted, and which tokens came and went', async () => {
    const { admin, member, workspace, email } = await team()
    const id = await userId(member)
    await steppedUp(admin, 'POST', `/workspaces/${workspace}/members/${id}/role`, { role: 'admin' })
    const minted = await admin.post(`/workspaces/${workspace}/tokens`, { token_name: 'laptop' })
    await admin.delete(`/tokens/${minted.label('token_id')!.split('/')[1]}`)
    await admin.patch(`/workspaces/${workspace}`, { name: 'Renamed' })
    const log = (await admin.get('/audit')).records.map(({ values }) => {
      const of = (label: string) => values.get(label)?.text
      return `${of('action')} ${of('target')?.split('/')[0]} ${of('old.role') ?? ''}>${of('new.role') ?? ''}`
    })
    expect(log).toEqual([
      'update workspace >',
      'delete token >',
      'create token >',
      'update user member>admin',
      'create user >member',
      'create invite >member',
    ])
    const joined = await admin.get(`/audit?target=user/${id}&action=create`)
    expect([joined.value('by'), joined.value('new.email')]).toEqual([email, email])
  })
})
