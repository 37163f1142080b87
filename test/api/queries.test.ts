// Contract §5: every operator on every kind of field, relations, custom keys, and what is refused.

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

onBothEngines('queries', (engine) => {
  let server: TestServer
  let agent: Client
  const ids: Record<string, string> = {}
  beforeAll(async () => {
    server = await startServer(engine)
    agent = await server.signIn('asker@example.com')
    ids.acme = (await agent.post('/companies', { name: 'Acme', domain: 'acme.example', tags: ['vip', 'big'] })).id
    ids.beta = (
      await agent.post('/companies', { name: 'Beta, Inc', domain: 'www.beta.example', stage: 'Ünïcode 100%_\\' })
    ).id
    ids.gamma = (await agent.post('/companies', { name: 'gamma', owner: 're: hello', tags: ['VIP'] })).id
    ids.ada = (
      await agent.post('/contacts', {
        name: 'Ada',
        email: 'Ada@acme.example',
        company_id: ids.acme,
        custom: { tier: 'Gold', seats: 40, on: true, list: [1] },
      })
    ).id
    ids.bob = (
      await agent.post('/contacts', {
        name: 'Bob',
        company_id: ids.beta,
        custom: { tier: 'silver', seats: '40', on: false, none: null, real: 0.5 },
      })
    ).id
    ids.cyn = (
      await agent.post('/contacts', { name: 'Cyn', email: 'cyn@x.example', follow_up_at: '2026-06-10T09:00:00Z' })
    ).id
    ids.small = (
      await agent.post('/deals', {
        title: 'small',
        amount_cents: -5,
        company_id: ids.acme,
        contact_id: ids.ada,
        expected_close_at: '2026-01-01',
      })
    ).id
    ids.large = (
      await agent.post('/deals', { title: 'large', amount_cents: 9007199254740991, currency: 'EUR', status: 'won' })
    ).id
    ids.zero = (
      await agent.post('/deals', { title: 'zero', amount_cents: 0, expected_close_at: '2026-01-01T12:00:00+01:00' })
    ).id
    ids.none = (await agent.post('/deals', { title: 'none', company_id: ids.beta })).id
  })
  afterAll(() => server.stop())

  const found: [query: string, names: string][] = [
    // text: exact, with case
    ['/companies?name=Acme', 'acme'],
    ['/companies?name=acme', ''],
    ['/companies?name=eq:Acme', 'acme'],
    ['/companies?name=ne:Acme', 'beta gamma'],
    ['/companies?stage=ne:x', 'acme beta gamma'],
    ['/companies?name=in:Acme,gamma', 'acme gamma'],
    ['/companies?name=in:"Beta, Inc",x', 'beta'],
    ['/companies?name=in:"a ""b""",gamma', 'gamma'],
    ['/companies?name=like:AC', 'acme'],
    ['/companies?name=like:a', 'acme beta gamma'],
    ['/companies?name=like:a%25', 'acme'],
    ['/companies?name=like:%25a', 'gamma'],
    ['/companies?name=like:a%25e', 'acme'],
    ['/companies?name=like:_cme', ''],
    ['/companies?stage=like:ünïCODE', 'beta'],
    ['/companies?stage=like:UNICODE', ''],
    ['/companies?stage=like:%25_\\', 'beta'],
    ['/companies?stage=is:null', 'acme gamma'],
    ['/companies?stage=not:null', 'beta'],
    ['/companies?owner=eq:re: hello', 'gamma'],
    ['/companies?owner=like:re:', 'gamma'],
    // normal forms
    ['/companies?domain=HTTPS://WWW.ACME.example/x', 'acme'],
    ['/companies?domain=in:acme.example,beta.example', 'acme beta'],
    ['/companies?domain=ne:acme.example', 'beta gamma'],
    ['/companies?domain=like:%25.example', 'acme beta'],
    ['/companies?domain=is:null', 'gamma'],
    ['/contacts?email= ADA@ACME.example', 'ada'],
    ['/contacts?email=like:ADA@', 'ada'],
    ['/contacts?email=ne:ada@acme.example', 'bob cyn'],
    // tags
    ['/companies?tags=vip', 'acme'],
    ['/companies?tags=VIP', 'gamma'],
    ['/companies?tags=vi', ''],
    ['/companies?tags=in:big,VIP', 'acme gamma'],
    ['/companies?tags=ne:vip', 'beta gamma'],
    ['/companies?tags=like:Vip', 'acme gamma'],
    ['/companies?tags=like:b%25', 'acme'],
    ['/companies?tags=like:i%25', ''],
    ['/companies?tags=is:null', 'beta'],
    ['/companies?tags=vip&tags=big', 'acme'],
    // numbers
    ['/deals?amount_cents=0', 'zero'],
    ['/deals?amount_cents=gt:0', 'large'],
    ['/deals?amount_cents=gte:0', 'large zero'],
    ['/deals?amount_cents=lt:0', 'small'],
    ['/deals?amount_cents=lte:0', 'small zero'],
    ['/deals?amount_cents=in:0,-5', 'small zero'],
    ['/deals?amount_cents=ne:0', 'large none small'],
    ['/deals?amount_cents=is:null', 'none'],
    ['/deals?amount_cents=9007199254740991', 'large'],
    ['/deals?amount_cents=gte:-5&amount_cents=lt:0', 'small'],
    ['/deals?version=1&version=gte:1', 'large none small zero'],
    // times, the same instant however it is written
    ['/deals?expected_close_at=2026-01-01', 'small'],
    ['/deals?expected_close_at=2026-01-01T00:00:00Z', 'small'],
    ['/deals?expected_close_at=2026-01-01T11:00Z', 'zero'],
    ['/deals?expected_close_at=gt:2026-01-01', 'zero'],
    ['/deals?expected_close_at=gte:2026-01-01T01:00:00%2B01:00', 'small zero'],
    ['/deals?expected_close_at=lte:2026-01-01T01:00:00+01:00', 'small'],
    ['/deals?closed_at=not:null', 'large'],
    ['/deals?created_at=gte:2020-01-01&created_at=lt:2020-01-02', ''],
    // choices and ids
    ['/deals?status=won', 'large'],
    ['/deals?status=ne:won', 'none small zero'],
    ['/deals?status=in:won,lost', 'large'],
    ['/deals?currency=EUR', 'large'],
    ['/deals?company_id={acme}', 'small'],
    ['/deals?company_id=company/{acme}', 'small'],
    ['/deals?company_id={acme},{beta}', 'none small'],
    ['/deals?company_id=in:{acme},{beta}', 'none small'],
    ['/deals?company_id=ne:{acme}', 'large none zero'],
    ['/deals?company_id=is:null', 'large zero'],
    ['/deals?id={zero}', 'zero'],
    ['/deals?created_by=asker@example.com&title=zero', 'zero'],
    // one hop
    ['/deals?company.domain=acme.example', 'small'],
    ['/deals?company.name=like:bet', 'none'],
    ['/deals?contact.email=ADA@acme.example', 'small'],
    ['/deals?contact.custom.tier=Gold', 'small'],
    ['/contacts?company.tags=big', 'ada'],
    ['/contacts?company.name=is:null', 'cyn'],
    ['/contacts?company.stage=not:null', 'bob'],
    // custom keys
    ['/contacts?custom.tier=Gold', 'ada'],
    ['/contacts?custom.tier=gold', ''],
    ['/contacts?custom.tier=like:GOL', 'ada'],
    ['/contacts?custom.tier=ne:Gold', 'bob cyn'],
    ['/contacts?custom.tier=in:Gold,silver', 'ada bob'],
    ['/contacts?custom.tier=is:null', 'cyn'],
    ['/contacts?custom.tier=not:null', 'ada bob'],
    ['/contacts?custom.seats=40', 'ada bob'],
    ['/contacts?custom.seats=gt:39', 'ada'],
    ['/contacts?custom.seats=lte:40', 'ada'],
    ['/contacts?custom.real=gte:0.5', 'bob'],
    ['/contacts?custom.real=lt:0.5', ''],
    ['/contacts?custom.on=true', 'ada'],
    ['/contacts?custom.none=is:null', 'ada bob cyn'],
    ['/contacts?custom.list=not:null', 'ada'],
    ['/contacts?custom.tier=Gold&custom.seats=gte:40', 'ada'],
  ]
  test.each(found)('%s finds %j', async (query, names) => {
    const reply = await agent.get(
      withIds(
        `${query}&fields=name`
          .replace('/deals?', '/deals?')
          .replace('fields=name', query.startsWith('/deals') ? 'fields=title' : 'fields=name'),
      ),
    )
    expect(reply.status, reply.text).toBe(200)
    const expected = names === '' ? [] : names.split(' ').map((name) => ids[name])
    expect(reply.records.map(({ handle }) => handle.split('/')[1]).sort()).toEqual(expected.sort())
    expect(reply.total).toBe(expected.length)
  })

  const refused: [query: string, code: string, says: string][] = [
    ['/contacts?stge=x', 'invalid_filter', 'did you mean "stage"'],
    ['/deals?close_date=2026-01-01', 'invalid_filter', 'did you mean "expected_close_at"'],
    ['/deals?sort=closed_on', 'invalid_sort', 'did you mean "closed_at"'],
    ['/contacts?custom.=x', 'invalid_filter', 'custom.<key>'],
    ['/contacts?custom.a-b=x', 'invalid_filter', 'custom.<key>'],
    ['/contacts?custom=x', 'invalid_filter', 'custom.<key>'],
    ['/contacts?company.nme=x', 'invalid_filter', 'Filter by'],
    ['/contacts?deal.title=x', 'invalid_filter', 'Filter by'],
    ['/contacts?name=lik:x', 'invalid_operator', 'did you mean "like"'],
    ['/contacts?stage=neq:x', 'invalid_operator', 'did you mean "ne"?'],
    ['/contacts?stage=nin:x,y', 'invalid_operator', 'did you mean "ne", once for each value?'],
    ['/contacts?name=contains:x', 'invalid_operator', 'did you mean "like"?'],
    ['/contacts?name=zzz:x', 'invalid_operator', 'unknown operator "zzz". name takes:'],
    ['/contacts?stage!=lead', 'invalid_filter', 'did you mean "stage=ne:lead"?'],
    ['/contacts?created_at>=2026-01-01', 'invalid_filter', 'did you mean "created_at=gte:2026-01-01"?'],
    ['/contacts?created_at%3C2026-01-01', 'invalid_filter', 'did you mean "created_at=lt:2026-01-01"?'],
    ['/contacts?name=https://x', 'invalid_operator', 'eq:'],
    ['/contacts?name=gt:x', 'invalid_operator', 'name'],
    ['/deals?amount_cents=like:1', 'invalid_operator', 'amount_cents'],
    ['/deals?created_at=like:2026', 'invalid_operator', 'created_at'],
    ['/deals?status=gt:won', 'invalid_operator', 'status'],
    ['/deals?company_id=like:co', 'invalid_operator', 'company_id'],
    ['/deals?amount_cents=abc', 'invalid_value', 'whole number'],
    ['/deals?amount_cents=1.5', 'invalid_value', 'whole number'],
    ['/deals?created_at=yesterday', 'invalid_value', 'RFC 3339'],
    ['/deals?status=wun', 'invalid_value', 'did you mean won'],
    ['/deals?company_id=c_00000000', 'invalid_value', 'company'],
    ['/contacts?name=is:nil', 'invalid_value', 'is:null'],
    ['/contacts?name=not:x', 'invalid_value', 'not:null'],
    ['/contacts?name=in:"a', 'invalid_value', 'in:'],
    ['/contacts?name=in:"a"b', 'invalid_value', 'in:'],
    ['/contacts?custom.seats=gt:many', 'invalid_value', 'number'],
    [`/contacts?name=in:${Array(201).fill('a').join(',')}`, 'invalid_value', '200'],
    ['/contacts?sort=nme', 'invalid_sort', 'did you mean "name"'],
    ['/contacts?sort=custom.tier', 'invalid_sort', 'Sort by'],
    ['/contacts?sort=', 'invalid_sort', 'Sort by'],
    ['/contacts?limit=0', 'invalid_limit', '200'],
    ['/contacts?limit=-1', 'invalid_limit', '200'],
    ['/contacts?limit=ten', 'invalid_limit', '200'],
    ['/contacts?limit=1&limit=2', 'invalid_value', 'once'],
    ['/contacts?sort=name&sort=email', 'invalid_value', 'once'],
    ['/contacts?cursor=abc', 'invalid_cursor', 'cursor'],
    ['/contacts?fields=nme', 'unknown_field', 'did you mean "name"'],
    ['/contacts?search=', 'invalid_value', 'letter'],
    ['/contacts?search=!!!', 'invalid_value', 'letter'],
    [`/contacts?search=${'a'.repeat(201)}`, 'invalid_value', '200'],
    ['/activities?search=x', 'invalid_filter', 'Filter by'],
    ['/search', 'invalid_value', 'q'],
    ['/search?q=x&types=people', 'invalid_value', 'contacts'],
    ['/reminders?days=x', 'invalid_value', 'days'],
    ['/audit?action=made', 'invalid_value', 'create'],
    ['/audit?target=x', 'invalid_value', 'handle'],
    ['/audit?since=x', 'invalid_value', 'RFC 3339'],
    ['/audit?cursor=x', 'invalid_cursor', 'cursor'],
  ]
  test.each(refused)('%s is %s', async (query, code, says) => {
    const reply = await agent.get(query)
    expect([reply.status, reply.label('error')], reply.text).toEqual([400, code])
    expect(reply.label('hint')).toContain(says)
  })

  test('a plus sign that became a space finds the address and the number that have it', async () => {
    const mine = await server.signIn()
    await mine.post('/contacts', { name: 'Plus', email: 'ada+t@acme.com', phone: '+49 30 1' })
    for (const path of [
      'email=ada+t@acme.com',
      'email=ada%2Bt@acme.com',
      'phone=+49 30 1',
      'email=in:x@y.com,ada+t@acme.com',
    ])
      expect((await mine.get(`/contacts?${path}`)).total, path).toBe(1)
    expect((await mine.get('/contacts?email=ada+u@acme.com')).total).toBe(0)
  })

  test('the hint for an activity that is not there names a call that there is', async () => {
    const hint = (await agent.get('/activities/a_zzzzzzzz')).label('hint')!
    expect((await agent.get(/GET (\S+)/.exec(hint)![1]!)).status).toBe(200)
  })

  test('times of years that do not print as they are read are refused', async () => {
    for (const time of ['9999-12-31T23:59:59-12:00', '0001-01-01T00:00:00+10:00'])
      expect((await agent.post('/deals', { title: 'far', expected_close_at: time })).label('error'), time).toBe(
        'invalid_value',
      )
    const berlin = await server.signIn()
    const workspace = (await berlin.get('/whoami')).label('workspace_id')!.split('/')[1]
    await berlin.patch(`/workspaces/${workspace}`, { timezone: 'Europe/Berlin' })
    for (const time of ['9999-12-31T23:59:59Z', '0001-01-01T00:00:00Z', '9999-12-31T22:59:59Z']) {
      const made = await berlin.post('/deals', { title: 'far', expected_close_at: time })
      const printed = encodeURIComponent(made.value('expected_close_at')!)
      expect((await berlin.get(`/deals?expected_close_at=${printed}`)).records.at(-1)!.handle, time).toBe(
        `deal/${made.id}`,
      )
    }
  })

  test('fields chooses what is shown, also of other records', async () => {
    const one = await agent.get(`/contacts/${ids.ada}?fields=name,custom.seats,company.domain`)
    expect([...one.records[0]!.values.keys()]).toEqual(['name', 'custom.seats', 'company.domain'])
    const list = await agent.get('/contacts?fields=id,custom&name=Ada&format=json')
    expect(list.json().items).toEqual([{ id: ids.ada, custom: { tier: 'Gold', seats: 40, on: true, list: [1] } }])
    const twice = await agent.get(`/contacts/${ids.ada}?fields=custom.seats,name,custom,name,company,company_id`)
    const labels = [...twice.records[0]!.values.keys()]
    expect(labels).toEqual(['name', 'custom.tier', 'custom.seats', 'custom.on', 'custom.list', 'company_id'])
    const all = await agent.get('/contacts?fields=all&name=Ada')
    expect(all.value('created_by')).toBe('asker@example.com')
  })

  test('a long value is cut in lists, but not where fields are chosen, nor alone', async () => {
    const body = `${'é🙂'.repeat(150)}end`
    const { id } = await agent.post('/activities', { contact_id: ids.ada, body })
    const listed = (await agent.get(`/activities?contact=${ids.ada}`)).records[0]!.values.get('body')!
    expect(listed.text).toBe([...body].slice(0, 280).join(''))
    expect(listed.omitted).toBe([...body].length - 280)
    expect((await agent.get(`/activities/${id}`)).value('body')).toBe(body)
    expect((await agent.get(`/activities?contact=${ids.ada}&fields=body`)).value('body')).toBe(body)
    expect((await agent.get(`/activities?contact=${ids.ada}&format=json`)).json().items[0].body).toBe(body)
  })

  const withIds = (path: string) => path.replace(/\{(\w+)\}/g, (_, name: string) => ids[name]!)
})
