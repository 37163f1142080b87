// Rates by where requests come from: a network of IPv6 is one client, behind a proxy too, and nodes share what they count.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { clientOf } from '../support/client.ts'
import { engines, onBothEngines } from '../support/engines.ts'
import { type MailServer, signInByMail, startMailServer } from '../support/mail.ts'
import { REDIRECT, send } from '../support/oauth.ts'
import { startServer } from '../support/server.ts'

const MINUTE = 61_000

onBothEngines('rates of networks', (engine) => {
  let mail: MailServer
  beforeAll(async () => {
    mail = await startMailServer()
  })
  afterAll(() => mail.down())

  const behindProxy = (limit: number) => {
    const env = { CRMKIT_SMTP_URL: mail.url, CRMKIT_MAIL_FROM: 'a@b.example', CRMKIT_TRUST_PROXY: '127.0.0.1' }
    return startServer(engine, { env: { ...env, CRMKIT_RATE_LIMIT: String(limit) } })
  }
  const ofOneNetwork = (n: number) => ({ 'x-forwarded-for': `2001:db8:1:2::${n.toString(16)}` })
  const refusedOf = async (count: number, ask: (n: number) => Promise<{ readonly status: number }>) => {
    const replies = await Promise.all(Array.from({ length: count }, (_, n) => ask(n)))
    return replies.filter(({ status }) => status === 429).length
  }

  test('all addresses of a network ask for codes, and for the sign-in page, as one client', async () => {
    const server = await behindProxy(20)
    const ask = (n: number) =>
      server.anonymous.post('/auth/request', { email: `asked${n}@example.com` }, { headers: ofOneNetwork(n) })
    expect(await refusedOf(12, ask)).toBe(2)
    server.advance(MINUTE)
    const open = (n: number) => send('GET', `${server.url}/oauth/authorize`, undefined, ofOneNetwork(n))
    expect(await refusedOf(12, open)).toBe(2)
    await server.stop()
  })

  test('and register 60 apps an hour as one', async () => {
    const server = await behindProxy(1200)
    const register = (n: number) => {
      const body = JSON.stringify({ client_name: `App ${n}`, redirect_uris: [REDIRECT] })
      return send('POST', `${server.url}/oauth/register`, body, ofOneNetwork(n))
    }
    expect(await refusedOf(62, register)).toBe(2)
    await server.stop()
  })

  test('calls of the tool count for the client behind the proxy, not for the proxy', async () => {
    const server = await behindProxy(4)
    const agents: { headers: Record<string, string>; token: string }[] = []
    for (let n = 0; n < 12; n++) {
      const headers = { 'x-forwarded-for': `1.2.3.${n}` }
      const { token } = await signInByMail(server.url, mail, `tool${n}@example.com`, headers)
      agents.push({ headers, token: token! })
    }
    server.advance(MINUTE)
    const args = { name: 'request', arguments: { method: 'GET', path: '/whoami' } }
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: args })
    const calls = Array.from({ length: 4 }, () => agents).flat()
    const answers = await Promise.all(
      calls.map(({ headers, token }) =>
        send('POST', `${server.url}/mcp`, body, { ...headers, authorization: `Bearer ${token}` }),
      ),
    )
    expect(answers.filter(({ text }) => text.includes('rate_limited'))).toEqual([])
    await server.stop()
  })
})

test('nodes that take shares of a limit never pass it together', async () => {
  const one = await startServer(engines.postgres, { env: { CRMKIT_RATE_LIMIT: '101' } })
  const two = await one.secondNode()
  const here = await one.signIn('shares@example.com')
  const there = clientOf(two.url, here.token)
  const replies = await Promise.all(Array.from({ length: 130 }, (_, n) => (n % 2 ? here : there).get('/whoami')))
  const taken = replies.filter(({ status }) => status === 200).length
  expect(taken).toBeLessThanOrEqual(101)
  expect(taken).toBeGreaterThan(97)
  await two.stop()
  await one.stop()
})
