// What several change at once, on PostgreSQL by two nodes: nothing is lost, doubled or held up.

import { expect, test } from 'vitest'
import { type Client, clientOf, type Reply } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { signInByMail, startMailServer } from '../support/mail.ts'
import { mine, runningNodes, somebody, startNodes, times } from '../support/nodes.ts'
import { connect, form, newVisitor, registerApp, send, walkToConsent } from '../support/oauth.ts'

const ROUNDS = 10

onBothEngines('at once', (engine) => {
  const nodes = runningNodes(engine)

  const entries = async (client: Client, query: string) => (await client.get(`/audit?${query}`)).total

  test('a name and a time zone set at the same time are both kept, and the log has each value once', async () => {
    const agent = await nodes.server.signIn(somebody())
    const path = `/workspaces/${await mine(agent, 'workspace_id')}`
    const there = clientOf(nodes.other.url, agent.token)
    for (let round = 0; round < ROUNDS; round++) {
      const timezone = round % 2 ? 'Europe/Berlin' : 'Asia/Tokyo'
      await Promise.all([agent.patch(path, { name: `name ${round}` }), there.patch(path, { timezone })])
      const now = await agent.get(path)
      expect([now.value('name'), now.value('timezone')]).toEqual([`name ${round}`, timezone])
    }
    await times(8, (at) => (at % 2 ? agent : there).patch(path, { name: `at once ${at}` }))
    const renamed = (await agent.get('/audit?action=update&limit=8')).records.map(({ values }) => values)
    const old = renamed.map((values) => values.get('old.name')?.text)
    expect(new Set(old).size).toBe(8)
  })

  test('a token that many revoke at once is one entry in the log', async () => {
    const app = await registerApp(nodes.server.url)
    for (let round = 0; round < 4; round++) {
      const email = somebody()
      const token = await connect(nodes.server, app, { email })
      const owner = await nodes.server.signIn(email)
      const id = (await clientOf(nodes.server.url, token).get('/whoami')).label('token_id')!
      await times(8, async (at) => {
        const { url } = at % 2 ? nodes.server : nodes.other
        if (at < 6) return send('POST', `${url}/oauth/revoke`, form({ token }))
        return clientOf(url, owner.token).delete(`/tokens/${id}`)
      })
      expect(await entries(owner, `target=${id}&action=delete`)).toBe(1)
    }
  })

  test('activities that are moved at once, also back and forth, are all moved and counted', async () => {
    const agent = await nodes.server.signIn(somebody())
    const there = clientOf(nodes.other.url, agent.token)
    const contact = async (name: string) => (await agent.post('/contacts', { name })).id
    const [from, to] = [await contact('From'), await contact('To')]
    const log = (contact_id: string) => agent.post('/activities', { contact_id, body: 'a call' })
    const ids = await times(16, async (at) => (await log(at < 12 ? from : to)).id)
    const moved = await times(16, (at) =>
      (at % 2 ? agent : there).patch(`/activities/${ids[at]}`, { contact_id: at < 12 ? to : from }),
    )
    for (const { status, text } of moved) expect(status, text).toBe(200)
    for (const [id, count] of [
      [from, 4],
      [to, 12],
    ] as const) {
      expect((await agent.get(`/contacts/${id}`)).value('activities')).toBe(String(count))
      expect((await agent.get(`/activities?contact=${id}`)).total).toBe(count)
    }
  })

  test('a record and what refers to it change at once, in any pair of calls', async () => {
    const agent = await nodes.server.signIn(somebody())
    const there = clientOf(nodes.other.url, agent.token)
    const make = async (path: string, body: object) => `${path}/${(await agent.post(path, body)).id}`
    const rows = (name: string) => Array.from({ length: 10 }, (_, at) => `${name} ${at},at${at}@once.example`)
    for (let round = 0; round < 3; round++) {
      const company = await make('/companies', { name: 'Acme' })
      const contact = await make('/contacts', { name: 'Ada', company_id: company.split('/')[2] })
      const deal = await make('/deals', { title: 'Big', contact_id: contact.split('/')[2] })
      const on = { contact_id: contact.split('/')[2], deal_id: deal.split('/')[2] }
      const activity = await make('/activities', { ...on, body: 'a call' })
      const remove = async (path: string) => {
        const confirm = (await there.delete(path)).label('confirm')
        return there.delete(`${path}?confirm=${confirm}`)
      }
      const pairs: [one: (at: number) => Promise<Reply>, two: (at: number) => Promise<Reply>][] = [
        [(at) => agent.patch(company, { name: `C${at}` }), (at) => there.patch(contact, { name: `P${at}` })],
        [(at) => agent.patch(contact, { name: `Q${at}` }), (at) => there.patch(deal, { title: `D${at}` })],
        [
          (at) => agent.patch(activity, { occurred_at: `2026-01-0${at + 1}` }),
          (at) => there.patch(deal, { title: `E${at}` }),
        ],
        [
          () => agent.post('/import?type=contacts', `Name,Email\n${rows('Row').join('\n')}`),
          (at) => there.post('/contacts', { name: `R${at}`, email: `at${9 - at}@once.example` }),
        ],
        [(at) => agent.patch(activity, { body: `a call ${at}` }), () => remove(contact)],
        [(at) => agent.patch(deal, { title: `F${at}` }), () => remove(company)],
      ]
      for (const [one, two] of pairs)
        for (const { status, text } of await times(8, (at) => (at % 2 ? one(at >> 1) : two(at >> 1))))
          expect([200, 201, 404, 409], text).toContain(status)
    }
    expect((await agent.get('/contacts?search=row')).total).toBe((await agent.get('/contacts?name=like:row')).total)
  })

  test('a workspace is deleted while its records change', async () => {
    for (let round = 0; round < 3; round++) {
      const agent = await nodes.server.signIn(somebody())
      const path = `/workspaces/${await mine(agent, 'workspace_id')}`
      const contact = `/contacts/${(await agent.post('/contacts', { name: 'Ada' })).id}`
      const code = (await agent.delete(path)).label('local_code')
      const [deleted, ...changed] = await Promise.all([
        agent.delete(`${path}?code=${code}`),
        ...Array.from({ length: 8 }, (_, at) =>
          clientOf(nodes.other.url, agent.token).patch(contact, { name: `A${at}` }),
        ),
      ])
      expect(deleted!.status, deleted!.text).toBe(200)
      for (const { status, text } of changed) expect([200, 401, 404], text).toContain(status)
    }
  })

  test('an invite is taken back while its address joins', async () => {
    const admin = await nodes.server.signIn(somebody())
    const path = `/workspaces/${await mine(admin, 'workspace_id')}/invites`
    for (let round = 0; round < ROUNDS; round++) {
      const email = somebody()
      const invited = await admin.post(path, { email })
      const code = (await nodes.server.anonymous.post('/auth/request', { email })).label('local_code')!
      const [entered, ...rest] = await Promise.all([
        nodes.other.anonymous.post('/auth/verify', { email, code }),
        admin.delete(`${path}/${invited.id}`),
        clientOf(nodes.other.url, admin.token).post(path, { email }),
      ])
      expect(entered!.status, entered!.text).toBe(200)
      for (const { status, text } of rest) expect([200, 201, 404, 409], text).toContain(status)
    }
  })

  test('who signs in while invited again is a member once', async () => {
    const admin = await nodes.server.signIn(somebody())
    const workspace = await mine(admin, 'workspace_id')
    for (let round = 0; round < ROUNDS; round++) {
      const email = somebody()
      const invite = () => admin.post(`/workspaces/${workspace}/invites`, { email })
      await invite()
      const code = (await nodes.server.anonymous.post('/auth/request', { email })).label('local_code')!
      const verify = () => nodes.other.anonymous.post('/auth/verify', { email, code })
      const [entered, ...invited] = await Promise.all([verify(), invite(), invite()])
      expect([entered!.status, entered!.label('joined')?.split(' ')[0]]).toEqual([200, `workspace/${workspace}`])
      for (const { status } of invited) expect([200, 409]).toContain(status)
    }
    const members = (await admin.get(`/workspaces/${workspace}/members`)).records
    expect(members.map(({ handle }) => handle.split('/')[0])).toEqual(Array(ROUNDS + 1).fill('user'))
  })

  test('a member who is removed while minting leaves no token, and no call fails', async () => {
    const admin = await nodes.server.signIn(somebody())
    const workspace = await mine(admin, 'workspace_id')
    for (let round = 0; round < 3; round++) {
      const email = somebody()
      await admin.post(`/workspaces/${workspace}/invites`, { email })
      const member = await nodes.server.signIn(email)
      const minted = (await member.post(`/workspaces/${workspace}/tokens`)).label('token')
      const user = await mine(member, 'user_id')
      const [removed, ...mints] = await Promise.all([
        admin.delete(`/workspaces/${workspace}/members/${user}`),
        ...Array.from({ length: 12 }, (_, at) =>
          clientOf((at % 2 ? nodes.server : nodes.other).url, minted).post(`/workspaces/${workspace}/tokens`),
        ),
      ])
      expect(removed!.status, removed!.text).toBe(200)
      for (const { status, text } of mints) expect([201, 401, 404], text).toContain(status)
      for (const token of mints.map((reply) => reply.label('token')).filter(Boolean))
        expect((await clientOf(nodes.server.url, token).get('/whoami')).status).toBe(401)
    }
  })

  test('a consent page that is loaded several times at once makes one workspace of their own', async () => {
    const email = somebody()
    const visitor = newVisitor()
    await walkToConsent(nodes.server, await registerApp(nodes.server.url), { email }, visitor)
    const owner = await nodes.server.signIn(email)
    const path = `/workspaces/${await mine(owner, 'workspace_id')}`
    const code = (await owner.delete(path)).label('local_code')
    expect((await owner.delete(`${path}?code=${code}`)).status).toBe(200)
    const request = [...visitor.cookies.keys()][0]!.replace('crmkit-', '')
    await times(6, (at) =>
      visitor.open(`${(at % 2 ? nodes.server : nodes.other).url}/oauth/sign-in?request=${request}`),
    )
    expect((await (await nodes.server.signIn(email)).get('/workspaces')).records).toHaveLength(1)
  })

  test('an address that many workspaces invite at once has three mails of it an hour', async () => {
    const mail = await startMailServer()
    const env = { CRMKIT_SMTP_URL: mail.url, CRMKIT_MAIL_FROM: 'crm@crmkit.example' }
    const mailing = await startNodes(engine, { env })
    const admins = await times(8, (at) => signInByMail((at % 2 ? mailing.server : mailing.other).url, mail, somebody()))
    const paths = await Promise.all(
      admins.map(async (admin) => `/workspaces/${await mine(admin, 'workspace_id')}/invites`),
    )
    const email = somebody()
    await times(8, (at) => admins[at]!.post(paths[at]!, { email }))
    // One more of another kind, which comes after all of them.
    await mail.mailsTo(email, 3)
    await mailing.server.anonymous.post('/auth/request', { email })
    const mails = await mail.mailsTo(email, 4)
    expect(mails.filter((each) => each.mail.subject?.includes('code'))).toHaveLength(1)
    expect(mails).toHaveLength(4)
    await mailing.stop()
    await mail.down()
  })
})
