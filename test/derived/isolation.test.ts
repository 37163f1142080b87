// Every route × every noun × a foreign workspace's token and ids, and every role × every route: made from the route list
// itself, so that a new route can't be forgotten.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { permissions } from '../../src/access/permissions.ts'
import { mintToken } from '../../src/accounts/tokens.ts'
import { resources } from '../../src/crm/index.ts'
import { referencesOf } from '../../src/declare/resources.ts'
import type { Route } from '../../src/route.ts'
import { type Client, clientOf } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

const CANARY = 'Canarybird'
const NEVER = { contact: 'c_00000000', company: 'co_00000000', deal: 'd_00000000', activity: 'a_00000000' } as const
const PEOPLE = { workspace: 'w_0000000000000000', user: 'u_0000000000000000', invite: 'i_0000000000000000' } as const

type MemberRoute = Extract<Route, { who: 'member' }>

onBothEngines('isolation', (engine) => {
  let server: TestServer
  let alice: Client
  let mallory: Client
  let routes: readonly MemberRoute[]
  /** What Alice has, by noun; and ids of the same form that never were. */
  const hers: Record<string, string> = {}
  beforeAll(async () => {
    server = await startServer(engine)
    routes = server.routes.filter((route) => route.who === 'member')
    alice = await server.signIn('alice@example.com')
    mallory = await server.signIn('mallory@example.com')
    const make = async (path: string, body: object) => (await alice.post(path, body)).id
    hers.company = await make('/companies', { name: CANARY, domain: 'canary.example' })
    hers.contact = await make('/contacts', { name: CANARY, email: 'c@canary.example', company_id: hers.company })
    hers.deal = await make('/deals', { title: CANARY, contact_id: hers.contact, follow_up_at: '2020-01-01' })
    hers.activity = await make(`/deals/${hers.deal}/activities`, { body: CANARY })
    const who = await alice.get('/whoami')
    hers.workspace = who.label('workspace_id')!.split('/')[1]!
    hers.user = who.label('user_id')!.split('/')[1]!
    hers.token = who.label('token_id')!.split('/')[1]!
    hers.invite = (await alice.post(`/workspaces/${hers.workspace}/invites`, { email: 'guest@example.com' })).id
  })
  afterAll(() => server.stop())

  /** The route's path with ids of somebody's in place of its parameters. */
  const pathOf = (route: Route, ids: Readonly<Record<string, string>>): string =>
    route.path
      .replace(':userId', ids.user!)
      .replace(':inviteId', ids.invite!)
      .replace(':id', () => {
        const [, plural] = route.path.split('/')
        if (plural === 'workspaces') return ids.workspace!
        if (plural === 'tokens') return ids.token!
        return ids[resources.find((resource) => resource.plural === plural)!.name]!
      })
  const never = { ...NEVER, ...PEOPLE, token: 't_000000000000' }
  const bodies = [{}, { name: 'x' }, { title: 'x' }, { email: 'new@example.com' }, { role: 'member' }, { body: 'x' }]

  test('another workspace’s id looks like one that never was, on every route that takes one', async () => {
    const taking = routes.filter(({ path }) => path.includes(':'))
    expect(taking.length).toBeGreaterThan(20)
    for (const route of taking)
      for (const body of route.method === 'GET' || route.method === 'DELETE' ? [undefined] : bodies) {
        const foreign = await mallory.call(route.method, pathOf(route, hers), body)
        const unknown = await mallory.call(route.method, pathOf(route, never), body)
        const name = `${route.method} ${route.path} ${JSON.stringify(body)}`
        const neutral = (text: string, ids: Readonly<Record<string, string>>) =>
          Object.values(ids).reduce((rest, id) => rest.replaceAll(id, '_'), text)
        expect([name, foreign.status], foreign.text).toEqual([name, unknown.status])
        expect(neutral(foreign.text, hers), name).toBe(neutral(unknown.text, never))
        expect(foreign.status === 404 || foreign.status === 400, `${name}: ${foreign.text}`).toBe(true)
        expect(foreign.text, name).not.toContain(CANARY)
      }
  })

  test('no list, search or log shows another workspace’s records', async () => {
    const lists = routes.filter(({ method, path }) => method === 'GET' && !path.includes(':'))
    expect(lists.length).toBeGreaterThan(8)
    for (const { path, ownFormat } of lists)
      for (const query of ownFormat ? [''] : ['', '?format=json']) {
        const asked = path === '/search' ? `${path}?q=canarybird${query.replace('?', '&')}` : `${path}${query}`
        const reply = await mallory.get(asked)
        expect(reply.status, `${path}: ${reply.text}`).toBe(200)
        for (const secret of [CANARY, ...Object.values(hers)]) expect(reply.text, path).not.toContain(secret)
      }
    for (const { plural, name } of resources)
      for (const query of [`id=${hers[name]}`, `search=${CANARY}`, `like=${CANARY}`]) {
        const reply = await mallory.get(`/${plural}?${query}`)
        expect(reply.text).not.toContain(CANARY)
        expect(reply.records).toEqual([])
      }
  })

  test('no record can refer to another workspace’s', async () => {
    for (const resource of resources)
      for (const { field, to } of referencesOf(resource)) {
        const body = { name: 'x', title: 'x', [field]: hers[to] }
        const fields = Object.fromEntries(Object.entries(body).filter(([key]) => Object.hasOwn(resource.fields, key)))
        const foreign = await mallory.post(`/${resource.plural}`, fields)
        const unknown = await mallory.post(`/${resource.plural}`, {
          ...fields,
          [field]: never[to as keyof typeof never],
        })
        expect([foreign.status, foreign.text], `${resource.name}.${field}`).toEqual([400, unknown.text])
        const filtered = await mallory.get(`/${resource.plural}?${field}=${hers[to]}`)
        expect(filtered.records).toEqual([])
      }
  })

  test('every role × every route: admins alone manage, everybody else reads and writes', async () => {
    const email = 'member@example.com'
    await alice.post(`/workspaces/${hers.workspace}/invites`, { email })
    const member = await server.signIn(email, { workspace_id: hers.workspace! })
    for (const route of routes) {
      const reply = await member.call(
        route.method,
        pathOf(route, { ...never, workspace: hers.workspace! }),
        route.method === 'GET' ? undefined : {},
      )
      const refused = reply.label('error') === 'admin_required'
      const managing = !(permissions[route.permission].roles as readonly string[]).includes('member')
      const others = route.path === '/workspaces/:id/members/:userId' && route.method === 'DELETE'
      expect([route.method, route.path, refused], reply.text).toEqual([route.method, route.path, managing || others])
    }
  })

  test('every grant of an app × every route: read-only GETs alone, one workspace unless it may switch', async () => {
    const appToken = async (access: 'read' | 'write', maySwitch: boolean) => {
      const { token } = await server.opened.write((db) =>
        mintToken(
          {
            ...{ db, now: Date.now(), random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)), secret: '' },
            ...{ orderedId: () => '', recordId: () => '', afterCommit: () => {}, wakeMail: () => {} },
          },
          {
            ...{ userId: hers.user!, workspaceId: hers.workspace!, name: 'app', idleSeconds: 86_400 },
            connector: { clientId: 'app', access, maySwitch },
          },
        ),
      )
      return clientOf(server.url, token)
    }
    for (const access of ['read', 'write'] as const)
      for (const maySwitch of [false, true]) {
        const app = await appToken(access, maySwitch)
        for (const route of routes) {
          const reply = await app.call(
            route.method,
            pathOf(route, { ...never, workspace: hers.workspace! }),
            route.method === 'GET' ? undefined : {},
          )
          const expected =
            access === 'read' && route.method !== 'GET'
              ? 'read_only'
              : !maySwitch && permissions[route.permission].app === 'switch'
                ? 'connector_scope'
                : undefined
          const error = reply.label('error')
          const told = error === 'read_only' || error === 'connector_scope' ? error : undefined
          expect([route.method, route.path, told], reply.text).toEqual([route.method, route.path, expected])
        }
        const other = (await alice.post('/workspaces', { name: 'Other' })).id
        const beyond = await app.get(`/workspaces/${other}/members`)
        expect(beyond.label('error')).toBe(maySwitch ? undefined : 'connector_scope')
        expect((await app.get('/workspaces')).records.length > 1).toBe(maySwitch)
      }
  })
})
