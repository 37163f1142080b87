// The dry run says what the import then does: for rows that meet what earlier rows of the file would have made.

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

onBothEngines('dry runs', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(engine)
  })
  afterAll(() => server.stop())

  /** What the dry run says, line by line, which is what the import then says. */
  async function imported(agent: Client, text: string, query = '') {
    const said = async (more: string) =>
      (await agent.post(`/import?${more}${query}`, text)).text
        .split('\n')
        .filter((line) => /^(?!column|link|#)/.test(line))
    const looked = await said('dry_run=true')
    expect(await said('')).toEqual(looked)
    return looked
  }

  test.each<[string, Record<string, unknown>[], string, string, string]>([
    ['a person by company', [], 'Name,Phone,Company\nCy,1,Acme\nCy,,Acme', '', 'created: 1'],
    ['a person by telephone', [], 'Name,Phone,Company\nCy,1,Acme\nCy,1,\nCy,2,', '', 'created: 2'],
    [
      'a deal that gets a contact',
      [],
      'Title,Amount,Company,Contact email\nR,,G,\nR,9,G,b@g.example\nR,9,G,c@g.example',
      '',
      'created: 2',
    ],
    [
      'a company without a domain',
      [{ name: 'Agency' }],
      'Name,Company,Company Domain\nA,Agency,a.example\nB,Agency,b.example',
      '',
      'created: 2',
    ],
    [
      'domains of addresses',
      [{ name: 'Agency' }],
      'Name,Email,Company\nA,a@a.example,Agency\nB,b@b.example,Agency',
      '',
      'created: 2',
    ],
    [
      'companies of a name',
      [{ name: 'Agency' }],
      'Company,Domain,Industry\nAgency,a.example,x\nAgency,b.example,y\nAgency,,z',
      '&type=companies',
      'created: 2',
    ],
    ['spelling', [{ name: 'Acme' }], 'Company,Website\nAcme,a\nacme,b', '&type=companies', 'created: 0'],
    [
      'a company under a new name',
      [{ name: 'Acme', domain: 'x.example' }],
      'Company name,Domain,Notes\nacme,x.example,\nAcme,,n',
      '&type=companies',
      'created: 1',
    ],
    [
      'what is skipped',
      [],
      'Name,Email,Title\nAnn,a@a.example,\nAnn,a@a.example,CEO\nAnn,a@a.example,',
      '&existing=skip',
      'repeated: 2',
    ],
    [
      'a company under another name',
      [],
      'Name,Email,Company\nEve,e@a.example,Acme\nZed,z@a.example,Agency',
      '',
      'companies_created: 1',
    ],
  ])('%s', async (_, companies, text, query, expected) => {
    const agent = await server.signIn()
    for (const company of companies) await agent.post('/companies', company)
    expect(await imported(agent, text, query)).toContain(expected)
    expect(await imported(agent, text, query)).toContain('created: 0')
  })

  test('an address gives no company that is here its domain, and takes nobody from the company that the row names', async () => {
    const agent = await server.signIn()
    for (const name of ['Agency Ltd', 'Acme Inc']) await agent.post('/companies', { name })
    const text =
      'Name,Email,Company\nEve,eve@agency.example,Acme Inc\nZed,zed@agency.example,Agency Ltd\nKim,kim@agency.example,Third Co.\n'
    const company = async (name: string) =>
      (await agent.get(`/contacts?name=${name}&fields=company.name`)).value('company.name')
    for (const expected of ['created: 3', 'unchanged: 3']) {
      expect(await imported(agent, text)).toContain(expected)
      expect([await company('Eve'), await company('Zed'), await company('Kim')]).toEqual([
        ...['Acme Inc', 'Agency Ltd', 'Third Co.'],
      ])
      expect((await agent.get('/companies?name=Acme Inc&fields=domain')).value('domain')).toBeUndefined()
    }
  })

  test.each(['update', 'fill', 'skip'])(
    'references and activities follow a person who is here (existing=%s)',
    async (existing) => {
      const [source, target] = [await server.signIn(), await server.signIn()]
      const contact_id = (await source.post('/contacts', { name: 'Ann', email: 'ann@acme.example' })).id
      await source.post('/deals', { title: 'Roof', contact_id })
      await source.post(`/contacts/${contact_id}/activities`, { kind: 'call', body: 'hello' })
      await target.post('/contacts', { name: 'Annie', email: 'ann@acme.example' })
      const { text } = await source.get('/export')
      const looked = await imported(target, text, `&existing=${existing}`)
      expect(looked).toEqual(expect.arrayContaining(['rows: 3', 'created: 2', 'faulty: 0']))
      expect((await target.get('/deals?fields=contact.email')).value('contact.email')).toBe('ann@acme.example')
      expect((await target.get('/contacts?fields=activities,name')).value('activities')).toBe('1')
    },
  )
})
