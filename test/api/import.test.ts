// Files of other products: what their columns become, what their rows become, and that sending them again makes nothing new.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allPages, type Client } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { countsOf } from '../support/imports.ts'
import { startServer, type TestServer } from '../support/server.ts'

const file = (name: string) => readFileSync(join('test/data/exports', name))
const csv = (...lines: string[]) => `${lines.join('\n')}\n`

onBothEngines('import', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(engine)
  })
  afterAll(() => server.stop())

  /** A workspace of its own, with these files in it. */
  const withFiles = async (...names: string[]): Promise<Client> => {
    const agent = await server.signIn()
    for (const name of names) expect((await agent.post('/import', file(name))).status, name).toBe(200)
    return agent
  }

  describe('exports of products', () => {
    const products: [name: string, source: string, type: string, created: number][] = [
      ['google-contacts-current.csv', 'google', 'contacts', 9],
      ['google-contacts-legacy.csv', 'google', 'contacts', 1],
      ['hubspot-contacts.csv', 'hubspot', 'contacts', 9],
      ['hubspot-companies.csv', 'hubspot', 'companies', 7],
      ['hubspot-deals.csv', 'hubspot', 'deals', 8],
      ['linkedin-connections.csv', 'linkedin', 'contacts', 10],
      ['pipedrive-people.csv', 'pipedrive', 'contacts', 9],
      ['pipedrive-deals.csv', 'pipedrive', 'deals', 2],
      ['salesforce-report.csv', 'salesforce', 'contacts', 2],
      ['salesforce-data-loader.csv', 'salesforce', 'contacts', 1],
      ['salesforce-opportunities.csv', 'salesforce', 'deals', 2],
      ['outlook.csv', 'outlook', 'contacts', 2],
      ['outlook-german-windows-1252.csv', 'outlook', 'contacts', 1],
      ['outlook-german-utf-16.csv', 'outlook', 'contacts', 1],
      ['outlook-french.csv', 'outlook', 'contacts', 1],
      ['outlook-spanish.csv', 'outlook', 'contacts', 1],
      ['cards.vcf', 'vcard', 'contacts', 5],
    ]
    test.each(products)('%s: looked at, carried out, and sent again', async (name, source, type, created) => {
      const agent = await server.signIn()
      const looked = await agent.post('/import?dry_run=true', file(name))
      expect(looked.text.startsWith('source:'), looked.text).toBe(true)
      expect([looked.label('source'), looked.label('type')]).toEqual([source, type])
      expect(looked.comments.at(-1)).toMatch(/^dry run: nothing was written/)
      expect((await agent.get(`/${type}`)).total).toBe(0)
      const done = await agent.post('/import', file(name))
      expect(countsOf(done)).toMatchObject({ created, faulty: countsOf(looked).faulty })
      expect(countsOf(looked)).toMatchObject({ created, rows: countsOf(done).rows })
      expect((await agent.get(`/companies`)).total).toBe(Number(looked.label('companies_created') ?? 0))
      const before = await agent.get('/export')
      const again = await agent.post('/import', file(name))
      expect(countsOf(again)).toMatchObject({ created: 0, updated: 0, faulty: countsOf(done).faulty })
      expect((await agent.get('/export')).text).toBe(before.text)
    })

    test('people get their company, by domain or by name', async () => {
      const agent = await withFiles('google-contacts-current.csv')
      const people = await allPages(agent, '/contacts?fields=email,company.name,company.domain')
      const companies = people.map(({ values }) => [values.get('email')?.text, values.get('company.domain')?.text])
      expect(companies).toContainEqual(['j.mueller@nordwind-logistik.example', 'nordwind-logistik.example'])
      expect(companies).toContainEqual(['chidi.okafor@gmail.com', undefined])
      expect((await agent.get('/companies?name=Larkspur Tools S.L.')).total).toBe(1)
      expect((await agent.get('/companies?domain=gmail.com')).total).toBe(0)
      const smith = await agent.get('/contacts?name=Smith&fields=all')
      expect([smith.value('company.name'), smith.value('phone'), smith.value('tags')]).toEqual([
        ...['ACME  ltd', '020 7946 0958', 'Leads'],
      ])
    })

    test('a row keeps what there is no field for under custom', async () => {
      const agent = await withFiles('hubspot-contacts.csv')
      const found = await agent.get('/contacts?email=j.mueller@nordwind-logistik.example&fields=all')
      expect(found.value('custom.record_id')).toBe('8002')
      expect(found.value('custom.country_region')).toBe('DE')
      expect([found.value('stage'), found.value('owner')]).toEqual(['Customer', 'Sam Sales'])
    })

    test('deals find their people and companies by the ids of the product', async () => {
      const agent = await withFiles('hubspot-companies.csv', 'hubspot-contacts.csv', 'hubspot-deals.csv')
      const won = await agent.get('/deals?status=won&fields=all')
      expect([won.value('title'), won.value('amount_cents'), won.value('currency')]).toEqual([
        ...['Kestrel, Inc. – new business', '123456', 'EUR'],
      ])
      expect([won.value('contact.name'), won.value('company.name')]).toEqual(["Pat O'Brien, Jr.", 'Kestrel, Inc.'])
      expect(won.value('expected_close_at')).toBe('2026-12-01T00:00:00Z')
      expect((await agent.get('/deals?status=lost')).total).toBe(2)
      expect((await agent.get('/companies')).total).toBe(7)
    })

    test('activities are logged on what they name; one that names nobody here is a fault', async () => {
      const agent = await withFiles('pipedrive-people.csv', 'pipedrive-deals.csv')
      const done = await agent.post('/import', file('pipedrive-activities.csv'))
      expect(countsOf(done)).toMatchObject({ created: 1, faulty: 1 })
      expect(done.problems[0]).toMatch(/^row 3 - contact_id is missing/)
      const call = await agent.get('/activities?fields=all')
      expect([call.value('kind'), call.value('occurred_at'), call.value('deal.title')]).toEqual([
        ...['call', '2026-01-12T10:30:00Z', 'Larkspur deal'],
      ])
      expect((await agent.get('/deals?title=Larkspur deal&fields=activities')).value('activities')).toBe('1')
    })

    test('cards of every version', async () => {
      const agent = await withFiles('cards.vcf')
      const jorg = await agent.get('/contacts?email=joerg@vc21.example&fields=all')
      expect([jorg.value('name'), jorg.value('phone'), jorg.value('notes')]).toEqual([
        ...['Jörg Müller', '+49 170 1', 'Zeile 1\nZeile 2 und weiter'],
      ])
      const john = await agent.get('/contacts?email=john@orchard.example&fields=all')
      expect([john.value('phone'), john.value('custom.fax'), john.value('tags')]).toEqual([
        ...['+1 555 0100', '+1 555 0199', 'vip,old-friends'],
      ])
      expect((await agent.get('/contacts?email=simon@vc4.example&fields=phone')).value('phone')).toBe(
        '+1-418-656-9254 x102',
      )
      expect((await agent.get('/companies?domain=orchard-org.example')).value('name')).toBe('Orchard Org')
      expect((await agent.get('/contacts?name=Orchard Org')).total).toBe(0)
    })
  })

  describe('the mapping', () => {
    const table = csv('Who,Mail,Colour,Ignored', 'Ada,ada@map.example,red,x')

    test('is shown column by column, and changed by map=', async () => {
      const agent = await server.signIn()
      const map = 'Who:name,Mail:email,Colour:custom.favourite,Ignored:-'
      const looked = await agent.post(`/import?dry_run=true&type=contacts&map=${map}`, table)
      const columns = looked.text.split('\n').filter((line) => line.startsWith('column: '))
      expect(columns).toEqual([
        'column: Who -> name (such as Ada)',
        'column: Mail -> email (such as ada@map.example)',
        'column: Colour -> custom.favourite (such as red)',
        'column: Ignored -> - (such as x)',
      ])
      await agent.post(`/import?type=contacts&map=${map}`, table)
      const ada = await agent.get('/contacts?email=ada@map.example&fields=all')
      expect([ada.value('name'), ada.value('custom.favourite'), ada.value('custom.ignored')]).toEqual([
        ...['Ada', 'red', undefined],
      ])
    })

    test('comes as JSON too', async () => {
      const agent = await server.signIn()
      const looked = await agent.post('/import?dry_run=true&format=json&map=%231:name', table)
      expect(looked.json()).toMatchObject({ rows: 1, created: 1, faulty: 0, source: 'plain', problems: [] })
      expect(looked.json().columns[0]).toEqual({ header: 'Who', target: 'name', filled: 1, example: 'Ada' })
    })

    test('refuses headers and fields that there are not', async () => {
      const agent = await server.signIn()
      for (const [query, hint] of [
        ['map=Wo:name', 'Who'],
        ['map=Who:nam', 'maps to one of'],
        ['map=Who', 'header:field'],
        ['type=people', 'contacts'],
        ['source=excel', 'google'],
        ['existing=maybe', 'fill'],
        ['encoding=klingon', 'utf-8'],
        ['dry_run=yes', 'true'],
        ['from_row=0', 'row'],
      ] as const) {
        const reply = await agent.post(`/import?${query}`, table)
        expect([reply.status, reply.label('error')], query).toEqual([400, 'invalid_value'])
        expect(reply.label('hint'), query).toContain(hint)
      }
      expect((await agent.post('/import?dryrun=true', table)).label('error')).toBe('unknown_parameter')
    })
  })

  test('every record that an import makes has its entry in the audit log', async () => {
    const agent = await withFiles('google-contacts-current.csv')
    const entries = await allPages(agent, '/audit?action=create')
    const made = (await agent.get('/contacts')).total + (await agent.get('/companies')).total
    expect(entries).toHaveLength(made)
    expect((await agent.get('/contacts?search=okafor')).total).toBe(1)
  })
})
