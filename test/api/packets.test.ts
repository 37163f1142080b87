// What PostgreSQL is asked together and told together: nobody is answered with what is another's or out of date, and a
// statement that fails takes down its own transaction and nobody else's question.

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Row } from '../../src/store/dialect.ts'
import { type Client, clientOf } from '../support/client.ts'
import { engines, onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

const AT_ONCE = 64

function atOnce<T>(job: (n: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: AT_ONCE }, (_, n) => job(n)))
}

async function minted(client: Client, name: string): Promise<{ client: Client; id: string }> {
  const workspace = (await client.get('/whoami')).label('workspace_id')!.split('/')[1]
  const reply = await client.post(`/workspaces/${workspace}/tokens`, { token_name: name })
  const its = clientOf(client.url, reply.label('token')!)
  return { client: its, id: (await its.get('/whoami')).label('token_id')! }
}

onBothEngines('many questions at once', (engine) => {
  let server: TestServer
  let anna: Client
  let bert: Client
  beforeAll(async () => {
    server = await startServer(engine)
    anna = await server.signIn('anna@example.com')
    bert = await server.signIn('bert@example.com')
  })
  afterAll(() => server.stop())

  test('an unknown token among them is refused alone', async () => {
    const unknown = clientOf(
      server.url,
      anna.token!.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
    )
    const replies = await atOnce((n) => [anna, unknown, bert][n % 3]!.get('/whoami'))
    expect(replies.map(({ status }) => status)).toEqual(replies.map((_, n) => (n % 3 === 1 ? 401 : 200)))
    const users = replies.map((reply) => reply.label('user'))
    expect(users.filter((_, n) => n % 3 === 0).every((email) => email === 'anna@example.com')).toBe(true)
    expect(users.filter((_, n) => n % 3 === 2).every((email) => email === 'bert@example.com')).toBe(true)
  })

  test('each gets the record that it asked for, and nothing of another workspace', async () => {
    const made = await atOnce((n) => [anna, bert][n % 2]!.post('/contacts', { name: `Secret of ${n}` }))
    const ids = made.map(({ id }) => id)
    const asked = await atOnce((n) => [anna, bert][n % 2]!.get(`/contacts/${ids[n]}`))
    expect(asked.map((reply) => reply.value('name'))).toEqual(ids.map((_, n) => `Secret of ${n}`))
    const foreign = await atOnce((n) => [bert, anna][n % 2]!.get(`/contacts/${ids[n]}`))
    expect(new Set(foreign.map(({ status }) => status))).toEqual(new Set([404]))
    expect(foreign.map(({ text }) => text).join()).not.toContain('Secret')
    const mixed = await atOnce((n) => [anna, bert][(n >> 1) % 2]!.get(`/contacts/${ids[n]}`))
    expect(mixed.map(({ status }) => status)).toEqual(ids.map((_, n) => ((n >> 1) % 2 === n % 2 ? 200 : 404)))
  })

  test.each([
    ['', 'a'],
    [' RETURNING id', 'b'],
  ])(
    'a key that was drawn and is taken already has the transaction run again, and the others beside it go on%s',
    async (returning, tag) => {
      const taken = `u_taken_${tag}`
      let drawn = 0
      const insert = (id: string) => async () =>
        server.opened.write(async (db) => {
          const key = drawn++ === 0 ? taken : id
          const sql = `INSERT INTO users (id, email, created_at) VALUES (?, ?, 1)${returning}`
          await (returning ? db.rows : db.change)(sql, [key, `${id}@drawn.example`])
          return key
        })
      await insert(taken)()
      drawn = 0
      const keys = await Promise.all(['1', '2', '3', '4'].map((n) => insert(`u_${tag}${n}`)()))
      expect(keys).toEqual(['1', '2', '3', '4'].map((n) => `u_${tag}${n}`))
      expect(drawn).toBe(5)
    },
  )

  test('who reads after a change was answered sees it, whoever else is reading', async () => {
    const { id } = await anna.post('/contacts', { name: 'Before' })
    const readers = atOnce(async () => {
      for (let round = 0; round < 5; round++) expect((await anna.get(`/contacts/${id}`)).status).toBe(200)
    })
    for (let round = 0; round < 10; round++) {
      await anna.patch(`/contacts/${id}`, { name: `Change ${round}` })
      expect((await anna.get(`/contacts/${id}`)).value('name')).toBe(`Change ${round}`)
    }
    await readers
  })

  test('records made at once are counted, found and logged, each once', async () => {
    const carla = await server.signIn('carla@example.com')
    await atOnce((n) => carla.post('/contacts', { name: `Werner Wolf${n % 8}`, email: `w${n % 32}@wolf.example` }))
    expect((await carla.get('/contacts')).total).toBe(32)
    expect((await carla.get('/contacts?search=werner')).total).toBe(32)
    expect((await carla.get('/audit?action=create')).total).toBe(32)
  })
})

test('a token that one node revoked is refused by the other from the next request on, under load too', async () => {
  const one = await startServer(engines.postgres)
  const two = await one.secondNode()
  const admin = await one.signIn('admin@example.com')
  const { client, id } = await minted(admin, 'short-lived')
  const there = clientOf(two.url, client.token)
  const other = clientOf(two.url, admin.token)
  let over = false
  const load = atOnce(async (n) => {
    while (!over) await (n % 2 ? there : other).get('/whoami')
  })
  expect((await there.get('/whoami')).status).toBe(200)
  expect((await admin.delete(`/tokens/${id.split('/')[1]}`)).status).toBe(200)
  const replies = await atOnce((n) => (n % 2 ? there : other).get('/whoami'))
  expect(replies.map(({ status }) => status)).toEqual(replies.map((_, n) => (n % 2 ? 401 : 200)))
  over = true
  await load
  await two.stop()
  await one.stop()
})

test('what is sent arrives as it was, whatever its length and letters', async () => {
  const server = await startServer(engines.postgres)
  const { read } = server.opened
  const lengths = [0, 1, 1_000, 1_023, 1_024, 1_025, 70_000]
  const texts = lengths.flatMap((length) => ['x', 'é', '漢', '😀', "'", '\\'].map((letter) => letter.repeat(length)))
  const sql = 'SELECT ?::text AS text, ?::bigint AS number, ?::text AS none, ?::float8 AS part'
  const answers = await Promise.all(texts.map((text, n) => read.one(sql, [text, n - 5, null, n / 8])))
  expect(answers).toEqual(texts.map((text, n) => ({ text, number: n - 5, none: null, part: n / 8 })))
  await server.stop()
})

test('a statement that fails takes no question and no other transaction along', async () => {
  const server = await startServer(engines.postgres)
  await server.signIn('owner@example.com')
  const { read, write } = server.opened
  const email = async (divisor: number) => read.one('SELECT email, 1 / ?::int AS one FROM users', [divisor])
  const answers = await Promise.allSettled(Array.from({ length: AT_ONCE }, (_, n) => email(n % 4)))
  for (const [n, answer] of answers.entries())
    if (n % 4 === 0) expect(answer).toMatchObject({ status: 'rejected', reason: { code: '22012' } })
    else expect(answer).toMatchObject({ value: { email: 'owner@example.com', one: n % 4 === 1 ? 1 : 0 } })

  const spoil = 'UPDATE users SET created_at = 1 / ?::bigint'
  const rename = (to: string) => ['UPDATE users SET email = ?', [to]] as const
  const spoilt: ((db: Parameters<Parameters<typeof write>[0]>[0]) => Promise<unknown>)[] = [
    (db) => db.change(spoil, [0]),
    (db) => db.changeLast(spoil, [0]),
    (db) => db.change(spoil, [0]).then(() => db.rows('SELECT 1 AS one')),
    (db) =>
      db
        .rows(spoil, [0])
        .catch(() => undefined)
        .then(() => undefined),
  ]
  for (const spoiling of spoilt) {
    const job = write(async (db) => {
      await db.change(...rename('kept@example.com'))
      await spoiling(db)
    })
    await expect(job).rejects.toThrow()
  }
  const late = write(async (db) => {
    await db.changeLast(...rename('late@example.com'))
    throw new Error('Changed its mind.')
  })
  await expect(late).rejects.toThrow('Changed its mind.')
  const emails = async (): Promise<Row[]> => read.rows('SELECT email FROM users')
  expect(await emails()).toEqual([{ email: 'owner@example.com' }])

  await write(async (db) => {
    await db.changeLast('UPDATE users SET email = ? || email', ['last-'])
    for (let n = 0; n < 200; n++) await db.change(...rename(`n${n}@example.com`))
    expect(await db.one('SELECT count(*) AS count FROM users', [])).toEqual({ count: 1 })
  })
  expect(await emails()).toEqual([{ email: 'last-n199@example.com' }])
  await server.stop()
})
