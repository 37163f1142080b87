// A clock that was ahead and is put right: what was counted meanwhile keeps nobody out for as long as it was.

import { expect, test } from 'vitest'
import { clientOf } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startNodes } from '../support/nodes.ts'
import { startServer } from '../support/server.ts'

const AHEAD_MILLISECONDS = 30 * 24 * 3600 * 1000
/** A little more than a window of the rates. */
const CLOCKS_APART_MILLISECONDS = 61_000

onBothEngines('a clock that was ahead', (engine) => {
  test('leaves rates and sign-in codes as they are at any time', async () => {
    const server = await startServer(engine, { env: { CRMKIT_RATE_LIMIT: '20' } })
    const agent = await server.signIn()
    server.advance(AHEAD_MILLISECONDS)
    expect((await agent.get('/whoami')).status).toBe(200)
    const codes: string[] = []
    for (let n = 0; n < 3; n++) {
      const asked = await server.anonymous.post('/auth/request', { email: 'ada@clock.example' })
      codes.push(asked.label('local_code')!)
    }
    server.advance(-AHEAD_MILLISECONDS)
    for (let n = 0; n < 12; n++) expect((await agent.get('/whoami')).status).toBe(200)
    const old = await server.anonymous.post('/auth/verify', { email: 'ada@clock.example', code: codes[0] })
    expect(old.label('error')).toBe('invalid_code')
    const asked = await server.anonymous.post('/auth/request', { email: 'ada@clock.example' })
    const code = asked.label('local_code')
    expect((await server.anonymous.post('/auth/verify', { email: 'ada@clock.example', code })).status).toBe(200)
    await server.stop()
  })

  test('leaves no wrong guesses behind', async () => {
    const server = await startServer(engine)
    server.advance(AHEAD_MILLISECONDS)
    const guess = () => server.anonymous.post('/auth/verify', { email: 'bob@clock.example', code: '000000' })
    for (let n = 0; n < 21; n++) expect((await guess()).label('error')).toBe('invalid_code')
    server.advance(-AHEAD_MILLISECONDS)
    const asked = await server.anonymous.post('/auth/request', { email: 'bob@clock.example' })
    expect(asked.label('local_code')).toMatch(/^\d{6}$/)
    await server.stop()
  })

  test('does not take the time of a change back', async () => {
    const server = await startServer(engine)
    const agent = await server.signIn()
    server.advance(AHEAD_MILLISECONDS)
    const made = await agent.post('/contacts', { name: 'Ada' })
    server.advance(-AHEAD_MILLISECONDS)
    const changed = await agent.patch(`/contacts/${made.id}`, { title: 'CEO' })
    expect([changed.value('version'), changed.value('updated_at')]).toEqual(['2', made.value('created_at')])
    await server.stop()
  })

  test('is that of one node: the others share the rates with it all the same', async () => {
    const { server, other, stop } = await startNodes(engine, { env: { CRMKIT_RATE_LIMIT: '20' } })
    const agent = await server.signIn()
    if (other !== server) other.advance(CLOCKS_APART_MILLISECONDS)
    const there = clientOf(other.url, agent.token)
    let served = 0
    for (let n = 0; n < 60; n++)
      for (const each of [agent, there]) if ((await each.get('/whoami')).status === 200) served++
    expect(served).toBeLessThan(45)
    await stop()
  })
})
