// GET /help/{topic}: every topic that the manual names, short enough, and true.

import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { resources } from '../../src/crm/index.ts'
import { errorWords } from '../../src/manual/error-words.ts'
import { operators } from '../../src/query/operators.ts'
import { engines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

const TOPIC_TOKENS_MAX = 3_000

let server: TestServer
let names: string[]
beforeAll(async () => {
  server = await startServer(engines.sqlite)
  const { text } = await server.anonymous.get('/help')
  names = /GET \/help\/\{topic\}: (.*)$/m.exec(text)![1]!.split(', ')
})
afterAll(() => server.stop())

const read = async (name: string) => (await server.anonymous.get(`/help/${name}`)).text

test('the manual names the topics, and each is there, in Markdown, short, and under its own name', async () => {
  expect(names).toEqual(
    expect.arrayContaining(['fields', 'queries', 'search', 'import', 'export', 'teams', 'errors', 'mcp']),
  )
  for (const name of names) {
    const reply = await server.anonymous.get(`/help/${name}`)
    expect([reply.status, reply.headers.get('content-type')], name).toEqual([200, 'text/plain; charset=utf-8'])
    expect(reply.text, name).toMatch(/^# .+\n/)
    expect(countTokens(reply.text), name).toBeLessThanOrEqual(TOPIC_TOKENS_MAX)
    expect(reply.text, name).not.toContain('undefined')
  }
})

test('another topic is 404 and lists those that there are', async () => {
  const reply = await server.anonymous.get('/help/queris')
  expect([reply.status, reply.label('error')]).toEqual([404, 'not_found'])
  for (const name of names) expect(reply.label('hint')).toContain(name)
})

test('fields, operators, errors and calls are all told of', async () => {
  const [fields, queries, errors, calls] = await Promise.all(['fields', 'queries', 'errors', 'calls'].map(read))
  for (const resource of resources)
    for (const name of Object.keys(resource.fields)) expect(fields).toContain(`- ${name}: `)
  for (const { name } of operators) expect(queries).toContain(`- ${name}: `)
  for (const code of Object.keys(errorWords)) expect(errors).toContain(` ${code}: `)
  const document = (await server.anonymous.get('/openapi.json')).json()
  for (const [path, methods] of Object.entries(document.paths))
    for (const method of Object.keys(methods as object)) expect(calls).toContain(`- ${method.toUpperCase()} ${path}`)
})

test('/llms.txt has the form that its readers expect: a title, a summary, and links', async () => {
  const lines = (await server.anonymous.get('/llms.txt')).text.split('\n')
  expect(lines[0]).toMatch(/^# \S/)
  expect(lines.find((line) => line !== '' && line !== lines[0])).toMatch(/^> \S/)
  const links = lines.flatMap((line) => /^- \[.+?\]\((http\S+?)\): .+/.exec(line)?.[1] ?? [])
  expect(links.length).toBeGreaterThan(1)
  const port = new URL(server.url).port
  for (const link of links) expect((await fetch(link.replace(/localhost:\d+/, `127.0.0.1:${port}`))).status).toBe(200)
})
