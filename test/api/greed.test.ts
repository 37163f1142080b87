// Contract §5 and security: one greedy question or record does not keep the others waiting.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { foldText, wordsOf } from '../../src/text/words.ts'
import type { Client } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

onBothEngines('greed', (engine) => {
  let server: TestServer
  let agent: Client
  beforeAll(async () => {
    server = await startServer(engine)
    agent = await server.signIn()
    const notes = 'a'.repeat(19_000)
    await Promise.all(
      Array.from({ length: 60 }, (_, n) => agent.post('/contacts', { name: `n${n}`, notes, custom: { seats: n } })),
    )
  })
  afterAll(() => server.stop())

  test('others are answered while a pattern goes through every record', async () => {
    const pattern = `%25a%25${'a'.repeat(180)}c%25`
    let answered = false
    const greedy = agent.get(`/contacts?notes=like:${pattern}`).then((reply) => {
      answered = true
      return reply
    })
    let meanwhile = 0
    while (!answered) {
      expect((await agent.get('/whoami')).status).toBe(200)
      meanwhile++
    }
    expect((await greedy).total).toBe(0)
    expect(meanwhile).toBeGreaterThan(1)
  })

  test('others are answered while a file of hardly anything but blank lines is read', async () => {
    let answered = false
    const file = `name,email\nAda,ada@blank.example\n${'\n'.repeat(50_000)}`
    const headers = { 'content-type': 'text/csv' }
    const greedy = agent.post('/import?dry_run=true', file, { headers }).finally(() => {
      answered = true
    })
    let meanwhile = 0
    for (; !answered; meanwhile++) expect((await agent.get('/healthz')).status).toBe(200)
    expect((await greedy).label('rows')).toBe('1')
    expect(meanwhile).toBeGreaterThan(20)
  })

  const blanks = ' '.repeat(900_000)
  test.each([
    ['a number of blanks', `name,phone\nA,1${blanks}2`, ''],
    ['a person of blanks', `title,contact name\nA,x${blanks}y`, 'type=deals'],
    ['a date of blanks', `title,close date\nA,1${blanks}x`, 'type=deals'],
    ['a header of blanks', `"deal - ${blanks}\ny\nz",title\nA,b`, 'type=deals'],
    ['hundreds of thousands of ids', `name,company id\nA,${'1;'.repeat(450_000)}`, ''],
    [
      'a value that is a telephone number half a million times',
      `BEGIN:VCARD\nFN:A\nTEL${';TYPE=a'.repeat(500_000)}:1\nEND:VCARD\n`,
      '',
    ],
    ['a value of half a million lines', `BEGIN:VCARD\nFN:A\nNOTE:a${'\n b'.repeat(500_000)}\nEND:VCARD`, ''],
  ])('a file with %s is read in no more time than its length takes', async (_, file, query) => {
    const reply = await agent.post(`/import?dry_run=true&${query}`, file)
    expect([reply.status, reply.label('rows')]).toEqual([200, '1'])
  })

  test('others are answered while a company with many contacts is renamed, and deleted', async () => {
    const mine = await server.signIn()
    const company = `/companies/${(await mine.post('/companies', { name: 'Many' })).id}`
    const people = Array.from({ length: 2_000 }, (_, n) =>
      JSON.stringify({ type: 'contact', name: `p${n}`, company_id: company.slice(11) }),
    )
    expect((await mine.post('/import', people.join('\n'))).label('contacts_created')).toBe('2000')
    const confirm = async () => (await mine.delete(company)).label('confirm')
    for (const change of [
      () => mine.patch(company, { name: 'Renamed' }),
      async () => mine.delete(`${company}?confirm=${await confirm()}`),
    ]) {
      let answered = false
      const greedy = change().finally(() => {
        answered = true
      })
      let meanwhile = 0
      for (; !answered; meanwhile++) expect((await mine.get('/whoami')).status).toBe(200)
      expect((await greedy).status).toBe(200)
      expect(meanwhile).toBeGreaterThan(5)
    }
    expect((await mine.get('/contacts?search=renamed')).total).toBe(0)
    expect((await mine.get('/contacts?company_id=is:null')).total).toBe(2_000)
  })

  test.each([
    [`notes=like:${'a'.repeat(201)}`, 'at most 200'],
    ['notes=like:a%25a%25a%25a%25a%25a%25a', 'at most 5'],
    [Array.from({ length: 11 }, (_, n) => `custom.k${n}=1`).join('&'), 'At most 10'],
    ['tags=vip,partner', 'in:vip,partner'],
  ])('%s is refused', async (query, says) => {
    const reply = await agent.get(`/contacts?${query}`)
    expect([reply.status, reply.label('error')]).toEqual([400, 'invalid_value'])
    expect(reply.label('hint')).toContain(says)
  })

  test('custom values are found in a list of numbers and texts, and like finds what holds a wild card of SQL', async () => {
    const mine = await server.signIn()
    for (const [seats, name] of [
      [5, 'a_b'],
      ['5', 'aXb'],
      [7.5, 'a\\b'],
      ['x', '100%'],
    ] as const)
      await mine.post('/contacts', { name, custom: { seats } })
    const names = async (query: string) =>
      (await mine.get(`/contacts?sort=created_at&${query}`)).records
        .map(({ values }) => values.get('name')!.text)
        .sort()
    expect(await names('custom.seats=in:5,7.5')).toEqual(['aXb', 'a\\b', 'a_b'].sort())
    expect(await names('custom.seats=ne:5')).toEqual(['100%', 'a\\b'])
    expect(await names('name=like:a_b')).toEqual(['a_b'])
    expect(await names('name=like:a\\b')).toEqual(['a\\b'])
    expect(await names('name=like:A%25B')).toEqual(['aXb', 'a\\b', 'a_b'].sort())
    expect(await names('name=like:')).toHaveLength(4)
    expect(await names('custom.seats=like:X')).toEqual(['100%'])
  })

  test('a body with masses of faults tells fifty of them', async () => {
    const body = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`field${n}`, n]))
    const reply = await agent.post('/contacts', body)
    expect([reply.status, reply.problems.length]).toEqual([400, 50])
    expect(reply.label('hint')).toContain('20000 more')
  })

  test('a conditional call is refused on any verb, not only on PATCH', async () => {
    const made = await agent.post('/contacts', { email: 'if@match.example' })
    await agent.patch(`/contacts/${made.id}`, { title: 'x' })
    const stale = { headers: { 'if-match': '1' } }
    expect((await agent.post('/contacts', { email: 'if@match.example', title: 'y' }, stale)).status).toBe(412)
    expect((await agent.delete(`/contacts/${made.id}`, stale)).status).toBe(412)
    expect((await agent.delete(`/contacts/${made.id}`, { headers: { 'if-match': '"2"' } })).status).toBe(409)
    expect((await agent.post('/contacts', { email: 'new@match.example' }, stale)).status).toBe(400)
  })
})

test('folding takes no longer than its length: a letter with twenty thousand accents is one word', () => {
  const marks = '\u0300'.repeat(20_000)
  expect(foldText(`e${marks}x`)).toBe('ex')
  expect(wordsOf(`\u0915${marks}`).length).toBeGreaterThan(0)
  expect(foldText('Ve\u0301\u0308lo \u0915\u0300')).toBe('velo \u0915\u0300')
})
