// Contract §5: fuzzy search, the same on both engines.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { allPages, type Client } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

onBothEngines('search', (engine) => {
  let server: TestServer
  let agent: Client
  const ids: Record<string, string> = {}
  beforeAll(async () => {
    server = await startServer(engine)
    agent = await server.signIn()
    const make = async (key: string, path: string, body: object) => {
      ids[key] = (await agent.post(path, body)).id
    }
    await make('acme', '/companies', { name: 'Acme Corporation', domain: 'acme.example' })
    await make('tokyo', '/companies', { name: '東京都庁', domain: 'metro.example', notes: 'Bürgeramt' })
    await make('jose', '/contacts', {
      name: 'José Müller',
      email: 'jose@muller.example',
      company_id: ids.acme,
      phone: '+49 (30) 1234-567',
    })
    await make('strasse', '/contacts', { name: 'Ivan Straße', title: 'Geschäftsführer', tags: ['vip'] })
    await make('notes', '/contacts', { name: 'Nina', notes: 'Met jose at the fair; likes Kubernetes' })
    await make('li', '/contacts', { name: 'Li Wei', company_id: ids.tokyo })
    await make('lisa', '/contacts', { name: 'Lisa' })
    await make('deal', '/deals', {
      title: 'Renewal 2026',
      company_id: ids.acme,
      contact_id: ids.jose,
      notes: 'ﬁnal oﬀer',
    })
  })
  afterAll(() => server.stop())

  const found: [path: string, names: string][] = [
    ['/companies?search=acme', 'acme'],
    ['/companies?search=ACME', 'acme'],
    ['/companies?search=amce', 'acme'],
    ['/companies?search=acm', 'acme'],
    ['/companies?search=acne', 'acme'],
    ['/companies?search=cme', 'acme'],
    ['/companies?search=ac', 'acme'],
    ['/companies?search=cm', ''],
    ['/companies?search=corpration', 'acme'],
    ['/companies?search=coproratoin', 'acme'],
    ['/companies?search=corporatin', 'acme'],
    ['/companies?search=corporate', ''],
    ['/companies?search=acme+corporation', 'acme'],
    ['/companies?search=corporation+amce', 'acme'],
    ['/companies?search=acme+zebra', ''],
    ['/companies?search=acme.example', 'acme'],
    ['/companies?search=東京', 'tokyo'],
    ['/companies?search=京', 'tokyo'],
    ['/companies?search=都庁', 'tokyo'],
    ['/companies?search=buergeramt', 'tokyo'],
    ['/companies?search=burgeramt', 'tokyo'],
    ['/contacts?search=jose', 'jose notes'],
    ['/contacts?search=JOSÉ', 'jose notes'],
    ['/contacts?search=Jose%CC%81', 'jose notes'],
    ['/contacts?search=muller', 'jose'],
    ['/contacts?search=mueller', 'jose'],
    ['/contacts?search=strasse', 'strasse'],
    ['/contacts?search=STRASSE', 'strasse'],
    ['/contacts?search=geschaftsfuhrer', 'strasse'],
    ['/contacts?search=vip', 'strasse'],
    ['/contacts?search=kubernets', 'notes'],
    ['/contacts?search=1234', 'jose'],
    ['/contacts?search=49301234567', 'jose'],
    ['/contacts?search=acme', 'jose'],
    ['/contacts?search=amce+muller', 'jose'],
    ['/contacts?search=東京', 'li'],
    ['/contacts?search=li', 'li lisa notes'],
    ['/contacts?search=l', 'li lisa notes'],
    ['/deals?search=renewl', 'deal'],
    ['/deals?search=jose', 'deal'],
    ['/deals?search=acme', 'deal'],
    ['/deals?search=final', 'deal'],
    ['/deals?search=offer', 'deal'],
    ['/deals?search=2026', 'deal'],
    ['/contacts?search=acme&name=like:jos', 'jose'],
    ['/contacts?search=acme&name=like:nin', ''],
  ]
  test.each(found)('%s finds %j', async (path, names) => {
    const reply = await agent.get(path)
    expect(reply.status, reply.text).toBe(200)
    const expected = names === '' ? [] : names.split(' ').map((name) => ids[name])
    expect(reply.records.map(({ handle }) => handle.split('/')[1]).sort()).toEqual(expected.sort())
    expect(reply.total).toBe(expected.length)
  })

  test('best first: exact, beginning, part, typo; key fields before notes; then newest; page by page', async () => {
    const mine = await server.signIn()
    const order: string[] = []
    const names = ['mirada', 'supermiranda', 'mirandas', 'x', 'miranda', 'miranda']
    for (const [n, name] of names.entries()) {
      order.unshift((await mine.post('/contacts', name === 'x' ? { name: 'Noted', notes: 'miranda' } : { name })).id)
      if (n >= 4) server.advance(1100)
    }
    const listed = (await mine.get('/contacts?search=miranda')).records.map(({ handle }) => handle.split('/')[1])
    expect(listed).toEqual(order)
    const pages: (string | undefined)[] = []
    for (let cursor = ''; ; ) {
      const page = await mine.get(`/contacts?search=miranda&limit=1${cursor}`)
      pages.push(page.id)
      expect(page.total).toBe(6)
      if (!page.next) break
      cursor = `&cursor=${page.next}`
    }
    expect(pages).toEqual(order)
    const sorted = await mine.get('/contacts?search=miranda&sort=name')
    expect(sorted.records[0]!.handle).toBe(`contact/${order[2]}`)
  })

  test('the index follows every change', async () => {
    const mine = await server.signIn()
    const company = await mine.post('/companies', { name: 'Oldname' })
    const contact = await mine.post('/contacts', { name: 'Person', company_id: company.id, notes: 'Unforgettable' })
    const count = async (path: string) => (await mine.get(path)).total
    expect(await count('/contacts?search=oldname')).toBe(1)
    await mine.patch(`/companies/${company.id}`, { name: 'Newname' })
    expect(await count('/contacts?search=oldname')).toBe(0)
    expect(await count('/contacts?search=newname')).toBe(1)
    await mine.patch(`/contacts/${contact.id}`, { notes: null, title: 'unforgettable' })
    expect(await count('/contacts?search=unforgetable')).toBe(1)
    const asked = await mine.delete(`/contacts/${contact.id}`)
    await mine.delete(`/contacts/${contact.id}?confirm=${asked.label('confirm')}`)
    expect(await count('/contacts?search=unforgettable')).toBe(0)
    await mine.post('/contacts', { name: 'Unforgettable again' })
    expect(await count('/contacts?search=unforgetable')).toBe(1)
  })

  test('a record that has no words for a while stays where it was among the others', async () => {
    const mine = await server.signIn()
    const first = await mine.post('/contacts', { name: 'Steady' })
    server.advance(2_000)
    await mine.post('/contacts', { name: 'Steady' })
    await mine.patch(`/contacts/${first.id}`, { name: '???' })
    expect((await mine.get('/contacts?search=steady')).total).toBe(1)
    await mine.patch(`/contacts/${first.id}`, { name: 'Steady' })
    const found = (await mine.get('/contacts?search=steady')).records.map(({ handle }) => handle)
    expect(found.indexOf(`contact/${first.id}`)).toBe(1)
  })

  test('newest first is by when records were made, also where they are put back from a file', async () => {
    const mine = await server.signIn()
    const put = (years: readonly string[]) => {
      const lines = years.map((year) => ({
        id: `c_back${year}`,
        name: `Quorro ${year}`,
        created_at: `${year}-01-01T00:00:00Z`,
      }))
      return mine.post('/import', lines.map((line) => JSON.stringify({ type: 'contact', ...line })).join('\n'))
    }
    await put(['2019', '2010', '9999', '1950'])
    await mine.post('/contacts', { name: 'Quorro now' })
    await put(['2015', '0001', '2001'])
    const pages = await allPages(mine, '/contacts?search=quorro&limit=3&fields=name')
    const found = pages.map(({ values }) => values.get('name')!.text.slice('Quorro '.length))
    expect(found.slice(0, 6)).toEqual(['9999', 'now', '2019', '2015', '2010', '2001'])
    expect(found.slice(6).sort()).toEqual(['0001', '1950'])
  })

  test('more records of one second than have numbers of their own are all found', async () => {
    const mine = await server.signIn()
    const lines = Array.from({ length: 4_200 }, (_, n) =>
      JSON.stringify({
        type: 'contact',
        id: `c_${String(n).padStart(8, '0')}`,
        name: `Zwirn ${n}`,
        created_at: '2020-01-01T00:00:00Z',
      }),
    )
    await mine.post('/import', lines.join('\n'))
    await mine.post('/contacts', { name: 'Zwirn' })
    const found = await allPages(mine, '/contacts?search=zwirn&limit=200&fields=name')
    expect(new Set(found.map(({ handle }) => handle)).size).toBe(4_201)
    expect(found[0]!.values.get('name')!.text).toBe('Zwirn')
  })

  test('words shared by records that come and go at the same time stay found', async () => {
    const mine = await server.signIn()
    const made = await Promise.all(
      Array.from({ length: 24 }, (_, n) => mine.post('/contacts', { name: `Shared Word n${n}` })),
    )
    await Promise.all(
      made.map(async ({ id }, n) => {
        if (n % 2) return mine.patch(`/contacts/${id}`, { name: `Other n${n}` })
        const asked = await mine.delete(`/contacts/${id}`)
        return mine.delete(`/contacts/${id}?confirm=${asked.label('confirm')}`)
      }),
    )
    expect((await mine.get('/contacts?search=shared')).total).toBe(0)
    await Promise.all(Array.from({ length: 6 }, (_, n) => mine.post('/contacts', { name: `Shared Word again${n}` })))
    expect((await mine.get('/contacts?search=shraed')).total).toBe(6)
  })

  test('a stretch of a long run of letters is found wherever it lies, and counted where it is found', async () => {
    const mine = await server.signIn()
    const run = 'ลูกค้าขอให้ส่งใบเสนอราคาภายในวันศุกร์นี้และนัดประชุมเพื่อพูดคุยเรื่องสัญญาฉบับใหม่กับผู้จัดการฝ่ายจัดซื้อในสัปดาห์หน้า'
    await mine.post('/contacts', { name: 'Long', notes: run })
    await mine.post('/contacts', { name: 'Latin', notes: `${'a'.repeat(30)}${'b'.repeat(40)}${'c'.repeat(30)}` })
    await mine.post('/contacts', { name: 'Compound', notes: 'dieDonaudampfschifffahrtsgesellschaftskapitaensmuetze' })
    const points = [...run]
    for (const [from, to] of [
      [0, 64],
      [40, 80],
      [25, 65],
      [30, 70],
      [29, 97],
      [0, points.length],
    ] as const)
      expect((await mine.get(`/contacts?search=${encodeURIComponent(points.slice(from, to).join(''))}`)).total).toBe(1)
    const found: [search: string, total: number][] = [
      ['b'.repeat(33), 1],
      ['b'.repeat(40), 1],
      ['c'.repeat(33), 0],
      ['donaudampfschifffahrtsgesellschaftskapitaen', 1],
      ['donaudampfschifffahrtsgesellschaftsuniform', 0],
      ['dieDonaudampfschiffahrtsgeselschaftskapitaensmuetze', 1],
    ]
    for (const [search, total] of found) {
      const reply = await mine.get(`/contacts?search=${search}`)
      expect([search, reply.total, reply.records.length]).toEqual([search, total, total])
    }
  })

  test('a typo is found in a word with a digit, also in Greek and Cyrillic letters', async () => {
    const mine = await server.signIn()
    for (const name of ['über55x', 'Модель3', 'Αθήνα21']) await mine.post('/contacts', { name })
    for (const search of ['ube55x', 'модел3', 'моддль3', 'мдель3', 'модель', 'αηνα21', 'αθηρα21', 'αθνηα21'])
      expect([search, (await mine.get(`/contacts?search=${encodeURIComponent(search)}`)).total]).toEqual([search, 1])
    for (const search of ['модл3', 'ударь3'])
      expect((await mine.get(`/contacts?search=${encodeURIComponent(search)}`)).total).toBe(0)
  })

  test('/search groups contacts, companies and deals', async () => {
    const reply = await agent.get('/search?q=amce')
    expect(reply.comments).toEqual(['contacts', 'total: 1', 'companies', 'total: 1', 'deals', 'total: 1'])
    expect(reply.records.map(({ handle }) => handle.split('/')[1])).toEqual([ids.jose, ids.acme, ids.deal])
    expect((await agent.get('/search?q=acme&types=deals')).comments).toEqual(['deals', 'total: 1'])
    const json = (await agent.get('/search?q=acme&types=company,deal&format=json')).json()
    expect(Object.keys(json)).toEqual(['companies', 'deals'])
    expect(json.companies.items[0].id).toBe(ids.acme)
    const mine = await server.signIn()
    for (const name of ['Acme & Sons', 'Acme Ltd']) await mine.post('/companies', { name })
    const cut = await mine.get('/search?q=acme%20&types=companies&limit=1')
    expect(cut.comments).toEqual(['companies', 'total: 2', 'more: GET /companies?search=acme%20'])
  })

  test('records whose ids another program made are found among ours, page by page, also once they are gone', async () => {
    const mine = await server.signIn()
    const lines = ['c_vip', 'c_1', 'c_12345678901234567890', 'c_7k2m9qxa', 'c_7z'].map((id, at) =>
      JSON.stringify({ type: 'contact', id, name: `Ada Byron ${at}`, created_at: `2026-01-0${Math.min(at, 3) + 1}` }),
    )
    expect((await mine.post('/import', lines.join('\n'))).label('created')).toBe('5')
    const newestFirst = [4, 3, 2, 1, 0].map((at) => `Ada Byron ${at}`)
    for (const search of ['ada', 'byron+ada', 'yro', 'bryon', 'by']) {
      const found = await allPages(mine, `/contacts?search=${search}&limit=2`)
      expect([search, found.map(({ values }) => values.get('name')!.text)]).toEqual([search, newestFirst])
    }
    const { next } = await mine.get('/contacts?search=ada&limit=1')
    for (const id of ['c_vip', 'c_1', 'c_12345678901234567890', 'c_7z'])
      await mine.delete(`/contacts/${id}?confirm=${(await mine.delete(`/contacts/${id}`)).label('confirm')}`)
    expect((await mine.get(`/contacts?search=ada&cursor=${next}`)).value('name')).toBe('Ada Byron 3')
  })

  test('another workspace is not searched', async () => {
    const other = await server.signIn()
    expect((await other.get('/search?q=acme')).records).toEqual([])
  })
})
