// A clock that was ahead and is put right: what was counted meanwhile keeps nobody out for as long as it was.

import { expect, test } from 'vitest'
import { onBothEngines } from '../support/engines.ts'
import { startServer } from '../support/server.ts'

const AHEAD_MILLISECONDS = 30 * 24 * 3600 * 1000

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
})
