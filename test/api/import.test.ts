// Files of other products and of people's own: what they become, that sending them again makes nothing new, and that
// every fault is named by its row.

import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allPages, type Client, type Reply, rawRequest } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

const file = (name: string) => readFileSync(join('test/data/exports', name))
const csv = (...lines: string[]) => `${lines.join('\n')}\n`

/** What an answer says of the rows. */
function counts(reply: Reply): Record<string, number> {
  const names = ['rows', 'created', 'updated', 'unchanged', 'faulty']
  return Object.fromEntries(names.map((name) => [name, Number(reply.label(name))]))
}

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
      expect(counts(done)).toMatchObject({ created, faulty: counts(looked).faulty })
      expect(counts(looked)).toMatchObject({ created, rows: counts(done).rows })
      expect((await agent.get(`/companies`)).total).toBe(Number(looked.label('companies_created') ?? 0))
      const before = await agent.get('/export')
      const again = await agent.post('/import', file(name))
      expect(counts(again)).toMatchObject({ created: 0, updated: 0, faulty: counts(done).faulty })
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
      expect(counts(done)).toMatchObject({ created: 1, faulty: 1 })
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

  describe('tables of people', () => {
    test.each([
      ['semicolons', 'Name;Email\nAda;ada@d.example\n'],
      ['tabs and no last line end', 'Name\tEmail\nAda\tada@d.example'],
      ['pipes after a line sep=', 'sep=|\r\nName|Email\r\nAda|ada@d.example\r\n'],
      ['a byte order mark', '\ufeffName,Email\nAda,ada@d.example\n'],
      ['old line ends', 'Name,Email\rAda,ada@d.example\r'],
      ['blank lines and blank rows', '\n\nName,Email\n\nAda,ada@d.example\n,\n\n'],
    ])('with %s', async (_, text) => {
      const agent = await server.signIn()
      expect(counts(await agent.post('/import', text))).toMatchObject({ rows: 1, created: 1 })
      expect((await agent.get('/contacts')).value('email')).toBe('ada@d.example')
    })

    test('with line ends, quotes and delimiters inside quotes', async () => {
      const agent = await server.signIn()
      await agent.post('/import', 'Name,Notes\n"Byron, Ada","one\r\ntwo ""three"""\n')
      const ada = await agent.get('/contacts?fields=all')
      expect([ada.value('name'), ada.value('notes')]).toEqual(['Byron, Ada', 'one\r\ntwo "three"'])
    })

    test('in Windows-1252 that only shows far behind the beginning', async () => {
      const agent = await server.signIn()
      const rows = Array.from({ length: 60 }, (_, n) => `${n},${'x'.repeat(5000)}`)
      const bytes = Buffer.from(['Name,Notes', ...rows, 'Jörg,y'].join('\n'), 'latin1')
      expect(counts(await agent.post('/import', bytes))).toMatchObject({ created: 61 })
      expect((await agent.get('/contacts?name=Jörg')).total).toBe(1)
    })

    test('in the encoding that is named', async () => {
      const agent = await server.signIn()
      const bytes = Buffer.concat([
        Buffer.from('Name,Email\n'),
        Buffer.from([0x8e, 0x52, 0x93, 0x63]),
        Buffer.from(',a@sj.example\n'),
      ])
      await agent.post('/import?encoding=shift_jis', bytes)
      expect((await agent.get('/contacts')).value('name')).toBe('山田')
    })

    test('faults are named by row, and the other rows are kept', async () => {
      const agent = await server.signIn()
      const text = csv(
        ...['Name,Email,Follow up,Domain', 'Ada,ada@f.example,,', 'Bob,not an address,,', ',,2026-01-01,'],
        ...['Cyd,cyd@f.example,someday,', 'Dan,dan@f.example,,,3', 'Eva\0,eva@f.example,,'],
      )
      const done = await agent.post('/import', text)
      expect(counts(done)).toEqual({ rows: 6, created: 1, updated: 0, unchanged: 0, faulty: 5 })
      expect(done.problems.map((line) => line.slice(0, 20))).toEqual([
        ...[
          'row 3 - email must b',
          'row 4 - name is miss',
          'row 5 - follow_up_at',
          'row 6 - cells are 5,',
          'row 7 - cells must h',
        ],
      ])
      expect(done.problems[0]).toContain('"not an address"')
      const mended = await agent.post('/import', text.replace('not an address', 'bob@f.example'))
      expect(counts(mended)).toMatchObject({ created: 1, unchanged: 1, faulty: 4 })
    })

    test('rows of one person are one, and the first of them wins', async () => {
      const agent = await server.signIn()
      const text = csv(
        'Name,Email,Title,City',
        'Ada,ada@two.example,Boss,',
        'Ada B,ADA@two.example,,Rome',
        'Ada,,,',
        'Ada,,,',
      )
      expect(counts(await agent.post('/import', text))).toMatchObject({ created: 2, updated: 1, unchanged: 1 })
      const ada = await agent.get('/contacts?email=ada@two.example&fields=all')
      expect([ada.value('name'), ada.value('title'), ada.value('custom.city')]).toEqual(['Ada', 'Boss', 'Rome'])
    })

    test('what is there already is updated, filled or left alone', async () => {
      const agent = await server.signIn()
      const text = csv('Name,Email,Title,Tags', 'Ada,ada@old.example,New,b')
      const fresh = { name: 'Old', email: 'ada@old.example', tags: ['a'] }
      const { id } = await agent.post('/contacts', fresh)
      expect(counts(await agent.post('/import?existing=skip', text))).toMatchObject({ unchanged: 1 })
      expect((await agent.get(`/contacts/${id}`)).value('title')).toBeUndefined()
      await agent.post('/import?existing=fill', text)
      const filled = await agent.get(`/contacts/${id}`)
      expect([filled.value('name'), filled.value('title'), filled.value('tags')]).toEqual(['Old', 'New', 'a,b'])
      await agent.post('/import', text)
      expect((await agent.get(`/contacts/${id}`)).value('name')).toBe('Ada')
    })

    test('a person without an address is known by name and telephone or company', async () => {
      const agent = await server.signIn()
      await agent.post('/contacts', { name: 'Ada', phone: '+44 (20) 1' })
      const text = csv('Name,Phone,Company', 'Ada,+44 20 1,', 'Ada,+44 20 2,', 'Ada,,Acme')
      expect(counts(await agent.post('/import', text))).toMatchObject({ created: 2, unchanged: 0, updated: 1 })
      expect(counts(await agent.post('/import', text))).toMatchObject({ created: 0, unchanged: 3 })
    })

    test('another workspace begins anew', async () => {
      const text = csv('Name,Phone', 'Ada,1')
      for (const agent of [await server.signIn(), await server.signIn()])
        expect(counts(await agent.post('/import', text))).toMatchObject({ created: 1 })
    })
  })

  describe('what is no table', () => {
    test.each([
      ['nothing', '', 'empty'],
      ['a workbook', Buffer.from('PK\x03\x04rest'), 'Excel'],
      ['gzip', Buffer.from([0x1f, 0x8b, 8, 0]), 'gzip'],
      ['other bytes', Buffer.from([1, 0, 2, 3, 0, 0, 0, 7, 8]), 'not text'],
      ['a page', '<!doctype html><p>', 'web page'],
      ['a JSON array', '[{"name":"Ada"}]', 'NDJSON'],
      ['rows without a header', 'Ada,ada@x.example\nBob,bob@x.example\n', 'header'],
      ['a quote that never ends', 'Name,Email\n"Ada,ada@x.example\n', 'quote'],
      [
        'broken UTF-8',
        Buffer.concat([Buffer.from('Name,Email\nJörg,j@x.example\n'.repeat(20_000)), Buffer.from([0xc3, 0x28])]),
        'UTF-8',
      ],
    ])('%s is refused with what to do', async (_, body, hint) => {
      const agent = await server.signIn()
      const reply = await agent.post('/import?existing=skip', body)
      expect([reply.status, reply.label('error')]).toEqual([400, 'invalid_value'])
      expect(reply.label('hint')).toContain(hint)
    })

    test('a compressed body and one past the limit are refused before they are read', async () => {
      const agent = await server.signIn()
      const head = `POST /import HTTP/1.1\r\nHost: ${new URL(server.url).host}\r\nAuthorization: Bearer ${agent.token}\r\nConnection: close\r\n`
      const packed = await rawRequest(server.url, `${head}Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd`)
      expect(packed).toMatch(/^HTTP\/1.1 400[\s\S]*compressed/)
      const large = `${head}Content-Length: ${(256 << 20) + 1}\r\n\r\n`
      expect(await rawAnswer(server.url, large)).toMatch(/^HTTP\/1.1 413[\s\S]*body_too_large/)
    })
  })

  test('a body larger than those of other calls is read, and one that breaks off is finished by sending it again', async () => {
    const agent = await server.signIn()
    const rows = Array.from({ length: 450 }, (_, n) => `Person ${n},p${n}@large.example,${'note '.repeat(800)}`)
    const text = csv('Name,Email,Notes', ...rows)
    expect(text.length).toBeGreaterThan(1 << 20)
    const { host } = new URL(server.url)
    const head = `POST /import HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${agent.token}\r\nContent-Length: ${text.length}\r\n\r\n`
    await breakOff(
      server.url,
      head + text.slice(0, text.length / 2),
      async () => (await agent.get('/contacts')).total >= 200,
    )
    const kept = (await agent.get('/contacts')).total
    expect(kept % 100).toBe(0)
    const done = await agent.post('/import', text)
    expect(counts(done)).toEqual({ rows: 450, created: 450 - kept, updated: 0, unchanged: kept, faulty: 0 })
    const rest = await agent.post('/import?from_row=451', text)
    expect(counts(rest)).toMatchObject({ rows: 1, unchanged: 1 })
  })

  test('every record that an import makes has its entry in the audit log', async () => {
    const agent = await withFiles('google-contacts-current.csv')
    const entries = await allPages(agent, '/audit?action=create')
    const made = (await agent.get('/contacts')).total + (await agent.get('/companies')).total
    expect(entries).toHaveLength(made)
    expect((await agent.get('/contacts?search=okafor')).total).toBe(1)
  })
})

onBothEngines('import under a plan', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    const database = await engine.newDatabase()
    const plans = join(database.folder, 'plans.json')
    writeFileSync(plans, JSON.stringify({ small: { contacts: 3, companies: 1 } }))
    server = await startServer(engine, { env: { CRMKIT_PLANS: plans, CRMKIT_DEFAULT_PLAN: 'small' } })
  })
  afterAll(() => server.stop())

  test('names the rows that it has no room for, and never holds more', async () => {
    const agent = await server.signIn()
    const rows = Array.from({ length: 5 }, (_, n) => `P${n},p${n}@plan.example,Company ${n}`)
    const text = csv('Name,Email,Company', ...rows)
    const looked = await agent.post('/import?dry_run=true', text)
    const done = await agent.post('/import', text)
    expect(counts(looked)).toEqual(counts(done))
    expect(counts(done)).toMatchObject({ created: 3, faulty: 2 })
    expect(done.problems[0]).toMatch(/^row 5 - contact is not made: the plan allows 3 contacts/)
    expect([(await agent.get('/contacts')).total, (await agent.get('/companies')).total]).toEqual([3, 1])
    expect(counts(await agent.post('/import', text))).toMatchObject({ created: 0, unchanged: 3, faulty: 2 })
  })
})

/** What comes back before the body was sent. */
function rawAnswer(url: string, head: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((done, failed) => {
    const socket = connect(Number(port), hostname, () => socket.write(head))
    socket.once('data', (chunk) => {
      done(String(chunk))
      socket.destroy()
    })
    socket.once('error', failed)
  })
}

/** Sends part of a request, and goes away once `enough` of it was understood. */
async function breakOff(url: string, part: string, enough: () => Promise<boolean>): Promise<void> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  socket.write(part)
  while (!(await enough())) await new Promise((done) => setImmediate(done))
  socket.destroy()
}
