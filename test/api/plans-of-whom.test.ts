// Whose plan counts: members are capped by the plan of their workspace, workspaces by that of their user.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommand, settingsOf } from '../support/command.ts'
import { onBothEngines } from '../support/engines.ts'
import { registerApp, walkToConsent } from '../support/oauth.ts'
import { startServer, type TestServer } from '../support/server.ts'

onBothEngines('plans of whom', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(engine)
  })
  afterAll(() => server.stop())

  let people = 0
  const somebody = () => `person${++people}@example.com`
  /** Free is one of five members, and three workspaces. */
  const makeFree = async (whom: string) => {
    const ran = await runCommand(['plan', 'set', whom, 'free'], { env: settingsOf(server.database) })
    expect(ran.code, ran.stderr).toBe(0)
  }

  test('the cap of members is that of the workspace they are invited to, not of the one the token is for', async () => {
    const agent = await server.signIn(somebody())
    const { id } = await agent.post('/workspaces', { name: 'Small' })
    await makeFree(id)
    const invite = () => agent.post(`/workspaces/${id}/invites`, { email: somebody() })
    for (let n = 0; n < 4; n++) expect((await invite()).status).toBe(201)
    const refused = await invite()
    expect(['error', 'resource', 'used', 'limit'].map(refused.label)).toEqual([
      'plan_limit_reached',
      'members',
      '5',
      '5',
    ])
  })

  test('the cap of workspaces is that of the user, whatever workspace the token is for', async () => {
    const email = somebody()
    const agent = await server.signIn(email)
    await makeFree(email)
    const make = () => agent.post('/workspaces', { name: 'One more' })
    for (let n = 0; n < 2; n++) expect((await make()).status).toBe(201)
    const refused = await make()
    expect(['error', 'resource', 'limit'].map(refused.label)).toEqual(['plan_limit_reached', 'workspaces', '3'])
  })

  test('so it is on the sign-in page', async () => {
    const email = somebody()
    const agent = await server.signIn(email)
    await makeFree(email)
    const app = await registerApp(server.url)
    const choice = { decision: 'allow', workspace: 'new', workspace_name: 'One more', access: 'read' }
    const make = async () => (await walkToConsent(server, app, { email })).submit('consent', choice)
    for (let n = 0; n < 2; n++) expect((await make()).left).toBeDefined()
    const refused = await make()
    expect([refused.status, refused.left]).toEqual([400, undefined])
    expect((await agent.get('/workspaces')).total).toBe(3)
  })
})
