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
    ['/people', 'GET /contacts'],
    ['/crm/v3/objects/contacts', 'GET /contacts'],
    ['/opportunities', 'GET /deals'],
    ['/me', 'GET /whoami'],
  ])('GET %s', async (path, hint) => {
    const refused = await agent.get(path)
    expect([400, 404]).toContain(refused.status)
    expect(refused.label('hint')).toContain(hint)
  })

  test('an operator that is the opposite is not suggested', async () => {
    expect((await agent.get('/contacts?name=nlike:a')).label('hint')).not.toContain('did you mean')
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
  ])('?%s finds nothing, and a note says what it asked', async (filter, note) => {
    const empty = await agent.get(`/contacts?${filter}`)
    expect(empty.text).toMatch(/^# note: .*\n# total: 0\n$/)
    expect(empty.text).toContain(note)
    expect((await agent.get(`/contacts?${filter}&format=json`)).json().note).toContain(note)
  })

  test.each([
    'stage=lead',
    'email=nobody@acme.example',
    'search=nobody',
    'stage=is:null&name=like:zz',
    'id=c_00000000',
  ])('?%s needs no note', async (filter) => {
    expect((await agent.get(`/contacts?${filter}`)).text).not.toContain('# note')
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
