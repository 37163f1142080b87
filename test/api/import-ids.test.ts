// Tables that change many records by their ids, and what a file is told once that lacks what every new row needs.

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { countsOf } from '../support/imports.ts'
import { startServer, type TestServer } from '../support/server.ts'

onBothEngines('ids in a plain table', (engine) => {
  let server: TestServer
  let agent: Client
  beforeAll(async () => {
    server = await startServer(engine)
  })
  afterAll(() => server.stop())

  const make = async (path: string, record: object) => (await agent.post(path, record)).id!
  const totals = async () =>
    Promise.all(['/contacts', '/companies', '/deals', '/activities'].map(async (path) => (await agent.get(path)).total))

  /** What the dry run says of the rows and the import says too. */
  async function sent(text: string, query = '') {
    const linesOf = async (more: string) =>
      (await agent.post(`/import?${more}${query}`, text)).text.split('\n').filter((line) => /^(?!column|#)/.test(line))
    const looked = await linesOf('dry_run=true')
    expect(await linesOf('')).toEqual(looked)
    return looked
  }

  test.each([
    ['/companies', { name: 'Acme' }, 'name', 'Newname'],
    ['/companies', { name: 'Acme' }, 'owner', 'o@acme.example'],
    ['/contacts', { name: 'Ada' }, 'tags', 'vip'],
    ['/contacts', { name: 'Ada' }, 'title', 'CEO'],
    ['/deals', { title: 'Roof' }, 'stage', 'proposal'],
    ['/deals', { title: 'Roof' }, 'name', 'Newname'],
    ['/activities', { kind: 'note', body: 'Hi' }, 'body', 'Hello'],
  ])('their noun is the noun of the rows: %s %o %s', async (path, record, field, value) => {
    agent = await server.signIn()
    const company_id = await make('/companies', { name: 'Of all' })
    const id = await make(path, path === '/companies' ? record : { ...record, company_id })
    const before = await totals()
    const name = (await agent.get(`${path}/${id}`)).text.split('/')[0]!.replace(/^# /, '')
    const said = await sent(`Id,${field}\n${name}/${id},${value}\n,\n`)
    expect(said).toEqual(expect.arrayContaining([`type: ${path.slice(1)}`, 'updated: 1', 'created: 0', 'faulty: 0']))
    expect(await totals()).toEqual(before)
    const changed = (await agent.get(`${path}/${id}?format=json`)).json()
    expect(JSON.stringify(changed)).toContain(value)
    expect(changed.custom?.id).toBeUndefined()
  })

  test('ids of several nouns are refused; other ids, or another target of the column, leave it to the headers', async () => {
    agent = await server.signIn()
    const [company, deal] = [await make('/companies', { name: 'Acme' }), await make('/deals', { title: 'Roof' })]
    const mixed = `id,owner\n${company},a@x.example\n${deal},b@x.example\n`
    for (const query of ['', '?dry_run=true']) {
      const refused = await agent.post(`/import${query}`, mixed)
      expect([refused.status, refused.label('hint')]).toEqual([
        400,
        'The ids below "id" are of companies and of deals. Send a file for each of them.',
      ])
    }
    expect((await agent.post('/import', 'id,owner\nco_vip,a@x.example\n')).label('hint')).toContain('headers')
    const kept = await agent.post('/import?map=id:custom.theirs', `id,name\n${company},Ada\n`)
    expect([kept.label('type'), kept.label('created')]).toEqual(['contacts', '1'])
  })

  test('a row with the id of another noun is a fault, and makes nothing', async () => {
    agent = await server.signIn()
    const [company, deal] = [await make('/companies', { name: 'Acme' }), await make('/deals', { title: 'Roof' })]
    const before = (await agent.get('/export')).text
    const said = await sent(`id,name,company\n${deal},Ada,New\n`, '&type=contacts')
    const problem =
      'problem: row 2 - id is the id of one of the deals, and the rows are read as contacts: send it with type=deals'
    expect(said.filter((line) => line.startsWith('problem:'))).toEqual([problem])
    expect((await agent.get('/export')).text).toBe(before)
    const late = `id,name\n${company},Acme\n${`${company},Acme\n`.repeat(250)}deal/${deal},Roof\n`
    expect((await sent(late)).filter((line) => line.startsWith('problem:'))).toEqual([
      expect.stringMatching(/^problem: row \d+ - id .* read as companies: send it with type=deals$/),
    ])
    const own = (await agent.get('/export?types=deals&format=csv')).text
    expect(await sent(own, '&type=companies')).toContain('faulty: 1')
    expect((await agent.get('/export')).text).toBe(before)
  })

  test('ids of other programs that look like ours name no record that is here, and are kept as theirs', async () => {
    agent = await server.signIn()
    const companies = await sent('id,name,domain\nc_10000123,Acme,acme.com\n', '&type=companies')
    expect(companies).toEqual(expect.arrayContaining(['created: 1', 'faulty: 0']))
    expect((await agent.get('/companies?custom.id=c_10000123')).total).toBe(1)
    const people = await agent.post('/import', 'id,name,email\na_10000123,Ada,ada@looks.example\n')
    expect([people.label('type'), people.label('created')]).toEqual(['contacts', '1'])
  })

  test('ids of another workspace are those of no record', async () => {
    agent = await server.signIn()
    const [deal, company] = [await make('/deals', { title: 'Theirs' }), await make('/companies', { name: 'Theirs' })]
    for (const mine of [await server.signIn(), await server.signIn(), await server.signIn()]) {
      agent = mine
      for (const [file, nobody] of [
        [`id,owner\n${deal},a@x.example\n`, 'd_00000000'],
        [`id,owner\n${deal},a@x.example\n${company},b@x.example\n`, 'd_00000000'],
        [`id,name,email\n${deal},Ada,ada@elsewhere.example\n`, 'd_00000000'],
      ] as const) {
        const told = async (text: string) => {
          const { status, text: answer } = await agent.post('/import?dry_run=true', text)
          return [status, answer.replaceAll(deal, nobody).replaceAll(company, 'co_00000000')]
        }
        expect(await told(file)).toEqual(await told(file.replaceAll(deal, nobody).replaceAll(company, 'co_00000000')))
      }
    }
  })

  test('a faulty row of an id that is not here is not said to have made one', async () => {
    agent = await server.signIn()
    const id = await make('/deals', { title: 'Roof' })
    const mistyped = `${id.slice(0, -1)}${id.endsWith('3') ? '4' : '3'}`
    const said = await sent(`id,title,amount\n${mistyped},Roof,lots\n`, '&type=deals')
    expect(said).toContain('faulty: 1')
    expect(said.join('\n')).not.toContain('was made under it')
    for (const before of ['', `${id},b@x.example\n`])
      expect(
        (await sent(`id,owner\n${before}${mistyped},a@x.example\n`, '&type=deals')).filter((line) =>
          line.startsWith('problem:'),
        ),
      ).toEqual([`problem: row ${before ? 3 : 2} - id is the id of no deal here, and a new one needs title`])
    const made = await agent.post('/import?type=deals', `id,title\n${mistyped},Roof\n`)
    expect([made.label('created'), made.label('warning')]).toEqual(['1', expect.stringContaining('was made under it')])
  })
})

onBothEngines('a column that every new row needs', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(engine)
  })
  afterAll(() => server.stop())

  test.each([
    [
      'deals',
      'sku,product,amount\n1,Roof,lots\n2,Wall,5\n3,Door,6\n',
      'title is missing; no column became title, so that every new row lacks it: add map=product:title',
    ],
    [
      'companies',
      'kind,"a,b"\n1,x\n2,y\n3,z\n',
      'name is missing: company needs name or domain; no column became name or domain, so that every new row lacks it: add map=<header>:name',
    ],
    [
      'contacts',
      'who,phone\nAda,1\nBo,2\nCy,3\n',
      'name is missing: contact needs name or email; no column became name or email, so that every new row lacks it: add map=who:name',
    ],
    [
      'activities',
      'kind,body,whose\nnote,Hi,Ada\ncall,Ho,Bo\nnote,Ha,Cy\n',
      'contact_id is missing: activity needs contact_id or company_id or deal_id; no column became contact_id or company_id or deal_id, so that every new row lacks it: add map=whose:contact.name',
    ],
  ])('is told once where there is none: %s', async (type, text, problem) => {
    const agent = await server.signIn()
    for (const query of ['&dry_run=true', '']) {
      const answer = await agent.post(`/import?type=${type}${query}`, text)
      expect(countsOf(answer)).toMatchObject({ created: 0, faulty: 3 })
      expect(answer.text.split('\n').filter((line) => line.includes(' is missing'))).toEqual([
        `problem: row 2 - ${problem}`,
      ])
    }
    const [map] = /map=\w+:.+$/.exec(problem) ?? []
    const mended = await agent.post(`/import?type=${type}&${map ?? 'map=kind:name'}`, text)
    expect(mended.text).not.toContain('every new row')
  })

  test('other faults are told row by row, as are rows that leave the column empty', async () => {
    const agent = await server.signIn()
    const none = await agent.post('/import?type=deals', 'product,amount\nRoof,lots\nWall,many\n')
    expect([none.label('problems_total'), none.text.match(/^problem: row \d - amount/gm)]).toEqual([
      '4',
      ['problem: row 2 - amount', 'problem: row 3 - amount'],
    ])
    const empty = await agent.post('/import?type=deals', 'title,amount\n,5\n,6\n')
    expect(empty.text.match(/^problem: row \d - title is missing$/gm)).toHaveLength(2)
  })
})
