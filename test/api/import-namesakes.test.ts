// Rows of one name: those that have an id where they come from are as many records as ids, whatever else they share.

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { countsOf } from '../support/imports.ts'
import { startServer, type TestServer } from '../support/server.ts'

onBothEngines('namesakes in files', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(engine)
  })
  afterAll(() => server.stop())

  /** What the dry run says, which is what the import then does. */
  async function imported(agent: Client, text: string, query = '') {
    const looked = countsOf(await agent.post(`/import?dry_run=true${query}`, text))
    expect(countsOf(await agent.post(`/import?${query}`, text))).toEqual(looked)
    return looked
  }

  test('an export goes into an empty workspace as it was, namesakes and what belongs to each included', async () => {
    const [agent, other] = [await server.signIn(), await server.signIn()]
    const company_id = (await agent.post('/companies', { name: 'Acme', domain: 'acme.example' })).id
    const deals: string[] = []
    for (const more of [{ status: 'won', amount_cents: 100 }, { amount_cents: 900 }])
      deals.push((await agent.post('/deals', { title: 'Renewal', company_id, ...more })).id)
    await agent.post(`/deals/${deals[1]}/activities`, { kind: 'call', body: 'of the second' })
    for (const title of ['CEO', 'Intern']) {
      await agent.post('/contacts', { name: 'Jane Doe', company_id, title })
      await agent.post('/contacts', { name: 'John Smith', title })
    }
    for (const stage of ['x', 'y']) await agent.post('/companies', { name: 'Twin', stage })
    const { text } = await agent.get('/export')
    expect(await imported(other, text)).toMatchObject({ rows: 10, created: 10 })
    expect((await other.get('/export')).text.split('\n').sort()).toEqual(text.split('\n').sort())
    expect(await imported(other, text)).toMatchObject({ rows: 10, unchanged: 10 })
  })

  test.each([
    [
      'a product',
      'Record ID,Deal Name,Deal Stage,Amount',
      '',
      ['1,Renewal,Won,100', '2,Renewal,New,200', '3,Renewal,New,300'],
    ],
    [
      'a plain table',
      'nr,title,amount',
      '&type=deals&map=nr:external_id',
      ['1,Renewal,100', '2,Renewal,200', '3,Renewal,300'],
    ],
    [
      'people of a product',
      'Record ID,First Name,Last Name,Company Name',
      '',
      ['1,Jo,Do,Big', '2,Jo,Do,Big', '3,Jo,Do,Big'],
    ],
    [
      'companies of a product',
      'Record ID,Company name,Industry',
      '&type=companies',
      ['1,Twin,a', '2,Twin,b', '3,Twin,c'],
    ],
  ])('%s: ids that differ are records that differ, in one file and in the next', async (_, header, query, rows) => {
    const agent = await server.signIn()
    const [first, second, third] = rows
    const files = [[header, first, second].join('\n'), [header, third].join('\n')]
    expect(await imported(agent, files[0]!, query)).toMatchObject({ created: 2, updated: 0 })
    expect(await imported(agent, files[1]!, query)).toMatchObject({ created: 1, updated: 0 })
    for (const file of files) expect(await imported(agent, file, query)).toMatchObject({ created: 0, updated: 0 })
  })

  test.each([
    ['name,email,lead_source', 'Ann Lee,ann@x.example,web', 'Bob Ray,bob@y.example,fair'],
    ['first_name,last_name,lead_source', 'Ann,Lee,web', 'Bob,Ray,fair'],
    ['email,account_name', 'ann@x.example,A', 'bob@y.example,B'],
    ['name,email,lifecycle_stage', 'Ann Lee,ann@x.example,Lead', 'Bob Ray,bob@y.example,Lead'],
    ['deal_name,value,lead_source', 'Roof,100,web', 'Boat,900,web'],
    [
      'activity type,date,subject,email,account_name',
      'Call,2026-01-01,a,me@x.example,A',
      'Call,2026-01-02,b,me@x.example,A',
    ],
  ])("ids of a plain table are no product's, though it has a header of one: %s", async (header, first, second) => {
    const agent = await server.signIn()
    await agent.post('/contacts', { email: 'me@x.example' })
    for (const row of [first, second]) {
      const file = `id,${header}\n1,${row}\n`
      expect(countsOf(await agent.post('/import', file))).toMatchObject({ created: 1, updated: 0 })
      expect(countsOf(await agent.post('/import', file))).toMatchObject({ unchanged: 1 })
    }
  })

  test('an id is one record under any name where its product is beyond doubt', async () => {
    const agent = await server.signIn()
    const deal = (id: string, name: string) => `id,deal_name,lead_source\n${id},${name},web\n`
    const renamed = async (id: string, query = '') => {
      await agent.post(`/import?${query}`, deal(id, 'Roof'))
      return countsOf(await agent.post(`/import?${query}`, deal(id, 'Boat')))
    }
    expect(await renamed('0065g00000ABCDE')).toMatchObject({ created: 0, updated: 1 })
    expect(await renamed('7', 'source=salesforce')).toMatchObject({ created: 0, updated: 1 })
  })

  test('an id stays with the record that has it where a later row with it has the address of another', async () => {
    const agent = await server.signIn()
    const rows = ['17,Zoë,Ada,Acme,', '1,Ada,Bo,Acme,x@y.example', '17,Lee,,,x@y.example']
    const text = ['Record Id,First Name,Last Name,Account Name,Email', ...rows].join('\n')
    expect(await imported(agent, text)).toMatchObject({ created: 2 })
    const before = (await agent.get('/export')).text
    expect(await imported(agent, text)).toMatchObject({ created: 0, updated: 0, unchanged: 3 })
    expect((await agent.get('/export')).text).toBe(before)
  })

  test.each(['update', 'fill', 'skip'])(
    'an id whose record is gone is given to the next (existing=%s)',
    async (how) => {
      const agent = await server.signIn()
      const header = 'Record ID,First Name,Last Name,Email'
      await agent.post('/import', `${header}\n17,Zoë,Ada,zoe@y.example\n`)
      const { id } = await agent.get('/contacts')
      const path = `/contacts/${id}`
      await agent.delete(`${path}?confirm=${(await agent.delete(path)).label('confirm')}`)
      await agent.post('/contacts', { name: 'Lee', email: 'lee@y.example' })
      const query = `&existing=${how}`
      expect(await imported(agent, `${header}\n17,Lee,,lee@y.example\n`, query)).toMatchObject({ created: 0 })
      expect(await imported(agent, `${header}\n17,Lee,,new@y.example\n`, query)).toMatchObject({ created: 0 })
    },
  )

  test('of two ids in a row the second stays with the record that has it', async () => {
    const agent = await server.signIn()
    const rows = ['Record ID,External ID,Name', '1,,Ann', ',B,Bob', '1,B,Ann']
    const query = '&type=contacts&source=hubspot'
    expect(await imported(agent, rows.join('\n'), query)).toMatchObject({ created: 2 })
    expect(await imported(agent, `${rows[0]}\n${rows[2]}`, query)).toMatchObject({ unchanged: 1 })
  })

  test('a row with an id becomes the record of its name that has no id yet', async () => {
    const agent = await server.signIn()
    await agent.post('/companies', { name: 'Acme' })
    const text = 'Record ID,Company name\n7,Acme\n8,Acme\n'
    expect(await imported(agent, text, '&type=companies')).toMatchObject({ created: 1, updated: 1 })
  })

  test('what one row takes leaves the other namesake for the next, in the dry run too', async () => {
    const agent = await server.signIn()
    const company_id = (await agent.post('/companies', { name: 'Big' })).id
    for (const phone of ['+1 555 0101', '+1 555 0102'])
      await agent.post('/contacts', { name: 'Jo Do', phone, company_id })
    const rows = ['Record ID,First Name,Last Name,Company Name,Phone Number', '7,Jo,Do,Big,+1 555 0101', '8,Jo,Do,Big,']
    expect(await imported(agent, rows.join('\n'))).toMatchObject({ created: 0, updated: 2 })
  })

  test('deals of one name differ by a contact who is not here yet, in one file and in the next', async () => {
    const [agent, other] = [await server.signIn(), await server.signIn()]
    const [header, ann, bob] = [
      ...['Deal Name,Amount,Company,Contact email', 'Renewal,2500,Globex,ann@globex.example'],
      'Renewal,900,Globex,bob@globex.example',
    ]
    expect(await imported(agent, [header, ann, bob].join('\n'))).toMatchObject({ created: 2 })
    expect((await agent.get('/contacts')).total).toBe(2)
    for (const row of [ann, bob]) expect(await imported(other, `${header}\n${row}`)).toMatchObject({ created: 1 })
    for (const [who, amount] of [
      ['ann', '250000'],
      ['bob', '90000'],
    ])
      expect(
        (await other.get(`/deals?contact.email=${who}@globex.example&fields=amount_cents`)).value('amount_cents'),
      ).toBe(amount)
  })

  test('of several domains in a cell the first is taken, and all are kept', async () => {
    const agent = await server.signIn()
    expect(await imported(agent, 'Company name,Company Domain Name\nUPMC,upmc.example; upmc2.example\n')).toMatchObject(
      { created: 1 },
    )
    const company = await agent.get('/companies?domain=upmc.example&fields=all')
    expect(company.value('custom.company_domain_name')).toBe('upmc.example; upmc2.example')
  })

  test('a company that has the domain under another name is told of', async () => {
    const agent = await server.signIn()
    const text =
      'Name,Company,Company Domain\nAnn,Alpha,shared.example\nBob,Beta,shared.example\nCy,ALPHA.,shared.example\n'
    const done = await agent.post('/import', text)
    expect(done.text.match(/^warning: .*/gm)).toEqual([expect.stringMatching(/row 3 - company_id is the company/)])
  })
})
