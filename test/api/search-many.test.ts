// Searches that many records answer say the same whatever comes and goes.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { allPages, type Client } from '../support/client.ts'
import { engines, onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

const FIRST = ['anna', 'berta', 'carla', 'dora', 'emma', 'frida', 'greta']
const SEARCHES: Record<string, (words: readonly string[]) => boolean> = {
  common: (words) => words.some((word) => word.startsWith('common')),
  comon: (words) => words.includes('common'),
  commoner: (words) => words.includes('commoner') || words.includes('common'),
  anna: (words) => words.includes('anna'),
  'common+anna': (words) => words.includes('anna') && words.some((word) => word.startsWith('common')),
  'keepr+comm': (words) => words.includes('keeper') && words.some((word) => word.startsWith('common')),
  q7w: (words) => words.some((word) => word.includes('q7w')),
  'q7w+greta': (words) => words.includes('greta') && words.some((word) => word.includes('q7w')),
  'keeper+common+greta': (words) => words.includes('keeper') && words.includes('greta') && words.includes('common'),
}

onBothEngines('searches that many records answer', (engine) => {
  let server: TestServer
  let agent: Client
  const words = new Map<string, readonly string[]>()
  beforeAll(async () => {
    server = await startServer(engine)
    agent = await server.signIn()
  })
  afterAll(() => server.stop())

  async function importMore(from: number, to: number): Promise<void> {
    const lines = ['name,email,title']
    for (let n = from; n < to; n++) {
      const title = n % 3 ? 'keeper' : 'commoner'
      // A word with a digit of its own, or one that two have.
      const number = n % 3 ? n : n - (n % 2)
      lines.push(`${FIRST[n % 7]} common,n${n}@many.example,${title} n${number}q7w`)
    }
    const reply = await agent.post('/import?type=contacts', lines.join('\n'), {
      headers: { 'content-type': 'text/csv' },
    })
    expect(reply.status, reply.text).toBe(200)
    for (const { handle, values } of await allPages(agent, '/contacts?limit=200&fields=name,title'))
      words.set(handle, `${values.get('name')!.text} ${values.get('title')!.text}`.split(' '))
  }

  async function expectAllFound(): Promise<void> {
    for (const [search, answers] of Object.entries(SEARCHES)) {
      const expected = [...words].filter(([, held]) => answers(held)).map(([handle]) => handle)
      const path = `/contacts?search=${search}&limit=200&fields=name`
      expect((await agent.get(path)).total, search).toBe(expected.length)
      const found = (await allPages(agent, path)).map(({ handle }) => handle)
      expect(found.toSorted(), search).toEqual(expected.toSorted())
    }
  }

  test('after imports, changes and deletions', async () => {
    await importMore(0, 2_000)
    await expectAllFound()
    const changed = [...words.keys()].filter((_, index) => index % 20 === 0)
    for (const [index, handle] of changed.entries()) {
      const path = `/contacts/${handle.split('/')[1]}`
      if (index % 2) {
        const asked = await agent.delete(path)
        await agent.delete(`${path}?confirm=${asked.label('confirm')}`)
        words.delete(handle)
      } else {
        await agent.patch(path, { name: 'anna other', title: 'keeper' })
        words.set(handle, ['anna', 'other', 'keeper'])
      }
    }
    await expectAllFound()
    await importMore(2_000, 2_300)
    await expectAllFound()
  })
})

test('the rows of a deleted workspace leave FTS5 when nobody writes, and those of others stay', async () => {
  const server = await startServer(engines.sqlite)
  const { read } = server.opened
  const [gone, kept] = [await server.signIn(), await server.signIn()]
  for (const agent of [gone, kept]) {
    const lines = Array.from({ length: 100 }, (_, n) => `Person ${n},p${n}@rows.example`)
    await agent.post('/import?type=contacts', ['name,email', ...lines].join('\n'), {
      headers: { 'content-type': 'text/csv' },
    })
  }
  const count = async (table: string) => Number((await read.rows(`SELECT count(*) AS count FROM ${table}`))[0]!.count)
  expect(await count('search_index_docsize')).toBe(200)
  const workspace = (await gone.get('/whoami')).label('workspace_id')!.split('/')[1]
  const asked = await gone.delete(`/workspaces/${workspace}`)
  expect((await gone.delete(`/workspaces/${workspace}?code=${asked.label('local_code')}`)).status).toBe(200)
  expect((await kept.get('/contacts?search=person')).total).toBe(100)
  await expect.poll(async () => (await count('workspaces_gone')) + (await count('search_gone'))).toBe(0)
  expect(await count('search_texts')).toBe(100)
  expect(await count('search_index_docsize')).toBe(100)
  expect(await count('search_vocabulary_docsize')).toBe(await count('search_terms'))
  expect((await kept.get('/contacts?search=p17@rows.example')).total).toBe(1)
  await server.stop()
})
