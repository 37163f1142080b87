// Questions as other programs put them: the hint, or a note on an empty answer, is enough to put them right.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Client, rawRequest } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

onBothEngines('what was meant', (engine) => {
  let server: TestServer
  let agent: Client
  beforeAll(async () => {
    server = await startServer(engine)
    agent = await server.signIn()
    await agent.post('/contacts', { name: 'Ada', stage: 'lead', email: 'ada@acme.example', custom: { tier: 'gold' } })
    await agent.post('/contacts', { name: 'Ben' })
    await agent.post('/companies', { name: 'Acme' })
    await agent.post('/contacts', { name: 'Null', tags: ['vip'] })
  })
  afterAll(() => server.stop())

  test.each([
    ['/contacts?email!=null', '"email=not:null"'],
    ['/contacts?email!=', '"email=not:null"'],
    ['/contacts?stage<>lead', '"stage=ne:lead"'],
    ['/contacts?stage!=lead', '"stage=ne:lead"'],
    ['/contacts?created_at>=2026-01-01', '"created_at=gte:2026-01-01"'],
    ['/contacts?stage=not:lead', 'for values write "stage=ne:lead"'],
    ['/contacts?created_at=ge:2026-01-01', 'did you mean "gte"?'],
    ['/contacts?created_at=max:2026-01-01', 'did you mean "lte"?'],
    ['/contacts?company_name=Acme', '"company.name=Acme"'],
    ['/contacts?created_after=2026-01-01', '"created_at=gt:2026-01-01"'],
    ['/deals?amount_cents__gte=100', '"amount_cents=gte:100"'],
    ['/contacts?name[like]=ada', '"name=like:ada"'],
    ['/deals?amount=gt:1000', `"amount_cents" (in the currency's minor units)`],
    ['/contacts?q=ada', 'did you mean "search"?'],
    ['/contacts?page=2', '"cursor", from the "# next:" line'],
    ['/contacts?order_by=name', '"sort=field" or "sort=-field"'],
    ['/contacts?page[size]=10', 'did you mean "limit"?'],
    ['/contacts?stage=not:lead,won', 'for values write "stage=ne:lead&stage=ne:won"'],
    ['/contacts?stage=not:"a, b",c', 'for values write "stage=ne:a, b&stage=ne:c"'],
    ['/contacts?name=not:Doe, Jane', 'for values write "name=ne:<value>", once for each value'],
    ['/contacts?stage=is:lead,won', 'for values write "stage=in:lead,won"'],
    ['/contacts?stage=is:not_null', 'did you mean "stage=not:null"?'],
    ['/contacts?stage!=in:lead,won', '"stage=ne:lead&stage=ne:won"'],
    ['/contacts?stage!=lead,won', '"stage=ne:lead&stage=ne:won"'],
    ['/contacts?stage!=ne:lead', '"stage=ne:lead"'],
    ['/contacts?stage!=is:null', '"stage=not:null"'],
    ['/contacts?stage_not=lead,won', '"stage=ne:lead&stage=ne:won"'],
    ['/contacts?stge=lead', 'unknown field "stge" - did you mean "stage"? Filter by: '],
    ['/contacts?!stage=lead', 'did you mean "stage=ne:lead"?'],
    ['/contacts?nostage=lead', 'did you mean "stage=ne:lead"?'],
    ['/contacts?stage=is:not:lead', 'for values write "stage=ne:lead"'],
    ['/contacts?stage=not:empty', 'did you mean "stage=not:null"?'],
    ['/contacts?stage_isnull=off', '"stage=not:null"'],
    ['/contacts?sort=created_at:-1', 'did you mean "-created_at"?'],
    ['/contacts?tags=ne:vip,new', '"tags=ne:vip&tags=ne:new"'],
    ['/contacts?stage=isnull:true', 'did you mean "is:null"?'],
    ['/contacts?stage=isnull:false', 'did you mean "not:null"?'],
    ['/contacts?stage_isnull=true', '"stage=is:null"'],
    ['/contacts?name=contains:a', 'did you mean "like"?'],
    ['/contacts?custom.seats>5', '"custom.seats=gt:5"'],
    ['/deals?sort=amount_cents:desc', 'did you mean "-amount_cents"?'],
    ['/deals?sort=amount_cents,desc', 'did you mean "-amount_cents"?'],
    ['/deals?sort=amount_cents desc', 'did you mean "-amount_cents"?'],
    ['/deals?sort=amount_cents.DESC', 'did you mean "-amount_cents"?'],
    ['/deals?sort=desc:amount_cents', 'did you mean "-amount_cents"?'],
    ['/deals?sort=amount_cents:asc', 'did you mean "amount_cents"?'],
    ['/deals?sort=amount_cents:desc,title:asc', 'did you mean "-amount_cents"?'],
    ['/deals?sort=amount_cents_desc', 'did you mean "-amount_cents"?'],
    ['/deals?sort=desc(amount_cents)', 'did you mean "-amount_cents"?'],
    ['/deals?sort=-amount_cent', 'did you mean "-amount_cents"?'],
    ['/activities?since=2026-11-01', '"occurred_at=gte:2026-11-01"'],
    ['/activities?search=pricing', '"body=like:<text>"'],
    ['/activities?q=pricing', '"body=like:<text>"'],
    ['/contacts?since=2026-11-01', '"created_at=gte:2026-11-01"'],
    ['/contacts?fields=', 'takes all, or names'],
    ['/contacts?fields=,', 'takes all, or names'],
    ['/contacts?fields=name,', 'takes all, or names'],
    ['/companies?search=AT&T', 'unknown field "T" - did you mean an & in the value before it, which is %26 in a URL?'],
    ['/companies?name=R&D&sort=name', 'did you mean an & in the value before it'],
    ['/contacts?stage=lead&email_isnull', '"email=is:null"'],
    ['/companies?name=Smith & Co', 'did you mean an & in the value before it'],
    ['/search?q=AT&T', 'unknown parameter "T" - did you mean an & in the value before it'],
    ['/deals?amount_cents=>1000', 'did you mean "amount_cents=gt:1000"? It was ">1000".'],
    ['/deals?amount_cents=<=1000', 'did you mean "amount_cents=lte:1000"?'],
    ['/deals?created_at=>2026-01-01', 'did you mean "created_at=gt:2026-01-01"?'],
    ['/deals?status=!open', 'did you mean "status=ne:open"?'],
    ['/contacts?created_at=>=2026-01-01', 'did you mean "created_at=gte:2026-01-01"?'],
    ['/people', 'GET /contacts'],
    ['/crm/v3/objects/contacts', 'GET /contacts'],
    ['/opportunities', 'GET /deals'],
    ['/me', 'GET /whoami'],
  ])('GET %s', async (path, hint) => {
    const refused = await agent.get(path)
    expect([400, 404]).toContain(refused.status)
    expect(refused.label('hint')).toContain(hint)
  })

  test.each([
    'name=nlike:a',
    'stage!=like:lead',
    'stage!=is:lead',
    'stage=not:like:lead',
    'name=not:Null',
    'name=is:NULL',
    'stage>lead',
    'name_gt=a',
    'tags_gte=a',
    'created_at=contains:2026',
    'stage=before:lead',
    'follow_up_note_exclude=call',
    'sort=-name:asc',
    'fields=-notes',
    'archived',
    'archived&stage=lead',
    'created_at=2026-01-01>x',
  ])('for ?%s nothing is suggested, which would be refused or the opposite', async (query) => {
    const hint = (await agent.get(`/contacts?${query}`)).label('hint')
    expect(hint).toMatch(/\S/)
    expect(hint).not.toMatch(/did you mean|write "/)
  })

  test.each([
    ['stage=null', 'is:null finds empty fields'],
    ['custom.tier=null', 'is:null finds empty fields'],
    ['stage=LIKE:lead', 'like lower-case words with a colon'],
    ['stage=$gt:1', 'like lower-case words with a colon'],
    ['name=*ada*', 'like lower-case words with a colon'],
    ['stage=lead,trial', 'in:a,b any of several'],
    ['stage=Lead', 'case by case'],
    ['tags=VIP', 'case by case'],
    ['created_at=2026-11-28', 'gte: and lt: find a whole day'],
    ['search=ada or ben', 'every word of search must match'],
    ['stage=lead&created_at=2026-11-28', 'gte: and lt: find a whole day'],
    ['stage=lead&search=ada or ben', 'every word of search must match'],
    ['last_activity_at=lt:2026-09-29', 'last_activity_at=is:null finds those'],
    ['company.created_at=lt:2030-01-01', 'company.created_at=is:null finds those'],
    ['custom.contry=Germany', 'no record has custom.contry.'],
    ['company.custom.contry=Germany&stage=lead', 'no record has company.custom.contry.'],
    ['custom.tier=silver', 'case by case'],
    ['email=null', 'is:null finds empty fields'],
    ['created_by=null', 'is:null finds empty fields'],
    ['company.domain=null', 'is:null finds empty fields'],
    ['email=@acme.example', 'email must be one e-mail address, such as ada@acme.com; like: finds parts of one.'],
    ['email=*@acme.example', 'like lower-case words with a colon'],
    ['email=%25@acme.example', 'like lower-case words with a colon'],
    ['email=in:ada,ben', 'like: finds parts of one.'],
    ['created_by=ada', 'like: finds parts of one.'],
    ['created_by=me', 'GET /whoami tells the address'],
    ['owner=me', 'GET /whoami tells the address'],
    ['owner=in:me,self', 'GET /whoami tells the address'],
    ['company.domain=acme', 'company.domain must be a domain such as acme.com; like: finds parts of one.'],
    ['activities=is:null', 'activities is never empty; for none ask activities=0.'],
    ['created_at=is:null', 'created_at is never empty.'],
  ])('?%s finds nothing, and a note says what it asked', async (filter, note) => {
    const empty = await agent.get(`/contacts?${filter}`)
    expect(empty.text).toMatch(/^# note: .*\n# total: 0\n$/)
    expect(empty.text).toContain(note)
    expect((await agent.get(`/contacts?${filter}&format=json`)).json().note).toContain(note)
  })

  test.each([
    'stage=lead',
    'name=Null',
    'stage=ne:lead',
    'stage=ne:won&name=Ada',
    'name=ne:Doe, Jane',
    'stage=ne:lead&email=ada@acme.example',
    'custom.none=ne:a',
    'created_at=gte:2030-01-01',
    'last_activity_at=lt:2026-09-29&last_activity_at=not:null',
    'email=nobody@acme.example',
    'email=',
    'email=ada+sales@acme.example',
    'email=like:@acme.nowhere',
    'company.domain=eq:https://nowhere.example/about',
    'search=nobody',
    'stage=is:null&name=like:zz',
    'id=c_00000000',
  ])('?%s needs no note', async (filter) => {
    expect((await agent.get(`/contacts?${filter}`)).text).not.toContain('# note')
  })

  test('who asks for those without a call since a day is told that those without any are others', async () => {
    const { id } = await agent.post('/deals', { title: 'Quiet' })
    await agent.post('/deals', { title: 'Silent' })
    await agent.post(`/deals/${id}/activities`, { occurred_at: '2020-01-01' })
    const quiet = await agent.get('/deals?status=open&last_activity_at=lt:2021-01-01')
    expect([quiet.total, quiet.text]).toEqual([1, expect.stringContaining('last_activity_at=is:null finds those.\n')])
    const known = await agent.get('/deals?last_activity_at=lt:2021-01-01&last_activity_at=not:null')
    expect([known.total, known.comments]).toEqual([1, ['total: 1']])
    const window = await agent.get('/deals?last_activity_at=gte:2019-01-01&last_activity_at=lt:2021-01-01')
    expect([window.total, window.comments]).toEqual([1, ['total: 1']])
    expect((await agent.get('/deals?last_activity_at=gt:2019-01-01')).text).not.toContain('# note')
  })

  test('a range of what is never empty needs no note, and the id alone may be chosen', async () => {
    expect((await agent.get('/activities?occurred_at=gte:2030-01-01')).text).toBe('# total: 0\n')
    expect((await agent.get('/contacts?fields=id&name=Ada')).text).toMatch(/^contact\/\S+\n# total: 1\n$/)
  })

  test.each([
    ['stage=ne:lead,won', 'send the parameter once for each'],
    ['custom.tier=ne:gold,silver', 'send the parameter once for each'],
    ['stage=ne:Lead', '"lead" is not left out'],
    ['tags=ne:VIP', '"vip" is not left out'],
    ['stage=ne:null', 'is:null finds empty fields'],
    ['email=ne:null', 'is:null finds empty fields'],
  ])('?%s leaves nothing out, and a note says why', async (filter, note) => {
    const found = await agent.get(`/contacts?${filter}`)
    expect([found.records.length, found.text]).toEqual([3, expect.stringContaining('\n# note: ')])
    expect(found.text).toContain(note)
  })

  test('a body of GET is refused, where it would have been ignored', async () => {
    const { host } = new URL(server.url)
    const get = (body: string) =>
      rawRequest(
        server.url,
        `GET /contacts HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${agent.token}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
      )
    expect(await get('{"stage":"lead"}')).toMatch(/^HTTP\/1.1 400 [\s\S]*filters stand in the path/)
    expect(await get('{}')).toMatch(/^HTTP\/1.1 200/)
  })

  test('amounts that would be wrong by a hundred are told of the minor units', async () => {
    const renamed = await agent.post('/deals', { title: 'x', amount: 5000.5 })
    expect(renamed.label('hint')).toContain(`did you mean "amount_cents" (in the currency's minor units)?`)
    const signed = await agent.post('/deals', { title: 'x', amount_cents: '$5,000.50' })
    expect(signed.label('hint')).toContain('such as 500050 for 5,000.50 EUR')
  })

  test('who means to add a tag is told that what is sent replaces all, and where it does not', async () => {
    for (const field of ['tags+', 'tag', '+tags']) {
      const { id } = await agent.post('/contacts', { name: 'Dana', tags: ['vip', 'eu'] })
      const refused = await agent.patch(`/contacts/${id}`, { [field]: ['new'] })
      expect([refused.label('error'), refused.label('hint')]).toEqual([
        'unknown_field',
        expect.stringContaining('did you mean "tags" (all of them, also those that stay)?'),
      ])
      const imported = await agent.call('POST', '/import', `id,tags\n${id},new\n`)
      expect([imported.status, (await agent.get(`/contacts/${id}`)).value('tags')]).toEqual([200, 'vip,eu,new'])
    }
    expect((await agent.get('/help')).text).toContain('(tags are added; empty cells change nothing)')
    expect((await agent.get('/help/import')).text).toContain('tags are added to those that are there')
  })

  test('a collection says where one of its records is changed', async () => {
    expect((await agent.patch('/contacts', { id: 'c_1' })).label('hint')).toContain('PATCH /contacts/{id}')
    expect((await agent.delete('/deals')).label('hint')).toContain('DELETE /deals/{id}')
  })

  test('a write answers with the fields that are asked for', async () => {
    const made = await agent.post('/contacts?fields=name', { name: 'Cleo', stage: 'new' })
    expect(made.text).toMatch(/^contact\/\S+ name=Cleo\n# created\n$/)
    const changed = await agent.patch(`/contacts/${made.id}?fields=stage,custom.tier`, {
      stage: 'won',
      custom: { tier: 1 },
    })
    expect(changed.text).toMatch(/^contact\/\S+ stage=won custom.tier=1\n# updated\n$/)
    const wrong = await agent.patch(`/contacts/${made.id}?fields=nothing`, { stage: 'lost' })
    expect([wrong.label('error'), (await agent.get(`/contacts/${made.id}`)).value('stage')]).toEqual([
      'unknown_field',
      'won',
    ])
  })
})
