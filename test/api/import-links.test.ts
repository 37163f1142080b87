// What a row is linked to, where several could be meant: never a stranger, and told of where something is left out.

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { countsOf } from '../support/imports.ts'
import { startServer, type TestServer } from '../support/server.ts'

onBothEngines('links of an import', (engine) => {
  let server: TestServer
  let agent: Client
  beforeAll(async () => {
    server = await startServer(engine)
  })
  afterAll(() => server.stop())

  const empty = async () => {
    agent = await server.signIn()
  }
  const send = (query: string, ...rows: string[]) => agent.post(`/import?${query}`, rows.join('\n'))
  const value = async (path: string, label: string) => (await agent.get(path)).value(label)

  test('of several ids that name a company yet to come the first is it', async () => {
    await empty()
    await send(
      'type=contacts&source=hubspot',
      'Record ID,Name,Associated Company IDs,Associated Company',
      '1,Ann,9001;9002,Bolt Inc',
    )
    const companies = await send(
      'type=companies&source=hubspot',
      'Record ID,Company name',
      '9001,Bolt Inc',
      '9002,Acme',
    )
    expect(countsOf(companies)).toMatchObject({ created: 1, faulty: 0 })
    expect((await agent.get('/companies?sort=name')).records.map(({ values }) => values.get('name')!.text)).toEqual([
      'Acme',
      'Bolt Inc',
    ])
    expect(await value('/contacts?name=Ann', 'company.name')).toBe('Bolt Inc')
  })

  test('a deal is not linked to somebody of the same name who has another address', async () => {
    await empty()
    await agent.post('/contacts', { name: 'John Smith', email: 'john@acme.example' })
    await send('type=deals', 'Title,Contact email,Contact name', 'Big,john.smith@bolt.example,John Smith')
    expect(await value('/deals?fields=contact.email', 'contact.email')).toBe('john.smith@bolt.example')
    expect((await agent.get('/contacts')).total).toBe(2)
  })

  test('a name that two companies have moves nobody from one to the other', async () => {
    await empty()
    const make = async (domain: string) => (await agent.post('/companies', { name: 'Acme', domain })).id
    const [, second] = [await make('a.example'), await make('b.example')]
    await agent.post('/contacts', { name: 'Ann', email: 'ann@gmail.com', company_id: second })
    await send('type=contacts', 'Name,Email,Company', 'Ann,ann@gmail.com,Acme')
    expect(await value('/contacts', 'company_id')).toBe(second)
    const cards = (await agent.get('/export?types=contacts&format=vcard')).text
    expect(countsOf(await agent.post('/import', cards))).toMatchObject({ created: 0, updated: 0, unchanged: 1 })
  })

  test('a company that is found by an id or a domain and has another name, or none, is told of', async () => {
    await empty()
    await send('type=companies&source=hubspot', 'Record ID,Company name', '2,Acme')
    await agent.post('/companies', { domain: 'x.example' })
    for (const [head, row] of [
      ['Record ID,Name,Email,Company,Associated Company IDs', '5,Bob,bob@gmail.com,Bolt,2'],
      ['Record ID,Name,Email,Company', '6,Cy,cy@x.example,Acme Ltd'],
    ])
      expect((await send('type=contacts&source=hubspot', head!, row!)).label('warning'), row).toContain(
        "company_id is the company that has the row's id, domain or address",
      )
  })

  test('the domain that a row states goes before that of an address', async () => {
    await empty()
    await agent.post('/companies', { name: 'Bolt', domain: 'bolt.example' })
    await send('type=contacts', 'Name,Email,Company Domain', 'Cy,cy@bolt.example,acme.example')
    expect(await value('/contacts?fields=company.domain', 'company.domain')).toBe('acme.example')
  })
})
