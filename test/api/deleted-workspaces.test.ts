// A workspace with many records is gone with the answer to its DELETE, and nobody else waits until its rows are.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { countAuditEventsBefore } from '../../src/store/audit.ts'
import type { Client } from '../support/client.ts'
import { runCommand, settingsOf } from '../support/command.ts'
import { onBothEngines, type TestDatabase } from '../support/engines.ts'
import { serve, type TestServer } from '../support/server.ts'

const CONTACTS = 1_500
const PATIENCE = { timeout: 30_000 }

onBothEngines('a deleted workspace with many records', (engine) => {
  let database: TestDatabase
  let server: TestServer
  beforeAll(async () => {
    database = await engine.newDatabase()
    server = await serve(database)
  })
  afterAll(async () => {
    await server.stop()
    await database.drop()
  })

  const idOf = async (agent: Client) => (await agent.get('/whoami')).label('workspace_id')!.split('/')[1]!

  async function fill(agent: Client): Promise<void> {
    const lines = Array.from({ length: CONTACTS }, (_, n) => `Person ${n},p${n}@gone.example,word${n % 50}`)
    const headers = { 'content-type': 'text/csv' }
    const reply = await agent.post('/import?type=contacts', ['name,email,title', ...lines].join('\n'), { headers })
    expect(reply.status, reply.text).toBe(200)
  }

  /** Gives what was left of it when it was answered. */
  async function remove(
    agent: Client,
    workspace: string,
    more: Record<string, string> = {},
  ): Promise<[number, number]> {
    const asked = await agent.delete(`/workspaces/${workspace}`)
    const path = `/workspaces/${workspace}?code=${asked.label('local_code')}`
    const deleted = await agent.delete(path, { headers: more })
    expect([deleted.status, deleted.comments], deleted.text).toEqual([200, ['deleted']])
    const before = await left(workspace)
    expect((await agent.delete(path, { headers: more })).label('error')).toBe('invalid_token')
    return before
  }

  /** How many rows of it there are still, and whether its own is among them. */
  async function left(workspace: string): Promise<[contacts: number, workspaces: number]> {
    const { read } = server.opened
    const count = async (sql: string) =>
      Number((await read.rows(`SELECT count(*) AS n FROM ${sql}`, [workspace]))[0]!.n)
    return [await count('contacts WHERE workspace_id = ?'), await count('workspaces WHERE id = ?')]
  }

  test('is seen by nobody from the answer on, also after a restart, and its rows go meanwhile', async () => {
    const [admin, other] = [await server.signIn('admin@gone.example'), await server.signIn('other@gone.example')]
    const workspace = await idOf(admin)
    await admin.post(`/workspaces/${workspace}/invites`, { email: 'other@gone.example' })
    await admin.post(`/workspaces/${workspace}/invites`, { email: 'invited@gone.example' })
    await server.signIn('other@gone.example')
    expect((await other.get('/workspaces')).text).toContain(workspace)
    await fill(admin)
    const [contacts, workspaces] = await remove(admin, workspace, { 'idempotency-key': 'once' })
    if (engine.name === 'sqlite') expect([contacts > 0, workspaces]).toEqual([true, 1])
    else expect([contacts, workspaces]).toEqual([0, 0])
    await server.stop()

    const list = await runCommand(['workspace', 'list'], { env: settingsOf(database) })
    expect([list.code, list.stdout.includes(workspace)], list.stderr).toEqual([0, false])
    const members = await runCommand(['workspace', 'members', workspace], { env: settingsOf(database) })
    expect(members.stderr).toContain('There is no workspace')

    server = await serve(database)
    const counted = await countAuditEventsBefore(server.opened.read, Number.MAX_SAFE_INTEGER)
    expect(counted.filter(({ workspaceId }) => workspaceId === workspace)).toEqual([])
    for (const email of ['admin', 'other', 'invited'].map((name) => `${name}@gone.example`)) {
      const back = await server.signIn(email)
      expect((await back.get('/workspaces')).text).not.toContain(workspace)
      expect((await back.get(`/workspaces/${workspace}`)).status).toBe(404)
      expect((await back.get('/contacts')).total).toBe(0)
      const made = await back.post('/contacts', { name: 'Person 7', email: 'p7@gone.example' })
      expect(made.status, made.text).toBe(201)
      expect((await back.get('/contacts?search=p7@gone.example')).total).toBe(1)
    }
    await expect.poll(() => left(workspace), PATIENCE).toEqual([0, 0])
  })

  test('its rows go also while others write without a pause', async () => {
    const [admin, other] = [await server.signIn(), await server.signIn()]
    const workspace = await idOf(admin)
    await fill(admin)
    const [contacts] = await remove(admin, workspace)
    let writes = true
    const writing = Array.from({ length: 4 }, async (_, at) => {
      for (let n = 0; writes; n++) {
        const reply = await other.post('/contacts', { name: `Busy ${at} ${n}` })
        expect(reply.status, reply.text).toBe(201)
      }
    })
    await expect.poll(async () => (await left(workspace))[0], PATIENCE).toBeLessThan(Math.max(1, contacts))
    writes = false
    await Promise.all(writing)
    await expect.poll(() => left(workspace), PATIENCE).toEqual([0, 0])
  })

  test('takes no more rows of an import that was on its way', async () => {
    const agent = await server.signIn()
    const workspace = await idOf(agent)
    const half = new TransformStream<string, string>()
    const headers = { authorization: `Bearer ${agent.token}`, 'content-type': 'application/x-ndjson' }
    const body = half.readable.pipeThrough(new TextEncoderStream())
    const answer = fetch(`${server.url}/import`, { method: 'POST', headers, body, duplex: 'half' })
    const sender = half.writable.getWriter()
    const line = (n: number) => `${JSON.stringify({ type: 'contact', name: `Row ${n}`, notes: 'n'.repeat(2_000) })}\n`
    for (let n = 0; n < 150; n++) await sender.write(line(n))
    await expect.poll(async () => (await agent.get('/contacts?limit=1')).total, PATIENCE).toBeGreaterThan(0)
    await remove(agent, workspace)
    await sender.write(line(150))
    await sender.close()
    const refused = await answer
    expect([refused.status, await refused.text()]).toEqual([401, expect.stringContaining('invalid_token')])
    await expect.poll(() => left(workspace), PATIENCE).toEqual([0, 0])
  })
})
