// People who change at once what others rest on, on PostgreSQL by two nodes: members, invites, tokens, codes of apps.

import { expect, test } from 'vitest'
import { contextOver } from '../../src/cli/owner.ts'
import { revokeOne } from '../../src/owner/tokens.ts'
import { clientOf } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { signInByMail, startMailServer } from '../support/mail.ts'
import { mine, runningNodes, somebody, startNodes, times } from '../support/nodes.ts'
import { registerApp, walk } from '../support/oauth.ts'

const ROUNDS = 8
const TOKENS = 16
/** After which a token that is used is renewed. */
const IDLE_MILLISECONDS = 61_000

onBothEngines('people at once', (engine) => {
  const nodes = runningNodes(engine)

  const node = (at: number) => (at % 2 ? nodes.other : nodes.server)

  test('a member is removed while all of their tokens are renewed', async () => {
    const admin = await nodes.server.signIn(somebody())
    const workspace = await mine(admin, 'workspace_id')
    for (let round = 0; round < TOKENS; round++) {
      const email = somebody()
      await admin.post(`/workspaces/${workspace}/invites`, { email })
      const member = await nodes.server.signIn(email)
      const minted = await times(TOKENS, async () =>
        (await member.post(`/workspaces/${workspace}/tokens`)).label('token'),
      )
      const user = await mine(member, 'user_id')
      for (const each of new Set([nodes.server, nodes.other])) each.advance(IDLE_MILLISECONDS)
      await admin.get('/whoami')
      const use = (token: string | undefined, at: number) => clientOf(node(at).url, token).get('/contacts')
      const before = minted.slice(0, round).map(use)
      const removed = admin.delete(`/workspaces/${workspace}/members/${user}`)
      const used = await Promise.all([...before, ...minted.slice(round).map(use)])
      expect((await removed).status, (await removed).text).toBe(200)
      for (const { status, text } of used) expect([200, 401], text).toContain(status)
      for (const { status } of await Promise.all(minted.map(use))) expect(status).toBe(401)
    }
  })

  test('a workspace is deleted while apps redeem their codes for it', async () => {
    const app = await registerApp(nodes.server.url)
    for (let round = 0; round < ROUNDS; round++) {
      const email = somebody()
      const owner = await nodes.server.signIn(email)
      const workspace = await mine(owner, 'workspace_id')
      const codes: string[] = []
      for (let at = 0; at < 3; at++) codes.push(await walk(nodes.server, app, { email, workspace }))
      const path = `/workspaces/${workspace}`
      const code = (await owner.delete(path)).label('local_code')
      const calls = [...codes, ...codes].map((each) => () => app.token(each))
      const redeemed = calls.slice(0, round).map((call) => call())
      const deleted = clientOf(nodes.other.url, owner.token).delete(`${path}?code=${code}`)
      redeemed.push(...calls.slice(round).map((call) => call()))
      expect((await deleted).status, (await deleted).text).toBe(200)
      for (const { status, text } of await Promise.all(redeemed)) expect([200, 400], text).toContain(status)
    }
  })

  test('two who invited each other sign in at once, and each joins the other', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const emails = [somebody(), somebody()]
      const pair = await times(2, (at) => nodes.server.signIn(emails[at]))
      const workspaces = await times(2, (at) => mine(pair[at]!, 'workspace_id'))
      await times(2, (at) => pair[at]!.post(`/workspaces/${workspaces[at]}/invites`, { email: emails[1 - at] }))
      const asked = await times(2, (at) => nodes.server.anonymous.post('/auth/request', { email: emails[at] }))
      const entered = await times(2, (at) =>
        node(at).anonymous.post('/auth/verify', { email: emails[at], code: asked[at]!.label('local_code') }),
      )
      for (const [at, { status, text, label }] of entered.entries()) {
        expect(status, text).toBe(200)
        expect(label('joined')).toMatch(new RegExp(`^workspace/${workspaces[1 - at]} `))
      }
    }
  })

  test('two admins invite each other as admin at once, each with a code from the mail', async () => {
    const mail = await startMailServer()
    const env = { CRMKIT_SMTP_URL: mail.url, CRMKIT_MAIL_FROM: 'crm@crmkit.example' }
    const mailing = await startNodes(engine, { env })
    for (let round = 0; round < 4; round++) {
      const emails = [somebody(), somebody()]
      const pair = await times(2, (at) => signInByMail((at ? mailing.other : mailing.server).url, mail, emails[at]!))
      const paths = await times(2, async (at) => `/workspaces/${await mine(pair[at]!, 'workspace_id')}/invites`)
      const sent = (at: number) => ({ email: emails[1 - at], role: 'admin' })
      await times(2, (at) => pair[at]!.post(paths[at]!, sent(at)))
      const codes = await times(2, (at) => mail.codeFor(emails[at]!, 2))
      const invited = await times(2, (at) => pair[at]!.post(`${paths[at]}?code=${codes[at]}`, sent(at)))
      for (const { status, text } of invited) expect(status, text).toBe(201)
    }
    await mailing.stop()
    await mail.down()
  })

  test('a token that the owner of the machine and its user revoke at once is one entry in the log', async () => {
    const user = await nodes.server.signIn(somebody())
    const workspace = await mine(user, 'workspace_id')
    const contexts = [contextOver(), contextOver()]
    for (let round = 0; round < ROUNDS; round++) {
      const id = (await user.post(`/workspaces/${workspace}/tokens`)).label('token_id')!
      await Promise.all([
        // Whoever comes late is told that there is no such token.
        times(4, (at) =>
          node(at)
            .opened.write((db) => revokeOne(contexts[at % 2]!(db), id))
            .catch(() => {}),
        ),
        times(2, (at) => clientOf(node(at).url, user.token).delete(`/tokens/${id.split('/')[1]}`)),
      ])
      expect((await user.get(`/audit?target=${id.split('/')[1]}&action=delete`)).total).toBe(1)
    }
  })
})
