// Calls that are not there as they were sent: the hint names the one that does it.

import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { callTool } from '../support/oauth.ts'
import { startServer, type TestServer } from '../support/server.ts'

onBothEngines('ways on', (engine) => {
  let server: TestServer
  let agent: Client
  let contact: string
  let workspace: string
  beforeAll(async () => {
    server = await startServer(engine)
    agent = await server.signIn()
    contact = (await agent.post('/contacts', { name: 'Ada' })).id
    workspace = (await agent.get('/workspaces')).id
  })
  afterAll(() => server.stop())

  const hintOf = async (method: string, path: string, status: number, client = agent) => {
    const refused = await client.call(method, path, method === 'GET' ? undefined : {})
    expect([refused.status, path]).toEqual([status, path])
    return refused.label('hint')!
  }

  test.each([
    ['POST', '/contacts/search', 'GET /contacts?search=<words>'],
    ['POST', '/deals/search', 'GET /deals?search=<words>'],
    ['POST', '/contacts/c_00000000', 'PATCH /contacts/{id}'],
    ['POST', '/contacts/batch', 'for many: POST /import'],
    ['POST', '/reminders', 'PATCH /contacts/{id} or /deals/{id} {"follow_up_at","follow_up_note"}.'],
    ['POST', '/tokens', 'POST /workspaces/{id}/tokens {"token_name"}.'],
    ['POST', '/workspaces/w_0/members', 'POST /workspaces/{id}/invites {"email"}.'],
    ['PATCH', '/deals?stage=lead', 'Of one record: PATCH /deals/{id}. Of many: POST /import, a CSV with id and'],
    ['PUT', '/deals', 'Of many: POST /import'],
    ['GET', '/tokens/t_0', 'To see yours: GET /tokens.'],
    ['GET', '/workspaces/w_0/tokens', 'To see yours in all workspaces: GET /tokens.'],
    ['GET', '/workspaces/w_0/invites', 'pending invites: GET /workspaces/{id}/members.'],
    ['GET', '/workspaces/w_0/invites/i_0', 'pending invites: GET /workspaces/{id}/members.'],
    ['GET', '/workspaces/w_0/members/u_0', 'To see members and pending invites: GET /workspaces/{id}/members.'],
    ['PATCH', '/workspaces/w_0/members/u_0', 'POST /workspaces/{id}/members/{userId}/role {"role"}.'],
  ])('%s %s takes another call', async (method, path, hint) => {
    expect(await hintOf(method, path, 405)).toContain(hint)
  })

  test.each([
    ['GET', '/contacts/search?q=x', 'GET /contacts?search=<words>'],
    ['GET', '/deals/search?query=x', 'GET /deals?search=<words>'],
    ['PATCH', '/companies/search?q=x', 'GET /companies?search=<words>'],
    ['GET', '/activities/find?q=x', 'GET /activities'],
  ])('%s %s is no record, whatever its parameters', async (method, path, hint) => {
    expect(await hintOf(method, path, 404)).toContain(hint)
  })

  test.each([
    ['GET', '/companies/co_00000000/contacts', 'GET /contacts?company_id={id}, POST /contacts {"company_id","…"}'],
    ['POST', '/companies/co_00000000/people', 'GET /contacts?company_id={id}, POST /contacts {"company_id","…"}'],
    ['GET', '/contacts/c_00000000/deals', 'GET /deals?contact_id={id}, POST /deals {"contact_id","…"}'],
    ['GET', '/contacts/c_00000000/company', 'GET /contacts/{id}?fields=company_id'],
    ['GET', '/deals/d_00000000/contacts', 'GET /deals/{id}?fields=contact_id'],
    ['GET', '/deals/d_00000000/history', 'GET /audit?target={id}'],
    ['GET', '/activities/a_00000000/changes', 'GET /audit?target={id}'],
    ['POST', '/contacts/c_00000000/notes', 'GET /contacts/{id}/activities, POST /contacts/{id}/activities'],
    ['POST', '/deals/d_00000000/reminders', 'PATCH /deals/{id} {"follow_up_at","follow_up_note"}'],
    ['GET', '/history', 'GET /audit'],
    [
      'DELETE',
      '/reminders/c_00000000',
      'PATCH /contacts/{id} or /deals/{id} {"follow_up_at","follow_up_note"}, null to end it',
    ],
    ['GET', '/search/contact/c_00000000', 'GET /search'],
    ['GET', '/audit/deal/d_00000000', 'GET /audit'],
  ])('%s %s is answered with the calls that do it, and no others', async (method, path, calls) => {
    expect(await hintOf(method, path, 404)).toBe(`No such path. Near it: ${calls}. All calls: GET /help.`)
  })

  test('a handle of another kind is told where it is seen, also as the path itself', async () => {
    const event = (await agent.get('/audit?limit=1')).id
    const user = (await agent.get('/whoami')).label('user_id')!.split('/')[1]!
    const invite = (await agent.post(`/workspaces/${workspace}/invites`, { email: 'way-on@example.com' })).id
    const members = `/workspaces/${workspace}/members`
    const seen = [
      ...['contacts', 'companies', 'deals', 'activities', 'workspaces'].map((plural) => [
        'GET',
        `/${plural}/event/${event}`,
      ]),
      ...[
        ['DELETE', `/tokens/event/${event}`],
        ['GET', `/event/${event}`],
        ['GET', `/${event}`],
      ],
    ]
    for (const [method, path] of seen)
      expect(await hintOf(method!, path!, 404), path).toBe('That is the id of an event. Use /audit.')
    for (const path of [`/contacts/${user}`, `/user/${user}`, `/users/${user}`, `/tokens/user/${user}`])
      expect(await hintOf(path.startsWith('/t') ? 'DELETE' : 'GET', path, 404), path).toBe(
        `That is the id of a user. Use ${members}.`,
      )
    for (const [method, path] of [
      ['GET', `/invite/${invite}`],
      ['GET', `/deals/${invite}`],
      ['DELETE', `${members}/${invite}`],
    ] as const)
      expect(await hintOf(method, path, 404)).toBe(
        `That is the id of an invite. Use ${members}, or DELETE /workspaces/${workspace}/invites/${invite} to withdraw it.`,
      )
    expect(await hintOf('GET', `/people/${contact}`, 404)).toBe(
      `That is the id of a contact. Use /contacts/${contact}.`,
    )
    const other = (await agent.post('/workspaces', { name: 'Other' })).id
    expect(await hintOf('DELETE', `/workspaces/${other}/invites/${user}`, 404)).toContain(
      `/workspaces/${other}/members`,
    )
    expect(await hintOf('GET', `/user/${user}`, 404, server.anonymous)).toContain('Use /workspaces/{id}/members.')
    expect((await agent.get(`/contact/${contact}`)).id).toBe(contact)
  })

  test('who wants to let somebody only read is told that every role writes', async () => {
    const refused = await agent.post(`/workspaces/${workspace}/invites`, { email: 'r@example.com', role: 'viewer' })
    expect([refused.status, refused.label('hint')]).toEqual([
      400,
      '"role" must be one of admin, member, who all read and write; only an app is connected read-only: GET /help/mcp.',
    ])
    expect((await agent.get('/help/teams')).text).toContain('both read and write all records')
  })

  test('a reminder that is sent with an activity is told where it is kept', async () => {
    const hint = async (path: string, body: object) => (await agent.post(path, body)).label('hint')
    const log = { kind: 'call', body: 'Wants a demo.' }
    const [deal, company] = [
      (await agent.post('/deals', { title: 'Pilot' })).id,
      (await agent.post('/companies', { name: 'Acme' })).id,
    ]
    const set = '{"follow_up_at","follow_up_note"}.'
    const below = await agent.post(`/contacts/${contact}/activities`, { ...log, follow_up_at: '2030-01-01' })
    expect([below.status, below.label('error')]).toEqual([400, 'unknown_field'])
    expect(below.label('hint')).toMatch(/^"follow_up_at" is not a field of activity\. Send: kind, /)
    expect(below.label('hint')).toContain(`To be reminded: PATCH /contacts/${contact} ${set}`)
    expect(await hint(`/deals/${deal}/activities`, { ...log, due_at: 'x' })).toContain(`PATCH /deals/${deal} ${set}`)
    const anywhere = `PATCH /contacts/{id} or /deals/{id} ${set}`
    expect(await hint(`/companies/${company}/activities`, { ...log, due_at: 'x' })).toContain(anywhere)
    expect(await hint('/activities', { ...log, contact_id: contact, due_at: 'x' })).toContain(anywhere)
    expect(await hint('/companies', { name: 'B', follow_up_at: '2030-01-01' })).toContain(anywhere)
    expect(await hint('/activities', { ...log, contact_id: contact, mood: 'x' })).not.toContain('To be reminded')
  })

  test('whoami tells the time: in the zone of the workspace, and in UTC in JSON', async () => {
    const utc = await agent.get('/whoami')
    expect(utc.label('now')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    await agent.patch(`/workspaces/${workspace}`, { timezone: 'Asia/Tokyo' })
    const [there, json] = [await agent.get('/whoami'), (await agent.get('/whoami?format=json')).json()]
    expect(there.label('now')).toMatch(/T\d\d:\d\d:\d\d\+09:00$/)
    expect(json.now).toMatch(/Z$/)
    expect(Date.parse(json.now)).toBeGreaterThanOrEqual(Date.parse(there.label('now')!))
    server.advance(86_400_000)
    const later = (await agent.get('/whoami?format=json')).json().now
    expect(Date.parse(later) - Date.parse(json.now)).toBeGreaterThanOrEqual(86_400_000)
  })

  test('a version of any length that is not the record’s does not match', async () => {
    for (const version of ['0', '99999999999999999999', `"${'9'.repeat(400)}"`]) {
      const headers = { 'if-match': version }
      const refused = await agent.patch(`/contacts/${contact}`, { stage: 'lead' }, { headers })
      expect([refused.status, refused.label('error'), refused.id]).toEqual([412, 'version_mismatch', contact])
    }
    const headers = { 'if-match': '1e3' }
    expect((await agent.patch(`/contacts/${contact}`, { stage: 'lead' }, { headers })).status).toBe(400)
  })

  test('nothing is suggested that can not be called', async () => {
    expect(await hintOf('GET', '/contacts/c_00000000/constructor', 404)).toContain('Near it: GET /contacts, POST')
    expect(await hintOf('POST', '/workspaces/w_0/users', 404)).toContain('POST /workspaces/{id}/invites')
    expect(await hintOf('GET', '/mcp/x', 404)).toBe('No such path. Near it: POST /mcp. All calls: GET /help.')
    expect(await hintOf('POST', '/auth', 404)).toContain('POST /auth/request')
    for (const path of ['/sign/auth', '/authn', '/help/oauth/x', '/x/healthz']) {
      const { text } = await callTool(server.url, agent.token!, { method: 'GET', path })
      expect(text, path).toContain('No such path.')
      expect(text, path).not.toMatch(/\/(auth|oauth|mcp|healthz|readyz|\.well-known)\b/)
    }
    const near = await callTool(server.url, agent.token!, { method: 'GET', path: '/people' })
    expect(near.text).toContain('GET /contacts')
  })

  test('two are merged, and a deleted one comes back, as the manual says', async () => {
    const make = async (path: string, body: object) => (await agent.post(path, body)).id!
    const [kept, gone] = [await make('/contacts', { name: 'Ada' }), await make('/contacts', { name: 'A.', stage: 'x' })]
    const call = await make(`/contacts/${gone}/activities`, { kind: 'call' })
    const deal = await make('/deals', { title: 'Pilot', contact_id: gone })
    for (const id of [call, deal]) await agent.post('/import', `id,contact_id\n${id},${kept}\n`)
    const asked = await agent.delete(`/contacts/${gone}`)
    expect(asked.label('deletes')).toBe(`contact/${gone}; the audit log keeps their values`)
    await agent.delete(`/contacts/${gone}?confirm=${asked.label('confirm')}`)
    for (const path of [`/activities/${call}`, `/deals/${deal}`])
      expect((await agent.get(path)).value('contact_id')).toBe(kept)
    await agent.post('/import', `{"type":"contact","id":"${gone}","name":"A.","stage":"x"}\n`)
    expect((await agent.get(`/contacts/${gone}`)).value('stage')).toBe('x')
    await agent.post('/import', `{"type":"contact","id":"${gone}","stage":null}\n`)
    expect((await agent.get(`/contacts/${gone}`)).value('stage')).toBeUndefined()
    expect((await agent.get('/help')).text).toContain('comes back under its id with POST /import of a line')
    expect((await agent.get('/help/import')).text).toContain('(null does, in a line of NDJSON with type and id)')
  })

  test('the manual says how a reminder ends, and what a 401 to a repeated farewell means', async () => {
    expect((await agent.get('/help')).text).toContain('{"follow_up_at":null,"follow_up_note":null}')
    expect((await agent.get('/help/retries')).text).toContain('says that it was done then')
    const leaving = await server.signIn()
    const token = (await leaving.get('/whoami')).label('token_id')!.split('/')[1]
    const headers = { 'idempotency-key': 'farewell' }
    expect((await leaving.delete(`/tokens/${token}`, { headers })).comments).toEqual(['deleted'])
    expect((await leaving.delete(`/tokens/${token}`, { headers })).status).toBe(401)
  })
})

onBothEngines('ways on from a cap', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    const file = join(tmpdir(), `crmkit-ways-on-${process.pid}-${engine.name}.json`)
    const tiny = { workspaces: 1, members: 1, contacts: 2, companies: 1, deals: 0 }
    writeFileSync(file, JSON.stringify({ tiny }))
    server = await startServer(engine, { env: { CRMKIT_PLANS: file, CRMKIT_DEFAULT_PLAN: 'tiny' } })
  })
  afterAll(() => server.stop())

  test('what makes room is told by what is counted, and one is one', async () => {
    const agent = await server.signIn()
    const workspace = (await agent.get('/workspaces')).id
    const refused = async (path: string, body: object) => {
      const reply = await agent.post(path, body)
      expect([reply.status, reply.label('error')]).toEqual([403, 'plan_limit_reached'])
      expect(Object.keys((await agent.post(`${path}?format=json`, body)).json())).toEqual([
        'error',
        'status',
        'hint',
        'resource',
        'used',
        'limit',
      ])
      return reply.label('hint')
    }
    for (const name of ['A', 'B']) await agent.post('/contacts', { name })
    await agent.post('/companies', { name: 'A' })
    const owner = 'or ask the owner of this server for another plan.'
    const [some, another] = ['Delete one that nobody needs', 'update another instead']
    expect(await refused('/contacts', { name: 'C' })).toBe(
      `The plan allows 2 contacts. ${some} (DELETE /contacts/{id}), ${another} (PATCH /contacts/{id}), ${owner}`,
    )
    expect(await refused('/companies', { name: 'C' })).toContain('The plan allows 1 company. ')
    expect(await refused('/deals', { title: 'C' })).toContain('The plan allows 0 deals. ')
    expect(await refused('/workspaces', { name: 'C' })).toBe(
      `The plan allows 1 workspace. GET /workspaces shows those that you have: use one, delete one of your own (DELETE /workspaces/{id}), ${owner}`,
    )
    expect(await refused(`/workspaces/${workspace}/invites`, { email: 'no-room@example.com' })).toBe(
      `The plan allows 1 member. GET /workspaces/${workspace}/members shows who counts: withdraw an invite, remove a member, ${owner}`,
    )
  })
})
