// The order of what several change at once, on PostgreSQL by two nodes: in the log, and in the times of a record.

import { expect, test } from 'vitest'
import { contextOver } from '../../src/cli/owner.ts'
import { setPlan } from '../../src/owner/workspaces.ts'
import { allPages, type Client, clientOf } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { runningNodes, startNodes, times } from '../support/nodes.ts'

const AT_ONCE = 64
const PLANS = 16
const CLOCKS_APART_MILLISECONDS = 5_000
/** So much of an entry's id is the millisecond; within one, entries of two nodes stand in any order. */
const MOMENT_LENGTH = 10

interface Change {
  readonly moment: string
  readonly old: string | undefined
  readonly new: string | undefined
}

onBothEngines('the log at once', (engine) => {
  const nodes = runningNodes(engine)

  const onBothNodes = (agent: Client) => [agent, clientOf(nodes.other.url, agent.token)] as const

  const changesOf = async (agent: Client, query: string, field: string): Promise<Change[]> =>
    (await allPages(agent, `/audit?limit=200&${query}`))
      .filter(({ values }) => values.has(`new.${field}`))
      .map(({ handle, values }) => ({
        moment: handle.split('_')[1]!.slice(0, MOMENT_LENGTH),
        old: values.get(`old.${field}`)?.text,
        new: values.get(`new.${field}`)?.text,
      }))

  test('each entry in the log of a record starts where the one before it ended, and the last is the record', async () => {
    const agent = await nodes.server.signIn()
    const clients = onBothNodes(agent)
    const email = 'ada@once.example'
    const { id } = await agent.post('/contacts', { name: 'Ada', title: 'none', email })
    const replies = await times(AT_ONCE, (at) => {
      const client = clients[at % 2]!
      if (at % 8 === 7) return client.post('/import?type=contacts', `Email,Title\n${email},imported ${at}`)
      return client.patch(`/contacts/${id}`, { title: `patched ${at}` })
    })
    for (const { status, text } of replies) expect(status, text).toBe(200)
    const { moments, last } = follow(await changesOf(agent, `target=${id}`, 'title'))
    expect(moments).toHaveLength(AT_ONCE + 1)
    expect(moments).toEqual([...moments].sort())
    expect(last).toBe((await agent.get(`/contacts/${id}`)).value('title'))
  })

  test('plans that are set at once leave a chain in the log, which ends at the plan that counts', async () => {
    const agent = await nodes.server.signIn()
    const workspace = await agent.get('/workspaces')
    const names = Array.from({ length: PLANS }, (_, at) => `plan-${at}`)
    const plans = Object.fromEntries(names.map((name) => [name, { name, caps: {} }]))
    const contexts = new Map([nodes.server, nodes.other].map((node) => [node, contextOver()]))
    await times(PLANS, (at) => {
      const node = at % 2 ? nodes.other : nodes.server
      return node.opened.write((db) => setPlan(contexts.get(node)!(db), workspace.id, names[at]!, plans))
    })
    const { moments, last } = follow(await changesOf(agent, 'action=update', 'plan'))
    expect(moments).toHaveLength(PLANS)
    expect(moments).toEqual([...moments].sort())
    const [stored] = await nodes.server.opened.read.rows('SELECT plan FROM workspaces WHERE id = ?', [workspace.id])
    expect(last).toBe(stored!.plan)
  })

  test('updated_at never goes back while the version goes up, also by a node whose clock is behind', async () => {
    const apart = await startNodes(engine)
    const agent = await apart.server.signIn()
    const there = clientOf(apart.other.url, agent.token)
    apart.server.advance(CLOCKS_APART_MILLISECONDS)
    const company = `/companies/${(await agent.post('/companies', { name: 'Acme' })).id}`
    const contact = `/contacts/${(await agent.post('/contacts', { name: 'Ada', company_id: company.split('/')[2] })).id}`
    const patched = await times(AT_ONCE, (at) => (at % 2 ? agent : there).patch(contact, { title: `title ${at}` }))
    const confirm = (await there.delete(company)).label('confirm')
    expect((await there.delete(`${company}?confirm=${confirm}`)).status).toBe(200)
    const seen = [...patched, await agent.get(contact)]
    seen.sort((one, two) => Number(one.value('version')) - Number(two.value('version')))
    expect(seen.map((reply) => Number(reply.value('version')))).toEqual(seen.map((_, at) => at + 2))
    const updated = seen.map((reply) => reply.value('updated_at')!)
    expect(updated).toEqual([...updated].sort())
    await apart.stop()
  })
})

/** From where nothing stood, each change that begins with what the one before it left: when, and what is left at last. */
function follow(changes: readonly Change[]): { moments: readonly string[]; last: string | undefined } {
  const from = new Map(changes.map((change) => [change.old, change]))
  const moments: string[] = []
  let last: string | undefined
  for (let next = from.get(last); next && moments.length < changes.length; next = from.get(last)) {
    moments.push(next.moment)
    last = next.new
  }
  return { moments, last }
}
