// What rows mean beyond their cells: repeated ones, guessed companies, several ids, numbers, and broken text.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { onBothEngines } from '../support/engines.ts'
import { countsOf } from '../support/imports.ts'
import { startServer, type TestServer } from '../support/server.ts'

onBothEngines('the meaning of rows', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(engine)
  })
  afterAll(() => server.stop())

  test('rows that repeat a key count alike in the dry run, and change nothing the second time', async () => {
    const agent = await server.signIn()
    const text =
      'Name,Email,Title,Company\nAda,a@r.example,,One\nAda B,a@r.example,Boss,Two\nAda C,a@r.example,Chief,\n'
    const looked = await agent.post('/import?dry_run=true', text)
    const done = await agent.post('/import', text)
    expect(countsOf(done)).toEqual({ rows: 3, created: 1, updated: 1, unchanged: 1, faulty: 0 })
    expect(countsOf(looked)).toEqual(countsOf(done))
    expect([looked.label('repeated'), done.label('repeated')]).toEqual(['2', '2'])
    expect(done.text).toMatch(/^warning: 2 rows \(3, 4\) - row is the record of an earlier row/m)
    expect(done.label('column')).toBeUndefined()
    expect((await agent.get('/companies')).total).toBe(1)
    expect(countsOf(await agent.post('/import', text))).toMatchObject({ created: 0, updated: 0, unchanged: 3 })
  })

  test('a table made of a list changes the records whose ids it has, and a file sent as a form is none', async () => {
    const agent = await server.signIn()
    const made = [await agent.post('/deals', { title: 'A' }), await agent.post('/deals', { title: 'B', notes: 'kept' })]
    const rows = [`${made[0]!.id},new@own.example`, `deal/${made[1]!.id},new@own.example`]
    const table = ['id,owner', ...rows].join('\n')
    const looked = await agent.post('/import?type=deals&dry_run=true', table)
    const done = await agent.post('/import?type=deals', table)
    expect([countsOf(looked), countsOf(done)]).toEqual(Array(2).fill({ ...countsOf(done), updated: 2, faulty: 0 }))
    expect(looked.text).toContain('column: id -> external_id (such as ')
    const list = await agent.get('/deals?owner=new@own.example&sort=title&fields=all')
    expect(list.records.map(({ values }) => [values.get('title')!.text, values.has('custom.id')])).toEqual([
      ['A', false],
      ['B', false],
    ])
    const form = `--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n${table}\r\n--x--\r\n`
    const refused = await agent.post('/import?source=csv', form)
    expect([refused.status, refused.label('hint')]).toEqual([400, expect.stringContaining('--data-binary')])
    for (const query of ['', '?dry_run=true'])
      expect((await agent.post(`/import${query}`, table.replaceAll('\n', ''))).text).toMatch(/--data-binary.*\n$/)
  })

  test('the domain of an address makes no company, replaces none, and is told of', async () => {
    const agent = await server.signIn()
    const text = 'Name,Email,Seats,Zip\nAda,a@guess.example,40,01234\n'
    await agent.post('/import', text)
    expect((await agent.get('/companies')).total).toBe(0)
    const ada = await agent.get('/contacts?custom.seats=gt:3&fields=all')
    expect([ada.total, ada.value('custom.zip')]).toEqual([1, '01234'])
    await agent.post('/companies', { name: 'Guess', domain: 'guess.example' })
    for (const [types, format] of [
      ['contacts', 'csv'],
      ['contacts', 'vcard'],
    ]) {
      const own = await agent.get(`/export?types=${types}&format=${format}`)
      expect(countsOf(await agent.post('/import', own.text))).toMatchObject({ unchanged: 1 })
    }
    expect((await agent.post('/import?dry_run=true', text)).label('link')).toMatch(/^Email -> company_id \(1 rows/)
  })

  test('what an export says of the past is put back where it can be so', async () => {
    const agent = await server.signIn()
    const file = (lines: object[]) => lines.map((line) => JSON.stringify(line)).join('\n')
    const versions = [9_007_199_254_740_991, 1_000_000_001, 0, -7].map((version) => ({
      ...{ type: 'contact', name: `v${version}`, version },
    }))
    const refused = await agent.post('/import', file(versions))
    expect(countsOf(refused)).toMatchObject({ created: 0, faulty: 4 })
    const deals = [
      { type: 'deal', title: 'Open', status: 'open', closed_at: '2020-01-02T00:00:00Z', version: 7 },
      { type: 'deal', title: 'Won', status: 'won', closed_at: '2020-01-02T00:00:00Z' },
    ]
    expect(countsOf(await agent.post('/import', file(deals)))).toMatchObject({ created: 2 })
    const [open, won] = (await agent.get('/deals?sort=title&fields=all')).records.map(({ values }) => values)
    expect([open!.get('closed_at'), open!.get('version')?.text]).toEqual([undefined, '7'])
    expect(won!.get('closed_at')?.text).toBe('2020-01-02T00:00:00Z')
  })

  test("in an address book a page at another domain than the address is the person's, and stays with them", async () => {
    const agent = await server.signIn()
    await agent.post('/companies', { name: 'Beta AG' })
    const google =
      'First Name,Last Name,Organization Name,E-mail 1 - Value,Website 1 - Value\nGo,Ogle,Beta AG,go@beta.example,https://gosblog.example/\n'
    await agent.post('/import', google)
    const card = (name: string, page: string) =>
      `BEGIN:VCARD\r\nVERSION:3.0\r\nFN:${name}\r\nORG:${name} Ltd\r\nEMAIL:${name}@umbrella.example\r\nURL:${page}\r\nEND:VCARD\r\n`
    await agent.post(
      '/import',
      card('Blo', 'https://blo.example/about') + card('Sub', 'https://www.eu.umbrella.example'),
    )
    const domain = async (name: string) => (await agent.get(`/companies?name=${name}&fields=domain`)).value('domain')
    expect(await domain('Beta AG')).toBeUndefined()
    expect([await domain('Blo Ltd'), await domain('Sub Ltd')]).toEqual(['umbrella.example', 'eu.umbrella.example'])
    const pages = (await agent.get('/contacts?fields=all&sort=name')).text
    expect(pages).toContain('https://blo.example/about')
    expect(pages).toContain('https://gosblog.example/')
  })

  test('a half of a surrogate pair makes its row faulty', async () => {
    const agent = await server.signIn()
    const text = Buffer.from('\ufeffName,Email\nA\ud800,a@s.example\nB😀,b@s.example\n', 'utf16le')
    expect(countsOf(await agent.post('/import', text))).toMatchObject({ created: 1, faulty: 1 })
  })

  test('who has only an address gets no name by a card; further ids of a cell stay', async () => {
    const agent = await server.signIn()
    await agent.post('/contacts', { email: 'only@card.example' })
    const cards = await agent.get('/export?types=contacts&format=vcard')
    expect(countsOf(await agent.post('/import', cards.text))).toMatchObject({ unchanged: 1 })
    await agent.post('/import', 'Record ID,Deal Name,Deal Stage,Associated Contact IDs\n1,Big,New,8001;8002\n')
    const deal = await agent.get('/deals?fields=all')
    expect(deal.value('custom.associated_contact_ids')).toBe('8001;8002')
  })

  test('an id in a plain table is ours where it is as ours are, and one of no record here is told of', async () => {
    const agent = await server.signIn('ids@meaning.example')
    const theirs = await agent.post('/import?type=contacts', 'id,name\nc_1,Ann One\nc_vip,Vip\n')
    expect([theirs.label('created'), (await agent.get('/contacts/c_1')).status]).toEqual(['2', 404])
    await agent.post('/import?type=contacts', 'id,name,email\nc_1,Somebody Else,else@other.example\n')
    expect((await agent.get('/contacts?name=Ann One')).total).toBe(1)
    const { id } = await agent.post('/contacts', { name: 'Zbyszek' })
    const mistyped = `${id.slice(0, -1)}${id.endsWith('3') ? '4' : '3'}`
    const table = `id,name,stage\n${id},Zbyszek,won\n${mistyped},Zbyszek,won\n`
    const told = await agent.post('/import?type=contacts', table)
    expect([told.label('updated'), told.label('created')]).toEqual(['1', '1'])
    expect(told.label('warning')).toBe(
      'row 3 - id is the id of no contact here, and one was made under it: if it was mistyped, this is a second one',
    )
    expect((await agent.post('/import?type=contacts', table)).text).not.toContain('warning')
  })

  test('ids of plain tables link by their header; one that two records had links to neither', async () => {
    const agent = await server.signIn()
    const customers = 'customerID,companyName\nALFKI,Alfreds\nANATR,Ana\n'
    const orders = 'orderID,title,amount,customerID\n1,First,10,ALFKI\n2,Second,20,ANATR\n3,Third,30,NONE\n'
    const map = 'type=deals&map=customerID:company.id,orderID:external_id'
    const early = await agent.post(`/import?dry_run=true&${map}`, orders)
    expect(early.text).toMatch(/^warning: 3 rows .* import the companies of the same product, or with their ids below/m)
    const looked = await agent.post('/import?dry_run=true&type=companies&map=customerID:external_id', customers)
    expect(looked.text).toContain('column: customerID -> external_id, kept as custom.customerid (such as ALFKI)')
    await agent.post('/import?type=companies&map=customerID:external_id', customers)
    const of = async (title: string) =>
      (await agent.get(`/deals?title=${title}&fields=company.name`)).value('company.name')
    await agent.post(`/import?${map}`, orders)
    expect([await of('First'), await of('Second'), await of('Third')]).toEqual(['Alfreds', 'Ana', undefined])
    expect((await agent.get('/companies?custom.customerid=ALFKI')).total).toBe(1)
    for (const name of ['One', 'Two']) await agent.post('/import?type=companies', `id,name,industry\n7,${name},x\n`)
    await agent.post('/import?type=companies', 'id,name,industry\n8,Three,x\n')
    await agent.post('/import?type=deals', 'title,amount,company_id\nBoth,1,7\nOnly,1,8\n')
    expect([await of('Both'), await of('Only')]).toEqual([undefined, 'Three'])
  })
})
