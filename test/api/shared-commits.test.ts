// Writes that share a commit take nothing from one another: neither words, nor an answer that says what happened.

import { afterAll, expect, test } from 'vitest'
import { type Client, rawRequest } from '../support/client.ts'
import { engines, onBothEngines } from '../support/engines.ts'
import { serve, startServer, type TestServer } from '../support/server.ts'

onBothEngines('a workspace that is deleted while its members write', (engine) => {
  let server: TestServer
  afterAll(() => server.stop())

  test('what comes too late is 401, as their tokens are gone', async () => {
    server = await startServer(engine)
    const statuses = new Set<number>()
    for (let round = 0; round < 12; round++) {
      const admin = await server.signIn()
      const path = `/workspaces/${(await admin.get('/whoami')).label('workspace_id')!.split('/')[1]}`
      const code = (await admin.delete(path)).label('local_code')
      const writes = Array.from({ length: 6 }, (_, n) => admin.post('/contacts', { name: `n${n}` }))
      const late = [admin.delete(`${path}?code=${code}`), ...writes.splice(3)]
      for (const reply of await Promise.all([...writes, ...late])) {
        statuses.add(reply.status)
        if (reply.status === 401) expect(reply.label('error')).toBe('invalid_token')
      }
    }
    expect([...statuses].filter((status) => ![200, 201, 401].includes(status))).toEqual([])
  })
})

test('a number that is given again in the commit in which it became free brings all words of its new record', async () => {
  const database = await engines.sqlite.newDatabase()
  const line = (id: string) =>
    JSON.stringify({ type: 'contact', id, name: 'quixotic', created_at: '2020-01-01T00:00:00Z' })
  const before = await serve(database)
  const anna = await before.signIn('anna@example.com')
  expect((await anna.post('/import', line('c_00000001'))).status).toBe(200)
  await before.stop()
  // Nothing of what was given is remembered after a start.
  const server = await serve(database)
  const bert = await server.signIn('bert@example.com')
  const again = await server.signIn('anna@example.com')
  const confirm = (await again.delete('/contacts/c_00000001')).label('confirm')
  const packet = [
    request(again, 'DELETE', `/contacts/c_00000001?confirm=${confirm}`),
    request(bert, 'POST', '/import', line('c_00000002'), 'Connection: close\r\n'),
  ]
  const answers = await rawRequest(server.url, packet.join(''))
  expect(answers.match(/^HTTP.1.1 200|^# deleted|^# imported/gm)).toEqual([
    'HTTP/1.1 200',
    '# deleted',
    'HTTP/1.1 200',
    '# imported',
  ])
  for (const words of ['quixotic', 'quixotci', 'ixot'])
    expect((await bert.get(`/contacts?search=${words}`)).total, words).toBe(1)
  await server.stop()
  await database.drop()
})

function request({ token }: Client, method: string, path: string, body = '', more = ''): string {
  const head = `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n${more}`
  return `${head}Content-Length: ${body.length}\r\n\r\n${body}`
}
