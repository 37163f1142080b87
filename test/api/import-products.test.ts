// Several files of one product, as it writes them: what one of them is called in the others links them.

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { countsOf } from '../support/imports.ts'
import { startServer, type TestServer } from '../support/server.ts'

onBothEngines('files of one product', (engine) => {
  let server: TestServer
  let agent: Client
  beforeAll(async () => {
    server = await startServer(engine)
  })
  afterAll(() => server.stop())

  /** Sends a file twice; nothing may be faulty or warned of, and the second time nothing may change. */
  async function send(...rows: string[]) {
    const first = await agent.post('/import', rows.join('\n'))
    expect(first.text).not.toMatch(/^(?:warning|problem|error):/m)
    expect(countsOf(await agent.post('/import', rows.join('\n')))).toMatchObject({ created: 0, updated: 0, faulty: 0 })
    return first
  }
  const linesOf = async (path: string) => (await agent.get(path)).text.split('\n').filter((line) => /^\w+\//.test(line))
  const valuesOf = async (path: string) => (await linesOf(path)).map((line) => line.replace(/^\S+ /, '')).sort()

  test('Salesforce: accounts of the data loader are those that contacts, opportunities and tasks name', async () => {
    agent = await server.signIn()
    const accounts = ['Id,IsDeleted,Name,Website,Industry', '0015g00000AbCdEAAV,false,Umbrella,umbrella.example,Bio']
    expect((await send(...accounts)).label('source')).toBe('salesforce')
    expect((await send('Id,Name,Website', '0015g00000AbCdFAAV,Initech,')).label('source')).toBe('salesforce')
    await send('Id,AccountId,LastName,Email', '0035g00000XyZaBAAV,0015g00000AbCdFAAV,Bill,bill@gmail.com')
    await send('Contact ID,Account ID,Last Name,Email', '0035g00000XyZaA,0015g00000AbCdE,Wesker,wesker@gmail.com')
    await send('Id,AccountId,Name,StageName,Amount', '0065g00000OoOoAAAV,0015g00000AbCdEAAV,Licence,Closed Won,5')
    await send(
      'Id,WhoId,WhatId,Subject,TaskSubtype',
      '00T5g00000TtTtAAAV,0035g00000XyZaAAAV,0065g00000OoOoAAAV,Hi,Call',
    )
    expect(await valuesOf('/contacts?fields=name,company.name')).toEqual([
      'name=Bill company.name=Initech',
      'name=Wesker company.name=Umbrella',
    ])
    expect(await valuesOf('/deals?fields=company.name')).toEqual(['company.name=Umbrella'])
    expect(await valuesOf('/activities?fields=contact.name,deal.title')).toEqual([
      'contact.name=Wesker deal.title=Licence',
    ])
  })

  test('Zoho: accounts and contacts of one name are told apart by the ids beside the names', async () => {
    agent = await server.signIn()
    await send('Record Id,Account Owner,Account Name,Website', 'zcrm_11,Ada,King,', 'zcrm_12,Ada,King,king.example')
    await send(
      'Record Id,Contact Owner,First Name,Last Name,Account Name.id,Account Name,Email',
      'zcrm_21,Ada,Kris,Marrier,zcrm_12,King,kris@gmail.com',
      'zcrm_22,Ada,Kris,Marrier,zcrm_11,King,kris2@gmail.com',
    )
    const deals = await send(
      'Record Id,Deal Owner,Amount,Deal Name,Account Name.id,Account Name,Stage,Contact Name.id,Contact Name',
      'zcrm_31,Ada,5,Benton,zcrm_12,King,Closed Won,zcrm_21,Kris Marrier',
      'zcrm_32,Ada,6,Benton,zcrm_11,King,Qualification,zcrm_22,Kris Marrier',
    )
    expect(deals.label('source')).toBe('zoho')
    await send(
      'Record Id,Task Owner,Subject,Due Date,Contact Name.id,Contact Name,Related To.id,Related To',
      'zcrm_41,Ada,Ask,2024-05-01,zcrm_22,Kris Marrier,zcrm_32,Benton',
    )
    expect(await valuesOf('/contacts?fields=email,company.domain')).toEqual([
      'email=kris2@gmail.com',
      'email=kris@gmail.com company.domain=king.example',
    ])
    expect(await valuesOf('/deals?fields=amount_cents,contact.email,company.domain')).toEqual([
      'amount_cents=500 contact.email=kris@gmail.com company.domain=king.example',
      'amount_cents=600 contact.email=kris2@gmail.com',
    ])
    expect(await valuesOf('/activities?fields=contact.email,deal.amount_cents')).toEqual([
      'contact.email=kris2@gmail.com deal.amount_cents=600',
    ])
  })

  test('HubSpot: of several companies a contact has the primary one, and each is called by its own name', async () => {
    agent = await server.signIn()
    const contacts = [
      'Record ID,First Name,Email,Associated Company,Associated Company IDs,Primary Associated Company ID',
      '1,Jo,jo@gmail.com,Globex;Acme,8002;8001,8001',
      '2,Mia,mia@gmail.com,Bolt;Globex,8003;8002,',
    ]
    await send(...contacts)
    expect(await valuesOf('/companies?fields=name')).toEqual(['name=Acme', 'name=Bolt'])
    await send('Record ID,Company name,Lifecycle Stage', '8001,Acme,lead', '8002,Globex,lead', '8003,Bolt,lead')
    expect(countsOf(await agent.post('/import', contacts.join('\n')))).toMatchObject({ unchanged: 2 })
    expect(
      await valuesOf('/contacts?fields=company.name,custom.associated_company,custom.associated_company_ids'),
    ).toEqual([
      'company.name=Acme custom.associated_company=Globex;Acme custom.associated_company_ids=8002;8001',
      'company.name=Bolt custom.associated_company=Bolt;Globex custom.associated_company_ids=8003;8002',
    ])
    expect((await agent.get('/companies')).total).toBe(3)
    const head = 'Record ID,Deal Name,Deal Stage,Associated Contact,Associated Contact IDs,Is Closed Won,Is closed lost'
    await send(head, '9,Roof,Parked,Mia (mia@gmail.com);Jo,2;1,false,true', '10,Boat,Parked,Jo,1,false,false')
    expect(await valuesOf('/deals?fields=status,contact.name')).toEqual([
      'status=lost contact.name=Mia',
      'status=open contact.name=Jo',
    ])
  })

  test('Mailchimp and Airtable: labels in quotes are tags without them', async () => {
    agent = await server.signIn()
    await send('Email Address,TAGS', 'a@gmail.com,"""Customer"",""Big, old fish"""', 'b@gmail.com,vip;old')
    await send('Name,Email,Tags', 'Cy,c@gmail.com,"new,""Fish, big"""', 'Di,d@gmail.com,"""half"')
    expect((await valuesOf('/contacts?fields=tags')).sort()).toEqual([
      'tags="\\"half"',
      'tags=Customer,Big-old-fish',
      'tags=new,Fish-big',
      'tags=vip,old',
    ])
  })

  test('Attio and Close: addresses, numbers and domains below a plural are read as below a singular', async () => {
    agent = await server.signIn()
    const companies = [
      'Record ID,Record,Name,Domains,Categories',
      '0f3a-2,Pine Ltd,Pine Ltd,"pine.example, pine.test",SaaS',
    ]
    expect((await send(...companies)).label('type')).toBe('companies')
    await send(
      'Record ID,Record,Name,Email addresses,Company,Phone numbers,Website',
      '0f3a-1,Kim,Kim,"kim@pine.example, kim@old.example",Pine Ltd,"+44 20 7946 0000, +44 7700 900000",',
    )
    await send('id,lead_name,name,emails,phones', 'cont_1,Bluth,Michael,"mb@bluth.example, m@x.example",+15551112222')
    expect(await valuesOf('/contacts?fields=email,phone,company.domain,custom.email_addresses')).toEqual([
      'email=kim@pine.example phone="+44 20 7946 0000" company.domain=pine.example custom.email_addresses=kim@old.example',
      'email=mb@bluth.example phone=+15551112222',
    ])
  })

  test('HubSpot: calls, meetings and notes have their texts, and the kind that their headers name', async () => {
    agent = await server.signIn()
    await send('Record ID,First Name,Email,Lifecycle Stage', '1,Jo,jo@gmail.com,lead')
    const calls = 'Record ID,Call Title,Call notes,Activity date,Activity assigned to,Associated Contact IDs'
    expect((await send(calls, '71,Intro,Wants a demo,2024-03-02 10:00,Ada,1')).label('type')).toBe('activities')
    await send(
      'Record ID,Meeting name,Meeting description,Activity date,Associated Contact IDs',
      '72,Lunch,,2024-03-03,1',
    )
    await send('Record ID,Note body,Activity date,Associated Contact IDs', '73,Nice,2024-03-04,1')
    expect(await valuesOf('/activities?fields=kind,body,on_behalf_of')).toEqual([
      'kind=call body="Intro\\n\\nWants a demo" on_behalf_of=Ada',
      'kind=meeting body=Lunch',
      'kind=note body=Nice',
    ])
  })

  test('Salesforce: a task without a day of its own is of the day on which it was made, not of the import', async () => {
    agent = await server.signIn()
    await send('Id,LastName,Email,AccountId', '0035g00000XyZaBAAV,Bill,bill@gmail.com,')
    await send(
      'Id,WhoId,Subject,ActivityDate,CreatedDate',
      '00T5g00000TtTtAAAV,0035g00000XyZaBAAV,Ask,2023-06-01,2023-05-01T10:00:00.000Z',
      '00T5g00000TtTtBAAV,0035g00000XyZaBAAV,Tell,,2023-05-02T10:00:00.000Z',
    )
    expect(await valuesOf('/activities?fields=body,occurred_at,custom.createddate')).toEqual([
      'body=Ask occurred_at=2023-06-01T00:00:00Z custom.createddate=2023-05-01T10:00:00.000Z',
      'body=Tell occurred_at=2023-05-02T10:00:00Z',
    ])
    await send('Id,WhoId,Subject,StartDateTime', '00U5g00000TtTtCAAV,0035g00000XyZaBAAV,Met,2023-06-03T10:00:00.000Z')
    expect((await agent.get('/activities?fields=occurred_at')).text).toContain('occurred_at=2023-06-03T10:00:00Z')
  })

  test('Salesforce: the ids tell what the rows are, where the headers are those of people too', async () => {
    agent = await server.signIn()
    const typeOf = async (...rows: string[]) => (await send(...rows)).label('type')
    expect(await typeOf('Id,Name,Phone', '0015g00000AbCdEAAV,Umbrella,555')).toBe('companies')
    expect(await typeOf('Id,Name,Description', '0065g00000OoOoAAAV,Licence,x')).toBe('deals')
    expect(await typeOf('Id,Name,Phone', '0035g00000XyZaAAAV,Ada,555', '00Q5g00000XyZaAAAV,Bo,556')).toBe('contacts')
    expect(await typeOf('Id,Name,Phone', '8015g00000XyZaAAAV,Order,555')).toBe('contacts')
  })
})
