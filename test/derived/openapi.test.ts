// The OpenAPI document: valid, complete, true to the server, and good enough to generate a client from.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resources } from '../../src/crm/index.ts'
import { errorWords } from '../../src/manual/error-words.ts'
import { callWords } from '../../src/manual/openapi.ts'
import { operators } from '../../src/query/operators.ts'
import type { Client } from '../support/client.ts'
import { runProgram } from '../support/command.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

const METHODS = ['get', 'post', 'patch', 'delete']
const OWN_PARAMETERS = ['format', 'filters']

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly security?: readonly unknown[]
  readonly parameters: readonly { name: string; in: string; description: string }[]
  readonly requestBody?: { content: Record<string, { schema: { properties?: Record<string, unknown> } }> }
  readonly responses: Record<string, { content?: Record<string, { schema?: unknown }> }>
}

onBothEngines('the OpenAPI document', (engine) => {
  let server: TestServer
  let agent: Client
  // biome-ignore lint/suspicious/noExplicitAny: a document of somebody else's shape
  let document: any
  let operations: (Operation & { path: string; method: string })[]
  beforeAll(async () => {
    server = await startServer(engine)
    agent = await server.signIn()
    document = (await server.anonymous.get('/openapi.json')).json()
    operations = Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, methods]) =>
      METHODS.flatMap((method) => (methods[method] ? [{ ...methods[method], path, method }] : [])),
    )
  })
  afterAll(() => server.stop())

  test('is valid OpenAPI 3.1', async () => {
    const validator = new Validator()
    expect(await validator.validate(document)).toEqual({ valid: true })
    expect([validator.version, document.openapi]).toEqual(['3.1', '3.1.0'])
    expect(document.servers).toEqual([{ url: server.url.replace('127.0.0.1', 'localhost') }])
  })

  test('has words for every call and every parameter', () => {
    expect(operations.length).toBeGreaterThan(30)
    const silent = operations.filter((operation) => 'x-undescribed' in operation || !operation.summary)
    expect(silent.map(({ method, path }) => `${method} ${path}`)).toEqual([])
    const described = operations.map(
      ({ method, path }) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`,
    )
    expect(Object.keys(callWords(resources)).filter((call) => !described.includes(call))).toEqual([])
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)
    for (const { path, parameters } of operations)
      for (const { name, description } of parameters) expect(description, `${path} ${name}`).toBeTruthy()
  })

  test('names the parameters that the server takes, and no others', async () => {
    for (const { path, method, parameters, security } of operations) {
      if (security || path.includes('workspaces')) continue
      const refused = await agent.call(method.toUpperCase(), `${path.replace(/\{\w+\}/g, 'c_00000000')}?zz=1`)
      const taken = /This call takes: (.*)\.$/.exec(refused.label('hint') ?? '')?.[1]
      if (refused.label('error') !== 'unknown_parameter' || taken === undefined) continue
      const told = parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name)
      expect(new Set(told), `${method} ${path}`).toEqual(new Set(taken.split(', ').filter((name) => name !== 'none')))
    }
  })

  test('tells of every filter with its operators, as the server takes them', async () => {
    for (const { plural, fields } of resources) {
      const list = operations.find(({ method, path }) => method === 'get' && path === `/${plural}`)!
      const told = new Map(list.parameters.map(({ name, description }) => [name, description]))
      for (const [name, { kind }] of Object.entries(fields)) {
        if (kind.keys) continue
        for (const { name: operator } of operators) {
          const value = kind.operators.includes(operator) ? [`${operator} (`] : []
          for (const part of value) expect(told.get(name), `${plural} ${name}`).toContain(part)
        }
      }
      for (const name of told.keys()) {
        if (OWN_PARAMETERS.includes(name)) continue
        const reply = await agent.get(`/${plural}?${name}=%20`)
        expect(['invalid_filter', 'unknown_parameter'], `${plural} ${name}`).not.toContain(reply.label('error'))
      }
    }
  })

  test('names the fields that bodies take', async () => {
    const compared: string[] = []
    for (const { path, method, requestBody } of operations) {
      const properties = requestBody?.content['application/json']?.schema.properties
      if (!properties || path.includes('{')) continue
      const refused = await agent.call(method.toUpperCase(), path, { zz_unknown: 1 })
      const listed = refused.problems.map((problem) => / Send: (.*)$/.exec(problem)?.[1]).find(Boolean)
      if (!listed) continue
      compared.push(path)
      const told = Object.keys(properties).filter((name) => name !== 'version' || listed.includes('version'))
      expect(new Set(told), `${method} ${path}`).toEqual(new Set(listed.split(', ')))
    }
    expect(compared).toEqual(expect.arrayContaining(resources.map(({ plural }) => `/${plural}`)))
  })

  test('has every error: in its table, and where a call can meet it', async () => {
    const source = `${readFileSync('src/errors.ts', 'utf8')} code: 'missing_field' code: 'unknown_field' code: 'invalid_field'`
    const codes = [...source.matchAll(/new ApiError\(\s*(\d{3}),\s*'(\w+)'/g)].map(([, status, code]) => ({
      status,
      code,
    }))
    expect(codes.length).toBeGreaterThan(30)
    for (const { status, code } of codes) expect(errorWords[code!]?.statuses, code).toContain(Number(status))
    const described = JSON.stringify(document.components.schemas.Error)
    for (const code of Object.keys(errorWords)) expect(described).toContain(code)
    for (const [method, path, status] of [
      ['get', '/contacts?stge=x', 400],
      ['get', '/contacts/c_00000000', 404],
      ['post', '/contacts', 400],
      ['delete', '/contacts/c_00000000', 404],
      ['get', '/whoami', 401],
    ] as const) {
      const client = status === 401 ? server.anonymous : agent
      const reply = await client.call(method.toUpperCase(), path, method === 'post' ? { nme: 1 } : undefined)
      expect(reply.status).toBe(status)
      const template = path.replace(/\?.*/, '').replace(/c_0+/, '{id}')
      const { responses } = operations.find((each) => each.method === method && each.path === template)!
      expect(JSON.stringify(responses[status]), `${method} ${path}`).toContain(`"${reply.label('error')}"`)
    }
  })
})

describe('a client generated from it', () => {
  const folder = mkdtempSync(resolve('test/derived/client-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  test('type-checks, and works', async () => {
    const { engines } = await import('../support/engines.ts')
    const server = await startServer(engines.sqlite)
    try {
      const { token } = await server.signIn('generated@example.com')
      writeFileSync(join(folder, 'openapi.json'), (await server.anonymous.get('/openapi.json')).text)
      const env = { PATH: process.env.PATH!, HOME: folder }
      const bin = (name: string) => resolve('node_modules', ...name.split('/'))
      const types = await runProgram(
        process.execPath,
        [bin('openapi-typescript/bin/cli.js'), 'openapi.json', '--output', 'api.ts'],
        { cwd: folder, env },
      )
      expect(types.code, types.stderr).toBe(0)
      writeFileSync(join(folder, 'client.ts'), CLIENT)
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(COMPILER))
      const checked = await runProgram(process.execPath, [bin('typescript/lib/tsc.js'), '-p', folder], {
        cwd: folder,
        env,
      })
      expect(checked.stdout).toBe('')
      expect(checked.code).toBe(0)
      const { work } = await import(join(folder, 'client.ts'))
      expect(await work(server.url, token)).toEqual({
        made: 'Ada Byron',
        found: ['ada@acme.com'],
        tags: ['vip'],
        refused: ['invalid_filter', 400],
      })
    } finally {
      await server.stop()
    }
  })
})

const COMPILER = {
  compilerOptions: {
    ...{ target: 'es2022', module: 'nodenext', moduleResolution: 'nodenext', lib: ['es2022', 'dom'], strict: true },
    ...{ noEmit: true, skipLibCheck: true, allowImportingTsExtensions: true, types: [] },
  },
  include: ['client.ts', 'api.ts'],
}

const CLIENT = `
import createClient from 'openapi-fetch'
import type { paths } from './api.ts'

/** The style of the parameter \`filters\`: form, exploded. */
function exploded(query: unknown): string {
  const pairs = Object.entries(query as Record<string, string | number | Record<string, string>>).flatMap(([name, value]) =>
    typeof value === 'object' ? Object.entries(value) : [[name, String(value)]],
  )
  return new URLSearchParams(pairs).toString()
}

export async function work(baseUrl: string, token: string) {
  const headers = { accept: 'application/json', authorization: \`Bearer \${token}\` }
  const crm = createClient<paths>({ baseUrl, headers, querySerializer: exploded })
  const made = await crm.POST('/contacts', { body: { name: 'Ada Byron', email: 'ada@acme.com', tags: ['vip'] } })
  const found = await crm.GET('/contacts', {
    params: { query: { search: 'byron', created_at: 'gte:2020-01-01', limit: 5, filters: { 'custom.tier': 'is:null' } } },
  })
  const refused = await crm.GET('/contacts', { params: { query: { filters: { stge: 'lead' } } } })
  if (typeof made.data !== 'object' || typeof found.data !== 'object' || typeof refused.error !== 'object')
    throw new Error('no JSON')
  return {
    made: made.data.name,
    found: found.data.items.map((contact) => contact.email),
    tags: found.data.items[0]!.tags,
    refused: [refused.error.error, refused.response.status],
  }
}
`
