// A workspace of one's own, and who is asked into it again.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { clientOf } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

onBothEngines('invites', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(engine)
  })
  afterAll(() => server.stop())

  test('inviting again without a role keeps the one that was given', async () => {
    const admin = await server.signIn()
    const path = `/workspaces/${(await admin.get('/whoami')).label('workspace_id')!.split('/')[1]}/invites`
    const invited = { email: 'again@example.com', role: 'admin' }
    const code = (await admin.post(path, invited)).label('local_code')
    expect((await admin.post(`${path}?code=${code}`, invited)).status).toBe(201)
    for (const [role, kept] of [
      [undefined, 'admin'],
      ['member', 'member'],
    ] as const) {
      const again = await admin.post(path, { email: invited.email, role })
      expect([again.status, again.value('role')]).toEqual([200, kept])
    }
  })

  test('the log of a new workspace begins with who made it', async () => {
    const agent = await server.signIn('maker@example.com')
    const made = await agent.post('/workspaces', { name: 'Second' })
    const there = clientOf(server.url, (await agent.post(`/workspaces/${made.id}/tokens`)).label('token'))
    const first = (await there.get('/audit')).records.at(-1)!.values
    const told = ['action', 'target', 'by', 'new.name'].map((label) => first.get(label)?.text)
    expect(told).toEqual(['create', `workspace/${made.id}`, 'maker@example.com', 'Second'])
  })
})
