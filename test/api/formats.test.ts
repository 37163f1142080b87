// Contract §1: bodies, negotiation, errors, handles, and requests that are not quite HTTP.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Client, clientOf, rawRequest } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

onBothEngines('formats', (engine) => {
  let server: TestServer
  let agent: Client
  beforeAll(async () => {
    server = await startServer(engine)
    agent = await server.signIn()
  })
  afterAll(() => server.stop())

  describe('bodies', () => {
    const bad: [name: string, body: string | Uint8Array, status: number, code: string][] = [
      ['no JSON', '{', 400, 'invalid_json'],
      ['an array', '[]', 400, 'invalid_json'],
      ['a text', '"x"', 400, 'invalid_json'],
      ['a key twice', '{"name":"a","name":"b"}', 400, 'invalid_json'],
      ['a key twice, once escaped', '{"name":"a","n\\u0061me":"b"}', 400, 'invalid_json'],
      ['a key twice deep inside', '{"name":"a","custom":{"x":[{"y":1,"y":2}]}}', 400, 'invalid_json'],
      ['nesting of 33', `{"name":"a","custom":{"x":${'['.repeat(31)}${']'.repeat(31)}}}`, 400, 'invalid_json'],
      ['100,000 brackets', '['.repeat(100_000), 400, 'invalid_json'],
      ['a number past 2^53', '{"name":"a","custom":{"x":9007199254740992}}', 400, 'invalid_json'],
      ['a number past all', '{"name":"a","custom":{"x":1e400}}', 400, 'invalid_json'],
      ['NUL', '{"name":"a\\u0000b"}', 400, 'invalid_value'],
      ['half a surrogate pair', '{"name":"\\ud800"}', 400, 'invalid_value'],
      ['half a pair in a custom key', '{"name":"x","custom":{"a":"\\udc00x"}}', 400, 'invalid_value'],
      ['bytes that are no UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400, 'invalid_json'],
      ['more than 1 MiB', `{"name":"${'x'.repeat(1 << 20)}"}`, 413, 'body_too_large'],
    ]
    test.each(bad)('%s is refused', async (_, body, status, code) => {
      const reply = await agent.post('/contacts', body)
      expect([reply.status, reply.label('error'), reply.label('status')]).toEqual([status, code, String(status)])
      expect(reply.label('hint')).toBeTruthy()
    })

    test('nesting of 32 and the largest numbers are taken and come back', async () => {
      const deep = JSON.parse(`${'['.repeat(30)}1${']'.repeat(30)}`)
      const custom = { deep, most: 9007199254740991, least: -9007199254740991, real: 0.1 }
      const made = await agent.post('/contacts?format=json', { name: 'Deep', custom })
      expect(made.json().custom).toEqual(custom)
    })

    test.each(['application/x-www-form-urlencoded', 'text/xml', 'multipart/form-data; boundary=x', 'nonsense;;'])(
      'content type %s does not matter',
      async (type) => {
        const reply = await agent.post('/contacts', '{"name":"Any type"}', { headers: { 'content-type': type } })
        expect(reply.status).toBe(201)
      },
    )

    test('an empty body counts as {}', async () => {
      expect((await agent.post('/contacts')).label('error')).toBe('missing_field')
      expect((await agent.post('/contacts', ' \n')).label('error')).toBe('missing_field')
    })

    test('all faults are told at once, with the nearest name', async () => {
      const reply = await agent.post('/deals', {
        titel: 'x',
        amount_cents: 1.5,
        currency: 'EURO',
        created_at: '2026-01-01',
        contact_id: 'c_00000000',
      })
      expect(reply.status).toBe(400)
      expect(reply.label('error')).toBe('unknown_field')
      expect(reply.label('hint')).toContain('did you mean "title"')
      const fields = reply.problems.map((problem) => problem.split(' ')[0])
      expect(fields.sort()).toEqual(['amount_cents', 'contact_id', 'created_at', 'currency', 'titel', 'title'])
      const json = await agent.post('/deals?format=json', { titel: 'x' })
      expect(json.json()).toMatchObject({ error: 'unknown_field', status: 400 })
      expect(json.json().problems[0]).toMatchObject({ field: 'titel', code: 'unknown_field' })
    })
  })

  describe('text or JSON', () => {
    const cases: [accept: string | undefined, query: string, type: string][] = [
      [undefined, '', 'text/plain'],
      ['*/*', '', 'text/plain'],
      ['application/json', '', 'application/json'],
      ['text/plain;q=0.5, application/json', '', 'application/json'],
      ['application/json;q=0.4, text/plain', '', 'text/plain'],
      ['application/json', '?format=text', 'text/plain'],
      ['text/plain', '?format=json', 'application/json'],
    ]
    test.each(cases)('Accept %s with %s gives %s', async (accept, query, type) => {
      const reply = await agent.get(`/contacts${query}`, { headers: accept ? { accept } : {} })
      expect(reply.headers.get('content-type')).toBe(`${type}; charset=utf-8`)
    })

    test('another format is refused', async () => {
      const reply = await agent.get('/contacts?format=xml')
      expect([reply.status, reply.label('error')]).toEqual([400, 'invalid_format'])
    })

    test('errors come as JSON too, also without a token', async () => {
      const reply = await server.anonymous.get('/contacts?format=json')
      expect(reply.json()).toMatchObject({ error: 'auth_required', status: 401 })
      expect(reply.headers.get('content-type')).toBe('application/json; charset=utf-8')
    })

    test.each(['/contacts?format=json&name=%00', '//contacts?name=%zz&format=json', '/c?format=json&format=json'])(
      'JSON asked for in the URL is answered where %s can not be read',
      async (path) => {
        const host = new URL(server.url).host
        const answer = await rawRequest(
          server.url,
          `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
        )
        expect(answer).toMatch(/^HTTP\/1.1 400 [\s\S]*content-type: application\/json[\s\S]*\r\n\r\n\{"error"/i)
      },
    )
  })

  test('every answer has a request id of its own', async () => {
    const replies = [
      await agent.get('/contacts'),
      await agent.get('/nowhere'),
      await server.anonymous.get('/'),
      await agent.post('/contacts', '{'),
    ]
    const ids = replies.map(({ headers }) => headers.get('x-request-id'))
    expect(new Set(ids).size).toBe(4)
    expect(ids.every((id) => id)).toBe(true)
  })

  describe('handles', () => {
    test('work bare, whole, and as the path itself', async () => {
      const { id } = await agent.post('/companies', { name: 'Handled' })
      expect(id).toMatch(/^co_[0-9a-hjkmnp-tv-z]{8}$/)
      for (const path of [
        `/companies/${id}`,
        `/companies/company/${id}`,
        `/company/${id}`,
        `/companies/company%2F${id}`,
        `/company/${id}/`,
      ])
        expect((await agent.get(path)).id, path).toBe(id)
      const contact = await agent.post('/contacts', { name: 'Ref', company_id: `company/${id}` })
      expect(contact.value('company_id')).toBe(id)
      expect((await agent.get(`/contacts?company_id=company/${id}`)).total).toBe(1)
      expect((await agent.get(`/contacts?company=${id}`)).total).toBe(1)
    })

    test('of another kind are 404 and name the right endpoint', async () => {
      const { id } = await agent.post('/companies', { name: 'Other' })
      for (const path of [`/contacts/${id}`, `/contacts/company/${id}`, `/contact/${id}`]) {
        const reply = await agent.get(path)
        expect([reply.status, reply.label('error')]).toEqual([404, 'not_found'])
        expect(reply.label('hint')).toContain(`/companies/${id}`)
      }
    })
  })

  describe('paths and methods', () => {
    test('a letter that is encoded without need is the same letter, for the door as for the route', async () => {
      const [csv, encoded] = [await agent.get('/export?format=csv&types=deals'), '/%65xport?format=csv&types=deals']
      expect((await agent.get(encoded)).headers.get('content-type')).toBe(csv.headers.get('content-type'))
      const rows = `name\n${'x'.repeat(1 << 20)}\n`
      expect((await agent.post('/%69mport?type=contacts&dry_run=true', rows)).status).toBe(200)
      expect((await agent.get('/oauth/%74oken')).json()).toMatchObject({ error: 'method_not_allowed' })
    })

    test('an unknown path names near ones', async () => {
      const reply = await agent.get('/contcts')
      expect([reply.status, reply.label('error')]).toEqual([404, 'not_found'])
      expect(reply.label('hint')).toContain('GET /contacts')
    })

    test('an unknown method names what is allowed', async () => {
      for (const method of ['PUT', 'OPTIONS', 'DELETE', 'PATCH']) {
        const reply = await agent.call(method, '/contacts')
        expect([reply.status, reply.label('error'), reply.headers.get('allow')]).toEqual([
          405,
          'method_not_allowed',
          'GET, POST',
        ])
      }
    })

    test('unknown parameters are refused where there are no filters', async () => {
      const reply = await agent.get('/whoami?verbose=1')
      expect([reply.status, reply.label('error')]).toEqual([400, 'unknown_parameter'])
      expect((await agent.get('/audit?taget=c_1')).label('hint')).toContain('did you mean "target"')
    })

    test('what other parsers read differently is refused', async () => {
      const { host } = new URL(server.url)
      const send = (target: string, head = `Host: ${host}\r\n`) =>
        rawRequest(server.url, `GET ${target} HTTP/1.1\r\n${head}Connection: close\r\n\r\n`)
      for (const target of [
        'http://evil.example/',
        '//evil.example/contacts',
        '/\\evil',
        '/contacts/../tokens',
        '/contacts/..%2ftokens',
        '/contacts%2f%2e%2e/tokens',
        '/contacts%2f%2ftokens',
        '/contacts/%2e%2e/tokens',
        '/a//b',
        '/%ff',
        '/%00',
        `/${'a'.repeat(9000)}`,
      ])
        expect(await send(target), target).toMatch(/^HTTP\/1.1 400 [\s\S]*error: invalid_value/)
      expect(await send('/', `Host: ${host}\r\nHost: evil.example\r\n`)).toMatch(/^HTTP\/1.1 400/)
      expect(await send('/', `Host: ${host}\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n`)).toMatch(
        /^HTTP\/1.1 400/,
      )
      expect(await send('/', `Host: ${host}\r\nX-Long: ${'x'.repeat(9000)}\r\n`)).toMatch(/^HTTP\/1.1 400/)
      expect(await send('/', `Host: ${host}\r\nX-Long: ${'x'.repeat(90_000)}\r\n`)).toMatch(/^HTTP\/1.1 400/)
      expect(await rawRequest(server.url, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1.1 400/)
      expect(await send('/')).toMatch(/^HTTP\/1.1 200/)
    })

    test('more than 50 parameters are refused', async () => {
      const reply = await agent.get(`/contacts?${Array(51).fill('name=x').join('&')}`)
      expect(reply.status).toBe(400)
    })
  })

  test('no answer tells of the machine or the database', async () => {
    const replies = [
      await agent.get('/contacts/c_%27'),
      await agent.get("/contacts?name=';DROP TABLE contacts"),
      await clientOf(server.url, 'ck_x').get('/contacts'),
    ]
    for (const { text } of replies) expect(text).not.toMatch(/sqlite|postgres|\/tmp|node_modules|\bat \w+ \(/i)
    expect((await agent.get('/contacts')).status).toBe(200)
  })
})
