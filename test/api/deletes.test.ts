// Contract §4: a delete is confirmed, says what goes, clears references, and leaves the audit log.

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

const TEN_MINUTES = 600_000

onBothEngines('deletes', (engine) => {
  let server: TestServer
  let agent: Client
  beforeAll(async () => {
    server = await startServer(engine)
    agent = await server.signIn('deleter@example.com')
  })
  afterAll(() => server.stop())

  const confirmOf = async (path: string) => (await agent.delete(path)).label('confirm')!
  const newContact = async () => (await agent.post('/contacts', { name: 'Gone' })).id

  test('the first call says what goes and deletes nothing; the second does it, once', async () => {
    const id = await newContact()
    const asked = await agent.delete(`/contacts/${id}`)
    expect([asked.status, asked.label('error')]).toEqual([409, 'confirmation_required'])
    expect(asked.label('hint')).toContain(`DELETE /contacts/${id}?confirm=${asked.label('confirm')}`)
    expect((await agent.get(`/contacts/${id}`)).status).toBe(200)
    const done = await agent.delete(`/contacts/${id}?confirm=${asked.label('confirm')}`)
    expect([done.status, done.comments.at(-1)]).toEqual([200, 'deleted'])
    expect((await agent.get(`/contacts/${id}`)).status).toBe(404)
    expect((await agent.delete(`/contacts/${id}?confirm=${asked.label('confirm')}`)).status).toBe(404)
  })

  test('a confirmation that was used does not serve for a record that an import puts back under the same id', async () => {
    const id = await newContact()
    const confirm = await confirmOf(`/contacts/${id}`)
    expect((await agent.delete(`/contacts/${id}?confirm=${confirm}`)).status).toBe(200)
    const again = JSON.stringify({ type: 'contact', id, name: 'Another', version: 1 })
    const headers = { 'content-type': 'application/x-ndjson' }
    expect((await agent.post('/import', again, { headers })).text).toContain('contacts_created: 1')
    const refused = await agent.delete(`/contacts/${id}?confirm=${confirm}`)
    expect([refused.status, refused.label('error')]).toEqual([409, 'invalid_confirmation'])
    expect((await agent.get(`/contacts/${id}`)).value('name')).toBe('Another')
  })

  test('a confirmation is bound to record, version, user and what goes with it, and lives ten minutes', async () => {
    const [id, other] = [await newContact(), await newContact()]
    const refused = async (confirm: string, by = agent) => {
      const reply = await by.delete(`/contacts/${id}?confirm=${encodeURIComponent(confirm)}`)
      expect([reply.status, reply.label('error')], confirm).toEqual([409, 'invalid_confirmation'])
    }
    await refused(await confirmOf(`/contacts/${other}`))
    for (const nonsense of ['', 'yes', 'zzzzzzzz-0', '-', 'é']) await refused(nonsense)
    const stale = await confirmOf(`/contacts/${id}`)
    await agent.patch(`/contacts/${id}`, { stage: 'lead' })
    await refused(stale)
    const fewer = await confirmOf(`/contacts/${id}`)
    await agent.post(`/contacts/${id}/activities`, { kind: 'note', body: 'would go with it' })
    await refused(fewer)
    const late = await confirmOf(`/contacts/${id}`)
    server.advance(TEN_MINUTES + 1_000)
    await refused(late)
    const workspace = (await agent.get('/whoami')).label('workspace_id')!.split('/')[1]!
    await agent.post(`/workspaces/${workspace}/invites`, { email: 'colleague@example.com' })
    const colleague = await server.signIn('colleague@example.com', { workspace_id: workspace })
    await refused(await confirmOf(`/contacts/${id}`), colleague)
    const fresh = await confirmOf(`/contacts/${id}`)
    expect((await agent.delete(`/contacts/${id}?confirm=${fresh}`)).status).toBe(200)
  })

  test('If-Match holds for both calls: a record that has another version stays, and is shown', async () => {
    const id = await newContact()
    const first = { headers: { 'if-match': '1' } }
    expect((await agent.delete(`/contacts/${id}`, first)).label('error')).toBe('confirmation_required')
    await agent.patch(`/contacts/${id}`, { stage: 'lead' })
    for (const query of ['', `?confirm=${await confirmOf(`/contacts/${id}`)}`]) {
      const late = await agent.delete(`/contacts/${id}${query}`, first)
      expect([late.status, late.label('error'), late.value('version')], query).toEqual([412, 'version_mismatch', '2'])
    }
    const path = `/contacts/${id}?confirm=${await confirmOf(`/contacts/${id}`)}`
    expect((await agent.delete(path, { headers: { 'if-match': '"2"' } })).status).toBe(200)
  })

  test('16 simultaneous confirmed deletes: one does it', async () => {
    const id = await newContact()
    const confirm = await confirmOf(`/contacts/${id}`)
    const replies = await Promise.all(
      Array.from({ length: 16 }, () => agent.delete(`/contacts/${id}?confirm=${confirm}`)),
    )
    expect(replies.map(({ status }) => status).sort()).toEqual([200, ...Array(15).fill(404)])
  })

  test('references to it are cleared; its activities go, unless another record holds them too', async () => {
    const company = await agent.post('/companies', { name: 'Closing Ltd' })
    const contact = await agent.post('/contacts', { name: 'Stays', company_id: company.id })
    const deal = await agent.post('/deals', { title: 'Stays too', company_id: company.id })
    const alone = await agent.post(`/companies/${company.id}/activities`, { kind: 'note', body: 'alone' })
    const shared = await agent.post(`/companies/${company.id}/activities`, { kind: 'call', contact_id: contact.id })
    const asked = await agent.delete(`/companies/${company.id}`)
    for (const words of ['contacts (1)', 'deals (1)', 'activities (1) go with it', 'activities (1) lose company_id'])
      expect(asked.label('deletes')).toContain(words)
    await agent.delete(`/companies/${company.id}?confirm=${asked.label('confirm')}`)
    for (const path of [`/contacts/${contact.id}`, `/deals/${deal.id}`]) {
      const kept = await agent.get(path)
      expect([kept.value('company_id'), kept.value('company.name'), kept.value('version')]).toEqual([
        ...[undefined, undefined, '2'],
      ])
    }
    expect((await agent.get(`/activities/${alone.id}`)).status).toBe(404)
    expect((await agent.get(`/activities/${shared.id}`)).value('contact_id')).toBe(contact.id)
    expect((await agent.get(`/contacts/${contact.id}`)).value('activities')).toBe('1')
    const log = await agent.get(`/audit?target=company/${company.id}`)
    expect(log.records.map(({ values }) => values.get('action')!.text)).toEqual(['delete', 'create'])
    expect(log.records[0]!.values.get('old.name')!.text).toBe('Closing Ltd')
  })

  test('what lost a reference says so in the log, and is not found by the name of what is gone', async () => {
    const company = await agent.post('/companies', { name: 'Vanishing Holding' })
    const contact = await agent.post('/contacts', { name: 'Remains', company_id: company.id })
    const both = { company_id: company.id, contact_id: contact.id }
    const activities = []
    for (const held of [both, { company_id: company.id }])
      activities.push((await agent.post('/activities', { kind: 'note', body: 'on it', ...held })).id)
    const path = `/companies/${company.id}`
    expect((await agent.get('/contacts?search=vanishing')).total).toBe(1)
    await agent.delete(`${path}?confirm=${await confirmOf(path)}`)
    expect((await agent.get('/contacts?search=vanishing')).total).toBe(0)
    expect((await agent.get('/contacts?search=remains')).total).toBe(1)
    const lastOf = async (target: string) => {
      const { value } = await agent.get(`/audit?target=${target}&limit=1`)
      return ['action', 'old.company_id', 'new.company_id'].map(value)
    }
    expect(await lastOf(`contact/${contact.id}`)).toEqual(['update', company.id, undefined])
    expect(await lastOf(`activity/${activities[0]}`)).toEqual(['update', company.id, undefined])
    expect(await lastOf(`activity/${activities[1]}`)).toEqual(['delete', company.id, undefined])
  })

  test('frees its address and its place in the totals', async () => {
    const one = await agent.post('/contacts', { email: 'free@delete.example' })
    const { total } = await agent.get('/contacts?limit=1')
    await agent.delete(`/contacts/${one.id}?confirm=${await confirmOf(`/contacts/${one.id}`)}`)
    expect((await agent.get('/contacts?limit=1')).total).toBe(total - 1)
    const two = await agent.post('/contacts', { email: 'free@delete.example' })
    expect([two.status, two.id === one.id]).toEqual([201, false])
  })
})
