// Contract §6: activities, reminders and the audit log; §2 and §3: whoami.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allPages, type Client } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

const DAY = 24 * 3600 * 1000

onBothEngines('what happened and what is due', (engine) => {
  let server: TestServer
  let agent: Client
  beforeAll(async () => {
    server = await startServer(engine)
    agent = await server.signIn('doer@example.com')
  })
  afterAll(() => server.stop())

  describe('activities', () => {
    test('are counted on every record that they are logged on', async () => {
      const company = await agent.post('/companies', { name: 'Counted' })
      const contact = await agent.post('/contacts', { name: 'Counted', company_id: company.id })
      const first = { kind: 'call', body: 'x', occurred_at: '2026-01-02T03:04:05Z', contact_id: contact.id }
      expect((await agent.post('/activities', first)).comments).toEqual(['created'])
      const second = { kind: 'meeting', occurred_at: '2026-01-01', company_id: company.id }
      const both = await agent.post(`/contact/${contact.id}/activities`, second)
      expect([both.status, both.value('contact_id'), both.value('company_id')]).toEqual([201, contact.id, company.id])
      const held = async (path: string) => {
        const { value } = await agent.get(path)
        return [value('activities'), value('last_activity_at')]
      }
      expect(await held(`/contacts/${contact.id}`)).toEqual(['2', '2026-01-02T03:04:05Z'])
      expect(await held(`/companies/${company.id}`)).toEqual(['1', '2026-01-01T00:00:00Z'])
      expect((await agent.get(`/companies/${company.id}/activities`)).records.map(({ handle }) => handle)).toEqual([
        `activity/${both.id}`,
      ])
    })

    test('the latest is that of those which are left, whichever of them was moved or deleted', async () => {
      const [id, other] = [
        (await agent.post('/contacts', { name: 'Left' })).id,
        (await agent.post('/contacts', { name: 'Other' })).id,
      ]
      const made: string[] = []
      for (const day of [1, 2, 3, 4])
        made.push((await agent.post('/activities', { occurred_at: `2026-01-0${day}`, contact_id: id })).id)
      const held = async () => {
        const { value } = await agent.get(`/contacts/${id}`)
        return [value('activities'), value('last_activity_at')]
      }
      const gone = async (at: number) => {
        const path = `/activities/${made[at]}`
        expect((await agent.delete(`${path}?confirm=${(await agent.delete(path)).label('confirm')}`)).status).toBe(200)
      }
      await gone(0)
      expect(await held()).toEqual(['3', '2026-01-04T00:00:00Z'])
      await agent.patch(`/activities/${made[3]}`, { contact_id: other })
      expect(await held()).toEqual(['2', '2026-01-03T00:00:00Z'])
      await agent.patch(`/activities/${made[1]}`, { occurred_at: '2026-01-05' })
      expect(await held()).toEqual(['2', '2026-01-05T00:00:00Z'])
      await gone(1)
      expect(await held()).toEqual(['1', '2026-01-03T00:00:00Z'])
      await gone(2)
      expect(await held()).toEqual(['0', undefined])
    })

    test('32 logged at the same time are all counted', async () => {
      const { id } = await agent.post('/deals', { title: 'Busy' })
      await Promise.all(Array.from({ length: 32 }, (_, n) => agent.post(`/deals/${id}/activities`, { body: `n${n}` })))
      expect((await agent.get(`/deals/${id}`)).value('activities')).toBe('32')
      expect((await agent.get(`/deals/${id}/activities`)).total).toBe(32)
    })

    test('are listed newest first, filtered by several ids under either name, page by page', async () => {
      const made: string[] = []
      for (const name of ['One', 'Two', 'Three']) made.push((await agent.post('/contacts', { name })).id)
      for (const day of [3, 1, 2])
        for (const id of made)
          await agent.post('/activities', {
            kind: 'task',
            occurred_at: `2025-03-0${day}`,
            contact_id: id,
            on_behalf_of: 'Eve',
          })
      const two = `${made[0]}, contact/${made[1]}`
      for (const name of ['contact', 'contact_id']) {
        const listed = await agent.get(`/activities?${name}=${two}&kind=task&on_behalf_of=Eve&limit=500`)
        expect(listed.total, name).toBe(6)
        const days = listed.records.map(({ values }) => values.get('occurred_at')!.text.slice(8, 10))
        expect(days).toEqual(['03', '03', '02', '02', '01', '01'])
      }
      const paged = await allPages(agent, `/activities?contact=${made.join(',')}&limit=2`)
      expect(new Set(paged.map(({ handle }) => handle)).size).toBe(9)
    })

    test('need a record that exists', async () => {
      const without = await agent.post('/activities', { body: 'of nobody' })
      expect([without.status, without.label('error')]).toEqual([400, 'missing_field'])
      const dangling = await agent.post('/activities', { contact_id: 'c_00000000' })
      expect([dangling.status, dangling.label('error')]).toEqual([400, 'invalid_value'])
      expect((await agent.post('/contacts/c_00000000/activities', { body: 'x' })).status).toBe(404)
    })
  })

  test('reminders are the records due, earliest first, past ones overdue', async () => {
    const mine = await server.signIn()
    const at = (days: number) => new Date(Date.now() + days * DAY).toISOString()
    await mine.post('/contacts', { name: 'Tomorrow', follow_up_at: at(1), follow_up_note: 'offer' })
    await mine.post('/deals', { title: 'Yesterday', follow_up_at: at(-1) })
    await mine.post('/contacts', { name: 'Last week', follow_up_at: at(-7) })
    await mine.post('/contacts', { name: 'Next month', follow_up_at: at(30) })
    await mine.post('/contacts', { name: 'Never' })
    const due = async (query: string) =>
      (await mine.get(`/reminders${query}`)).records.map(({ values }) => [
        (values.get('name') ?? values.get('title'))!.text,
        values.get('overdue')?.text,
      ])
    const past = [
      ['Last week', 'yes'],
      ['Yesterday', 'yes'],
    ]
    expect(await due('')).toEqual(past)
    expect(await due('?days=2')).toEqual([...past, ['Tomorrow', undefined]])
    expect(await due('?days=2&limit=1')).toEqual([past[0]])
    expect((await mine.get('/reminders?days=2&limit=1')).total).toBe(3)
    for (const query of ['?days=-1', '?days=x', '?days=99999'])
      expect((await mine.get(`/reminders${query}`)).label('error'), query).toBe('invalid_value')
    expect((await mine.get('/reminders?limit=0')).label('error')).toBe('invalid_limit')
    expect((await mine.get('/reminders?when=now')).label('error')).toBe('unknown_parameter')
  })

  describe('the audit log', () => {
    test('has an entry for each change, with old and new values, and none for a refused one', async () => {
      const mine = await server.signIn('auditor@example.com', { token_name: 'laptop' })
      const { id } = await mine.post('/contacts', { name: 'Ada', email: 'ada@audit.example', custom: { tier: 'gold' } })
      await mine.patch(`/contacts/${id}`, { stage: 'lead', custom: { tier: 'silver', seats: 3 } })
      await mine.patch(`/contacts/${id}`, { email: 'no address' })
      await mine.patch(`/contacts/${id}`, { stage: 'lead' })
      const log = await mine.get(`/audit?target=contact/${id}`)
      expect(log.records.map(({ values }) => values.get('action')!.text)).toEqual(['update', 'create'])
      const [update, create] = log.records.map(({ values }) =>
        Object.fromEntries([...values].map(([label, { text }]) => [label, text])),
      )
      expect(update).toMatchObject({ by: 'auditor@example.com', token: 'laptop', target: `contact/${id}` })
      expect(update).toMatchObject({ 'new.stage': 'lead', 'old.custom.tier': 'gold', 'new.custom.tier': 'silver' })
      expect(update).toMatchObject({ 'new.custom.seats': '3' })
      expect(update).not.toHaveProperty('old.stage')
      expect(create).toMatchObject({ 'new.name': 'Ada', 'new.email': 'ada@audit.example' })
    })

    test('tells when a deal was closed and opened again, which nobody sends', async () => {
      const { id } = await agent.post('/deals', { title: 'Roof' })
      const won = await agent.patch(`/deals/${id}`, { status: 'won' })
      await agent.patch(`/deals/${id}`, { status: 'open' })
      const [opened, closed] = (await agent.get(`/audit?target=deal/${id}`)).records
      expect(closed!.values.get('new.closed_at')?.text).toBe(won.value('closed_at'))
      expect(opened!.values.get('old.closed_at')?.text).toBe(won.value('closed_at'))
    })

    test('is filtered, paged, and read only', async () => {
      const mine = await server.signIn('reader@example.com')
      for (const name of ['a', 'b', 'c', 'd']) await mine.post('/companies', { name })
      expect((await allPages(mine, '/audit?limit=3')).map(({ values }) => values.get('new.name')!.text).join('')).toBe(
        'dcba',
      )
      const total = async (query: string) => (await mine.get(`/audit?${query}`)).total
      expect(await total('by=Reader@example.com&action=create')).toBe(4)
      expect(await total('by=somebody@example.com')).toBe(0)
      expect(await total('action=delete')).toBe(0)
      expect(await total(`since=${new Date(Date.now() + DAY).toISOString()}`)).toBe(0)
      expect(await total('since=2026-01-01')).toBe(4)
      expect(await total('by=owner')).toBe(0)
      const day = (days: number) => new Date(Date.now() + days * DAY).toISOString()
      expect(await total(`at=gte:${day(-1)}&at=lt:${day(1)}`)).toBe(4)
      expect(await total(`at=gt:${day(-2)}&at=lte:${day(-1)}`)).toBe(0)
      const page = await mine.get('/audit?limit=1')
      expect(await total(`at=${page.value('at')}&at=lte:${page.value('at')}&since=${day(-1)}`)).toBeGreaterThan(0)
      const other = await mine.get(`/audit?limit=1&at=lt:${day(1)}&cursor=${page.next}`)
      expect(other.label('error')).toBe('invalid_cursor')
      expect((await mine.get('/audit?at=like:x')).label('error')).toBe('invalid_operator')
      for (const query of [
        'action=steal',
        'since=soon',
        'at=soon',
        'at=lt:soon',
        'target=nobody',
        'by=reader',
        'by=',
        'token=',
      ])
        expect((await mine.get(`/audit?${query}`)).label('error'), query).toBe('invalid_value')
      expect((await mine.get('/audit?cursor=x')).label('error')).toBe('invalid_cursor')
      for (const method of ['POST', 'PATCH', 'DELETE'])
        expect((await mine.call(method, '/audit')).status, method).toBe(405)
    })

    test('a bound is met to the second', async () => {
      const mine = await server.signIn()
      for (let n = 0; n < 4; n++) {
        await mine.post('/companies', { name: `At ${n}` })
        server.advance(1_000)
      }
      const times = (await mine.get('/audit')).records.map(({ values }) => values.get('at')!.text)
      const bound = times[2]!
      for (const [query, holds] of [
        ['at=', (time: string) => time === bound],
        ['at=gt:', (time: string) => time > bound],
        ['at=gte:', (time: string) => time >= bound],
        ['since=', (time: string) => time >= bound],
        ['at=lt:', (time: string) => time < bound],
        ['at=lte:', (time: string) => time <= bound],
      ] as const)
        expect((await mine.get(`/audit?${query}${bound}`)).total, query).toBe(times.filter(holds).length)
    })

    test('is filtered by the token that it prints, page by page', async () => {
      const mine = await server.signIn('tokens@example.com', { token_name: 'my laptop' })
      const other = await server.signIn('tokens@example.com', { token_name: 'laptop' })
      const names = ['a', 'b', 'c', 'd', 'e']
      for (const name of names)
        for (const agent of [mine, other]) await agent.post('/companies', { name: `${name} ${agent === mine}` })
      const found = await allPages(mine, '/audit?token=my%20laptop&limit=2')
      expect(found.map(({ values }) => values.get('token')!.text)).toEqual(names.map(() => 'my laptop'))
      expect(found.map(({ values }) => values.get('new.name')!.text)).toEqual(
        names.map((name) => `${name} true`).reverse(),
      )
      const page = await mine.get('/audit?token=laptop&by=tokens@example.com&action=create&limit=1')
      expect([page.total, page.value('token')]).toEqual([5, 'laptop'])
      expect((await mine.get('/audit?token=lap')).total).toBe(0)
      expect((await mine.get('/audit?token=laptop&by=owner')).total).toBe(0)
      const elsewhere = await mine.get(
        `/audit?token=my%20laptop&by=tokens@example.com&action=create&limit=1&cursor=${page.next}`,
      )
      expect(elsewhere.label('error')).toBe('invalid_cursor')
    })

    test('as many entries as answered changes, however many at once', async () => {
      const mine = await server.signIn()
      const { id } = await mine.post('/contacts', { name: 'Busy' })
      const replies = await Promise.all(
        Array.from({ length: 40 }, (_, n) => mine.patch(`/contacts/${id}`, { title: `t${n}` })),
      )
      expect(replies.every(({ status }) => status === 200)).toBe(true)
      expect((await mine.get(`/audit?target=contact/${id}`)).total).toBe(41)
      expect((await mine.get(`/contacts/${id}`)).value('version')).toBe('41')
    })
  })

  test('whoami tells user, workspace, role, token, plan and usage', async () => {
    const mine = await server.signIn('who@example.com', { token_name: 'desk' })
    await mine.post('/contacts', { name: 'One' })
    const { label } = await mine.get('/whoami')
    expect([label('user'), label('role'), label('token'), label('plan')]).toEqual([
      ...['who@example.com', 'admin', 'desk', 'unlimited'],
    ])
    expect([label('contacts'), label('companies')]).toEqual(['1 / unlimited', '0 / unlimited'])
    expect(label('workspace_id')).toMatch(/^workspace\/w_[0-9a-z]+$/)
  })
})
