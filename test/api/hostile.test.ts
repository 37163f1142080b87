// Contract §1: whatever text is stored comes back exactly, in text and in JSON, and is found by asking for it.

import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseCustom } from '../../src/render/parse.ts'
import type { Client } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

/** Half surrogate pairs and NUL are refused, which formats.test.ts shows. */
const storable = (text: string) => text !== '' && Buffer.from(text).toString() === text && !text.includes('\0')
const strings: string[] = JSON.parse(readFileSync('test/data/blns.json', 'utf8')).filter(storable)
const SHORT_MAX = 500
const CALLS_AT_ONCE = 8
/** Asking with each string in every place would be thousands of calls; each string gets one of the places. */
const places = [
  '/contacts?name=like:',
  '/deals?search=',
  '/companies?sort=',
  '/audit?cursor=',
  '/contacts?custom.k=in:',
]

onBothEngines('hostile text', (engine) => {
  let server: TestServer
  let agent: Client
  beforeAll(async () => {
    server = await startServer(engine, { env: { CRMKIT_RATE_LIMIT: '0' } })
    agent = await server.signIn()
  })
  afterAll(() => server.stop())

  test('of the Big List of Naughty Strings is one line, reads back, and is found', async () => {
    const faults: string[] = []
    const check = async (sent: string) => {
      const name = [...sent].slice(0, SHORT_MAX).join('')
      const made = await agent.post('/contacts', { name, notes: sent, custom: { sent, deep: [sent, { sent }] } })
      const read = await agent.get(`/contacts/${made.id}`)
      const json = (await agent.get(`/contacts/${made.id}?format=json`)).json()
      const found = await agent.get(`/contacts?name=${encodeURIComponent(`eq:${name}`)}&limit=200&fields=id`)
      const custom = read.records[0]?.values.get('custom.sent')?.raw
      const good =
        made.status === 201 &&
        read.text.split('\n').length === 2 &&
        read.value('name') === name &&
        read.value('notes') === sent &&
        custom !== undefined &&
        parseCustom(custom) === sent &&
        json.name === name &&
        json.notes === sent &&
        JSON.stringify(json.custom) === JSON.stringify({ sent, deep: [sent, { sent }] }) &&
        found.records.some(({ handle }) => handle === `contact/${made.id}`)
      if (!good) faults.push(`${JSON.stringify(sent).slice(0, 100)}: ${read.text.slice(0, 200)}`)
    }
    await forEach(strings, check)
    expect(faults).toEqual([])
  })

  test('as a filter, a search, a sort, a cursor or an id never ends in a failure of the server', async () => {
    const statuses = new Set<number>()
    await forEach([...strings.entries()], async ([index, text]) => {
      const sent = encodeURIComponent([...text].slice(0, 190).join(''))
      for (const path of [`${places[index % places.length]}${sent}`, `/contacts/${sent}`])
        statuses.add((await agent.get(path)).status)
    })
    expect([...statuses].filter((status) => status !== 200 && status !== 400 && status !== 404)).toEqual([])
  })
})

/** Runs the job for every item, several at a time. */
async function forEach<T>(items: readonly T[], job: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items]
  const worker = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await job(next)
  }
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, worker))
}
