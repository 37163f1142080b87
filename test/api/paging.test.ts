// Contract §5: order, totals and cursors, exact while others write.

import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { allPages, type Client } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

onBothEngines('paging', (engine) => {
  let server: TestServer
  let agent: Client
  beforeAll(async () => {
    server = await startServer(engine)
    agent = await server.signIn()
    const stages = ['b', 'a', undefined, 'é', 'Z', 'z', '']
    await Promise.all(
      Array.from({ length: 42 }, (_, n) =>
        agent.post('/deals', {
          title: `t${n % 10}`,
          stage: stages[n % 7],
          amount_cents: n % 3 === 0 ? undefined : (n * 7919) % 13,
          follow_up_at: n % 2 ? `2026-01-${String((n % 27) + 1).padStart(2, '0')}` : undefined,
        }),
      ),
    )
  })
  afterAll(() => server.stop())

  test.each(['title', 'stage', 'amount_cents', 'follow_up_at', 'status', 'id', 'created_at', 'version', 'company_id'])(
    'sort by %s, both ways, page by page',
    async (field) => {
      for (const [prefix, sign] of [
        ['', 1],
        ['-', -1],
      ] as const) {
        const records = await allPages(agent, `/deals?sort=${prefix}${field}&limit=5&fields=${field}`)
        expect(records).toHaveLength(42)
        const rows = records.map(({ handle, values }) => ({
          id: handle.split('/')[1]!,
          value: values.get(field)?.text,
        }))
        const numeric = field === 'amount_cents' || field === 'version'
        const key = (value: string) => (numeric ? Number(value) : Buffer.from(value).toString('hex'))
        const expected = [...rows].sort((a, b) => {
          if (field === 'id') return sign * (a.id < b.id ? -1 : 1)
          if ((a.value === undefined) !== (b.value === undefined)) return a.value === undefined ? 1 : -1
          const [left, right] = [key(a.value ?? ''), key(b.value ?? '')]
          return sign * (left < right ? -1 : left > right ? 1 : a.id < b.id ? -1 : 1)
        })
        expect(rows).toEqual(expected)
      }
    },
  )

  test('the newest come first, 50 of them, and never more than 200', async () => {
    const mine = await server.signIn()
    await Promise.all(Array.from({ length: 205 }, (_, n) => mine.post('/contacts', { name: `n${n}` })))
    expect((await mine.get('/contacts')).records).toHaveLength(50)
    const most = await mine.get('/contacts?limit=5000')
    expect([most.records.length, most.total]).toEqual([200, 205])
    expect(most.text.trimEnd().split('\n').at(-1)).toBe(`# next: ${most.next}`)
    const last = await mine.get(`/contacts?limit=200&cursor=${most.next}`)
    expect([last.records.length, last.next]).toEqual([5, undefined])
    expect(last.text.endsWith('# total: 205\n')).toBe(true)
    const json = (await mine.get('/contacts?limit=200&format=json')).json()
    expect([json.items.length, json.total, typeof json.next_cursor]).toEqual([200, 205, 'string'])
    expect((await mine.get(`/contacts?format=json&limit=10&cursor=${most.next}`)).json().next_cursor).toBeNull()
    const times = (await allPages(mine, '/contacts?fields=created_at')).map(
      ({ values }) => values.get('created_at')!.text,
    )
    expect(times).toEqual([...times].sort().reverse())
    expect((await mine.get('/contacts')).text).toBe((await mine.get('/contacts?sort=-created_at')).text)
  })

  test('of those made in a row, within a second too, the newest come first: in lists and in searches', async () => {
    const mine = await server.signIn()
    for (const path of ['/contacts', '/companies', '/deals']) {
      const field = path === '/deals' ? 'title' : 'name'
      for (let n = 0; n < 12; n++) await mine.post(path, { [field]: 'acme', tags: [`n${n}`] })
      for (const query of ['', '?search=acme', '?search=acme&sort=-created_at']) {
        const { records } = await mine.get(`${path}${query}${query ? '&' : '?'}fields=tags`)
        const expected = Array.from({ length: 12 }, (_, n) => `n${11 - n}`)
        expect(
          records.map(({ values }) => values.get('tags')!.text),
          path + query,
        ).toEqual(expected)
      }
    }
  })

  test('a cursor is bound to workspace, resource, filters, search and sort', async () => {
    const { next } = await agent.get('/deals?limit=2&sort=title&status=open')
    expect((await agent.get(`/deals?limit=7&sort=title&status=open&fields=title&cursor=${next}`)).status).toBe(200)
    const other = await server.signIn()
    const wrong: [Client, string][] = [
      [agent, '/deals?sort=-title&status=open'],
      [agent, '/deals?sort=stage&status=open'],
      [agent, '/deals?sort=title'],
      [agent, '/deals?sort=title&status=ne:open'],
      [agent, '/deals?sort=title&status=open&search=t1'],
      [agent, '/contacts?sort=name'],
      [other, '/deals?sort=title&status=open'],
    ]
    for (const [client, path] of wrong)
      expect((await client.get(`${path}&cursor=${next}`)).label('error'), path).toBe('invalid_cursor')
    for (const broken of [`${next}A`, next!.slice(0, -2), `A${next!.slice(1)}`, '!'])
      expect(
        (await agent.get(`/deals?sort=title&status=open&cursor=${encodeURIComponent(broken)}`)).label('error'),
      ).toBe('invalid_cursor')
  })

  test('a cursor of the audit log is bound to its filters', async () => {
    const mine = await server.signIn()
    for (const name of ['Ada', 'Grace']) await mine.post('/contacts', { name })
    const { next } = await mine.get('/audit?limit=1&action=create')
    expect((await mine.get(`/audit?limit=1&action=create&cursor=${next}`)).status).toBe(200)
    expect((await mine.get(`/audit?limit=1&cursor=${next}`)).label('error')).toBe('invalid_cursor')
  })

  test('a cursor tells nothing of where it stands, and is the same each time', async () => {
    const mine = await server.signIn()
    for (const name of ['Zanzibar one', 'Zanzibar two', 'Zanzibar three']) await mine.post('/companies', { name })
    for (const path of ['/companies?sort=name&limit=1', '/companies?search=zanzibar&limit=1', '/audit?limit=1']) {
      const { next, records } = await mine.get(path)
      const bytes = Buffer.from(next!, 'base64url')
      for (const told of ['Zanzibar', '[0,', records[0]!.handle.slice(-6)])
        expect(bytes.subarray(12).toString('latin1'), path).not.toContain(told)
      expect((await mine.get(path)).next).toBe(next)
    }
  })

  test('rows that do not change appear exactly once, whatever is written meanwhile', async () => {
    const sorts = fc.constantFrom('title', '-title', 'amount_cents', '-amount_cents', '-created_at', 'stage')
    const writes = fc.array(fc.tuple(fc.constantFrom('insert', 'delete', 'move'), fc.nat(20)), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(sorts, fc.integer({ min: 1, max: 7 }), writes, async (sort, limit, changes) => {
        const mine = await server.signIn()
        const make = (n: number, tag: string) =>
          mine.post('/deals', {
            title: `t${n % 4}`,
            amount_cents: n % 5 === 0 ? null : n % 6,
            stage: n % 3 ? 's' : null,
            tags: [tag],
          })
        const kept = await Promise.all(Array.from({ length: 15 }, (_, n) => make(n, 'kept')))
        const others = await Promise.all(Array.from({ length: 6 }, (_, n) => make(n, 'other')))
        const seen: string[] = []
        const pending = [...changes]
        for (let cursor: string | undefined; ; ) {
          const page = await mine.get(`/deals?sort=${sort}&limit=${limit}${cursor ? `&cursor=${cursor}` : ''}`)
          seen.push(...page.records.map(({ handle }) => handle.split('/')[1]!))
          cursor = page.next
          if (!cursor) break
          const [what, n] = pending.shift() ?? ['none', 0]
          const victim = others[n % others.length]!.id
          if (what === 'insert') await make(n, 'late')
          if (what === 'move') await mine.patch(`/deals/${victim}`, { title: `t${n % 5}`, amount_cents: n })
          if (what === 'delete') {
            const asked = await mine.delete(`/deals/${victim}`)
            if (asked.status === 409) await mine.delete(`/deals/${victim}?confirm=${asked.label('confirm')}`)
          }
        }
        for (const { id } of kept) expect(seen.filter((each) => each === id)).toHaveLength(1)
      }),
      { numRuns: 12 },
    )
  })

  test('totals are exact up to 10,000', async () => {
    const mine = await server.signIn()
    let made = 0
    const post = async (count: number) => {
      const until = made + count
      await Promise.all(
        Array.from({ length: 48 }, async () => {
          while (made < until) await mine.post('/deals', { title: `n${made++}` })
        }),
      )
    }
    await post(10_000)
    expect((await mine.get('/deals?limit=1')).comments[0]).toBe('total: 10000')
    expect((await mine.get('/deals?limit=1&status=open')).comments[0]).toBe('total: 10000')
    await post(1)
    expect((await mine.get('/deals?limit=1')).comments[0]).toBe('total: 10000+')
    expect((await mine.get('/deals?limit=1&status=open')).comments[0]).toBe('total: 10000+')
    expect((await mine.get('/deals?limit=1&format=json')).json().total).toBe('10000+')
    expect((await mine.get('/whoami')).label('deals')).toBe('10001 / unlimited')
  }, 900_000)
})
