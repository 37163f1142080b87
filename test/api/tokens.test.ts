// GET /tokens: all that live, and how long they do.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { allPages, type Client, clientOf } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

const DAY = 86_400_000

onBothEngines('tokens', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(engine, { env: { CRMKIT_TOKEN_MAX_DAYS: '100' } })
  })
  afterAll(() => server.stop())

  const mint = async (agent: Client) => {
    const workspace = (await agent.get('/whoami')).label('workspace_id')!.split('/')[1]
    return clientOf(server.url, (await agent.post(`/workspaces/${workspace}/tokens`)).label('token'))
  }
  const names = async (agent: Client) => (await agent.get('/tokens')).records.map(({ handle }) => handle)
  const own = async (agent: Client) => (await agent.get('/whoami')).label('token_id')!

  test('every token is on some page, once, and the total counts them all', async () => {
    const agent = await server.signIn('many@example.com')
    const workspace = (await agent.get('/whoami')).label('workspace_id')!.split('/')[1]
    for (let at = 0; at < 24; at++) await agent.post(`/workspaces/${workspace}/tokens`, { token_name: `token ${at}` })
    const first = await agent.get('/tokens?limit=10')
    expect([first.records.length, first.total]).toEqual([10, 25])
    const all = await allPages(agent, '/tokens?limit=10')
    expect(new Set(all.map(({ handle }) => handle)).size).toBe(25)
    expect(all).toHaveLength(25)
    expect(all.filter(({ values }) => values.get('current')?.text === 'yes')).toHaveLength(1)
    expect((await agent.get('/tokens')).records).toHaveLength(25)
    expect((await agent.get('/tokens?cursor=x')).label('error')).toBe('invalid_cursor')
  })

  test('a cursor of the list is its user’s own, also among colleagues', async () => {
    const admin = await server.signIn('admin@example.com')
    const workspace = (await admin.get('/whoami')).label('workspace_id')!.split('/')[1]!
    await admin.post(`/workspaces/${workspace}/invites`, { email: 'colleague@example.com' })
    const colleague = await server.signIn('colleague@example.com', { workspace_id: workspace })
    for (const agent of [admin, colleague]) await mint(agent)
    const { next } = await admin.get('/tokens?limit=1')
    expect((await admin.get(`/tokens?limit=1&cursor=${next}`)).records).toHaveLength(1)
    expect((await colleague.get(`/tokens?limit=1&cursor=${next}`)).label('error')).toBe('invalid_cursor')
  })

  test('a token that is too old is listed until then, and no longer', async () => {
    const old = await server.signIn('old@example.com')
    const handle = await own(old)
    for (const days of [60, 39]) {
      server.advance(days * DAY)
      expect((await old.get('/whoami')).status).toBe(200)
    }
    const listed = (await old.get('/tokens')).records[0]!.values
    const [created, expires] = ['created_at', 'expires_at'].map((label) => Date.parse(listed.get(label)!.text))
    expect(expires! - created!).toBe(100 * DAY)
    server.advance(2 * DAY)
    expect((await old.get('/whoami')).label('error')).toBe('token_expired')
    expect(await names(await server.signIn('old@example.com'))).not.toContain(handle)
  })

  test('a token is listed as long as those that minted it live', async () => {
    const root = await server.signIn('chain@example.com')
    const leaf = await mint(await mint(root))
    const handle = await own(leaf)
    const ends = async () => {
      const listed = (await leaf.get('/tokens')).records.find((each) => each.handle === handle)!
      return listed.values.get('expires_at')!.text
    }
    const before = await ends()
    server.advance(80 * DAY)
    expect((await leaf.get('/whoami')).status).toBe(200)
    expect(await ends()).toBe(before)
    server.advance(11 * DAY)
    expect((await leaf.get('/whoami')).label('error')).toBe('token_expired')
    expect(await names(await server.signIn('chain@example.com'))).toHaveLength(1)
  })
})
