// Rows that saving refuses: the dry run names them as the import does, in the same words.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { sha256 } from '../../src/text/digests.ts'
import type { Client } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

const words = (prefix: string, count: number) => Array.from({ length: count }, (_, at) => `${prefix}${at}`)
const keysOf = (prefix: string, count: number) => Object.fromEntries(words(prefix, count).map((key) => [key, 1]))

onBothEngines('refused rows', (engine) => {
  let server: TestServer
  let agent: Client
  beforeAll(async () => {
    server = await startServer(engine)
  })
  afterAll(() => server.stop())

  const make = async (path: string, record: object) => (await agent.post(path, record)).id

  /** What is said of the rows, which is the same in the dry run and in the import. */
  async function refused(text: string, query = '') {
    const before = (await agent.get('/export')).text
    const said = async (more: string) =>
      (await agent.post(`/import?${more}${query}`, text)).text.split('\n').filter((line) => /^(?!column|#)/.test(line))
    const looked = await said('dry_run=true')
    expect(await said('')).toEqual(looked)
    expect(looked).toContain('faulty: 1')
    expect((await agent.get('/export')).text).toBe(before)
    return looked.find((line) => line.startsWith('problem:'))
  }

  test('ids that no index has room for', async () => {
    agent = await server.signIn()
    const long = words('', 60).map(sha256).join('')
    const lines = [`c_${long}`, 'c_7k2m9qxa'].map((id) => JSON.stringify({ type: 'contact', id, name: 'Ada' }))
    expect(await refused(lines[0]!)).toMatch(/^problem: row 1 - id must be the id of a contact, such as c_7k2m9qxa/)
    expect((await agent.post('/import', lines.join('\n'))).label('created')).toBe('1')
    expect((await agent.get(`/contacts/c_${long}`)).status).toBe(404)
    expect((await agent.get(`/deals?contact_id=c_${long}`)).label('error')).toBe('invalid_value')
  })

  test('tags that are more than a record may have together', async () => {
    agent = await server.signIn()
    const email = 'ada@acme.example'
    const id = await make('/contacts', { name: 'Ada', email, tags: words('a', 60) })
    const tags = words('b', 60).join(';')
    for (const query of ['', '&existing=fill'])
      expect(await refused(`Name,Email,Tags\nAda,${email},${tags}\n`, query)).toContain(
        'tags must hold at most 100 tags',
      )
    const kept = (await agent.get(`/contacts/${id}?format=json`)).json().tags
    expect((await agent.patch(`/contacts/${id}`, { tags: kept })).status).toBe(200)
  })

  test('custom past its keys or bytes together with what is kept, and of a new record', async () => {
    agent = await server.signIn()
    const email = 'ada@acme.example'
    await make('/contacts', { name: 'Ada', email, custom: { ...keysOf('a', 60), long: 'x'.repeat(9_000) } })
    const row = (of: string, custom: object) => JSON.stringify({ type: 'contact', email: of, custom })
    expect(await refused(row(email, keysOf('b', 60)))).toContain('custom must hold at most 100 keys')
    expect(await refused(row(email, { more: 'x'.repeat(9_000) }))).toContain('custom must take at most 16384 bytes')
    expect(await refused(row('new@acme.example', keysOf('b', 101)))).toContain('custom must hold at most 100 keys')
  })

  test('a record that would be left without what it needs', async () => {
    agent = await server.signIn()
    const id = await make('/deals', { title: 'Roof' })
    expect(await refused(JSON.stringify({ type: 'deal', id, title: null }))).toContain('title is missing')
  })

  test.each([
    [
      'email',
      '/contacts',
      'contact',
      { name: 'Ada', email: 'ada@acme.example' },
      { name: 'Bo', email: 'bo@x.example' },
    ],
    ['domain', '/companies', 'company', { domain: 'acme.example' }, { domain: 'bolt.example' }],
  ])('a value that another record has: %s', async (field, path, type, one, other) => {
    agent = await server.signIn()
    const [holder, id] = [await make(path, one), await make(path, other)]
    const problem = await refused(JSON.stringify({ type, ...one, id }))
    expect(problem).toContain(`${field} is refused: Another record has this ${field}: ${type}/${holder}`)
    expect(problem).toContain(`PATCH ${path}/${holder}`)
  })

  test('a value that an earlier row takes from its record is free for the next', async () => {
    agent = await server.signIn()
    const [ada, bo] = [
      await make('/contacts', { email: 'a@x.example' }),
      await make('/contacts', { email: 'b@x.example' }),
    ]
    const rows = [
      { id: ada, email: 'c@x.example' },
      { id: bo, email: 'a@x.example' },
    ]
    const text = rows.map((row) => JSON.stringify({ type: 'contact', ...row })).join('\n')
    for (const query of ['dry_run=true', ''])
      expect((await agent.post(`/import?${query}`, text)).label('updated'), query).toBe('2')
  })
})
