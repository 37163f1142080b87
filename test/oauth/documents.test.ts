// Client-ID metadata documents: which ids are one, what they must say, and how they are fetched, over real TLS.

import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { documentUrl, readClientDocument } from '../../src/oauth/client-documents.ts'
import { documentFetcher, type Internet } from '../../src/oauth/documents.ts'

const ID = 'https://client.example/oauth/metadata.json'
const key = readFileSync('test/data/tls/client.example.key', 'utf8')
const ca = readFileSync('test/data/tls/client.example.crt', 'utf8')

test.each(['https://claude.ai/oauth/mcp-oauth-client-metadata', 'https://vscode.dev/oauth/client-metadata.json', ID])(
  '%s is the address of a document',
  (id) => expect(documentUrl(id)?.href).toBe(id),
)

test.each([
  ['http', 'http://client.example/metadata.json'],
  ['no path', 'https://client.example/'],
  ['no path at all', 'https://client.example'],
  ['a port', 'https://client.example:8443/metadata.json'],
  ['the usual port', 'https://client.example:443/metadata.json'],
  ['a user', 'https://user@client.example/metadata.json'],
  ['an empty user', 'https://@client.example/metadata.json'],
  ['a fragment', 'https://client.example/metadata.json#x'],
  ['an empty fragment', 'https://client.example/metadata.json#'],
  ['a query', 'https://client.example/metadata.json?x=y'],
  ['a dot segment', 'https://client.example/a/../metadata.json'],
  ['an encoded dot segment', 'https://client.example/%2e%2e/metadata.json'],
  ['upper case', 'https://Client.example/metadata.json'],
  ['IPv4', 'https://8.8.8.8/metadata.json'],
  ['loopback', 'https://127.0.0.1/metadata.json'],
  ['the metadata service of clouds', 'https://169.254.169.254/latest'],
  ['one number', 'https://2130706433/metadata.json'],
  ['octal', 'https://0177.0.0.1/metadata.json'],
  ['hexadecimal', 'https://0x7f.1/metadata.json'],
  ['IPv6', 'https://[::1]/metadata.json'],
  ['mapped IPv6', 'https://[::ffff:169.254.169.254]/metadata.json'],
  ['a name without a dot', 'https://localhost/metadata.json'],
  ['a dot after the name', 'https://client.example./metadata.json'],
  ['other letters', 'https://cliént.example/metadata.json'],
  ['a backslash', 'https://client.example\\@evil.example/metadata.json'],
  ['a line break', 'https://client.example/a\nb'],
  ['too much', `https://client.example/${'a'.repeat(500)}`],
  ['a registered id', 'mc_0123456789abcdef0123456789abcdef01234567'],
])('%s is none', (_, id) => expect(documentUrl(id)).toBeUndefined())

describe('fetching', () => {
  let server: Server
  let answer: (request: IncomingMessage, response: ServerResponse) => void
  let asked: IncomingMessage[]
  beforeAll(async () => {
    server = createServer({ key, cert: ca }, (request, response) => {
      asked.push(request)
      answer(request, response)
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  })
  beforeEach(() => {
    asked = []
  })
  afterAll(() => {
    server.closeAllConnections()
    return new Promise<void>((done) => server.close(() => done()))
  })

  /** The internet, of which one server is all there is. */
  const internet = (more: Partial<Internet> = {}): Internet => ({
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    isPublic: () => true,
    port: (server.address() as AddressInfo).port,
    ca,
    ...more,
  })
  const json = (body: unknown) => (_: IncomingMessage, response: ServerResponse) =>
    void response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
  const document = { client_id: ID, client_name: 'Client', redirect_uris: ['https://client.example/cb'] }
  const read = (more?: Partial<Internet>) => readClientDocument(documentFetcher(internet(more)), new URL(ID))

  test('a document is a client', async () => {
    answer = json(document)
    expect(await read()).toEqual({ name: 'Client', redirectUris: ['https://client.example/cb'] })
    expect(asked[0]).toMatchObject({ url: '/oauth/metadata.json', headers: { host: 'client.example' } })
    expect(asked[0]!.headers).not.toHaveProperty('cookie')
  })

  test.each([
    ['another client_id', { ...document, client_id: `${ID}?` }],
    ['no client_id', { redirect_uris: document.redirect_uris }],
    ['a secret', { ...document, client_secret: 'x' }],
    ['a way to use a secret', { ...document, token_endpoint_auth_method: 'client_secret_basic' }],
    ['bad addresses', { ...document, redirect_uris: ['javascript:alert(1)'] }],
    ['a list', [document]],
    ['nothing', null],
  ])('%s is refused', async (_, body) => {
    answer = json(body)
    await expect(read()).rejects.toThrow()
  })

  test.each([
    ['a redirect', (r: ServerResponse) => r.writeHead(302, { location: 'https://client.example/other' }).end()],
    ['an error', (r: ServerResponse) => r.writeHead(500, { 'content-type': 'application/json' }).end('{}')],
    ['a page', (r: ServerResponse) => r.setHeader('content-type', 'text/html').end(JSON.stringify(document))],
    ['no JSON', (r: ServerResponse) => r.setHeader('content-type', 'application/json').end('{')],
    [
      'no UTF-8',
      (r: ServerResponse) => r.setHeader('content-type', 'application/json').end(Buffer.from([0x22, 0xff, 0x22])),
    ],
    ['too much', (r: ServerResponse) => r.setHeader('content-type', 'application/json').end(' '.repeat(5 * 1024 + 1))],
    [
      'a cut answer',
      (r: ServerResponse) =>
        void r
          .writeHead(200, { 'content-type': 'application/json', 'content-length': '99' })
          .end('{', () => r.destroy()),
    ],
  ])('%s is refused', async (_, how) => {
    answer = (_request, response) => void how(response)
    await expect(read()).rejects.toThrow()
    expect(asked).toHaveLength(1)
  })

  test('one that never ends is given up', async () => {
    answer = (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).write('{')
    await expect(read()).rejects.toThrow('too long')
  })

  test('a name that never resolves is given up', async () => {
    await expect(read({ resolve: () => new Promise(() => {}) })).rejects.toThrow('too long')
  })

  test('one private address among public ones is enough to refuse, and nothing is asked', async () => {
    const resolve = async () => [
      { address: '8.8.8.8', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]
    await expect(read({ resolve, isPublic: (address) => address === '8.8.8.8' })).rejects.toThrow('not public')
    await expect(read({ resolve: async () => [] })).rejects.toThrow('not public')
    expect(asked).toEqual([])
  })

  test('the address that was checked is the one that is used', async () => {
    answer = json(document)
    let times = 0
    const resolve = async () => [{ address: times++ === 0 ? '127.0.0.1' : '10.0.0.1', family: 4 }]
    await read({ resolve })
    expect(times).toBe(1)
  })

  test('a server that can not prove its name is not believed', async () => {
    answer = json(document)
    const fetchDocument = documentFetcher(internet())
    await expect(fetchDocument(new URL('https://other.example/metadata.json'))).rejects.toThrow()
    await expect(documentFetcher(internet({ ca: undefined }))(new URL(ID))).rejects.toThrow()
    expect(asked).toEqual([])
  })
})
