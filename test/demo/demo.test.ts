// The demonstration, with its answers checked: two real data sets loaded over HTTP and ten questions of a sales lead.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { signIn } from '../../scripts/demo/agent.ts'
import { load } from '../../scripts/demo/load.ts'
import { readMaven } from '../../scripts/demo/maven.ts'
import { readNorthwind } from '../../scripts/demo/northwind.ts'
import { type Asked, askAll } from '../../scripts/demo/questions.ts'
import { parseAnswer } from '../../src/render/parse.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

const LOADING_MILLISECONDS_MAX = 600_000

onBothEngines('the demonstration', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(engine, { env: { CRMKIT_RATE_LIMIT: '0' } })
  })
  afterAll(() => server.stop())

  test('loads both data sets and answers ten questions', { timeout: LOADING_MILLISECONDS_MAX }, async () => {
    const agent = await signIn(server.url, 'sales-lead@example.com')
    const maven = readMaven('demo/data/maven')
    expect(await load(agent, maven, readNorthwind('demo/data/northwind'))).toEqual({
      ...{ companies: 85 + 91, contacts: 91, deals: 8_800 + 830 },
    })
    const heard: Asked[] = []
    await askAll(agent, maven, (asked) => heard.push(asked))
    expect(heard).toHaveLength(10)
    expect(heard[0]!.says).toBe('4,238 deals, 10,005,534 dollars, on 22 pages.')

    const answers = heard.map(({ calls }) => calls.map(({ text }) => parseAnswer(text)))
    const column = (question: number, label: string) =>
      answers[question]![0]!.records.map(({ values }) => values.get(label)?.text)
    expect(column(1, 'amount_cents')).toEqual(['2922000', '730000', '648900', '646900', '645600'])
    expect(column(2, 'amount_cents')).toEqual(Array(5).fill('548200'))
    expect(answers[3]![0]!.comments[0]).toBe('total: 439')
    expect(answers[4]![0]!.comments[0]).toBe('total: 1425')
    const [contacts, ...others] = heard[5]!.calls[0]!.text.split(/^# (?=companies|deals$)/m)
    expect(contacts).toBe('# contacts\n# total: 0\n')
    expect(others.map((group) => /name="([^"]+)"/.exec(group)?.[1])).toEqual(['Acme Corporation', 'Acme Corporation'])
    expect(column(6, 'name')).toEqual(['Hottechi', 'Konex'])
    expect(column(7, 'name')).toEqual(['Ana Trujillo', 'Antonio Moreno', 'Miguel Angel Paolino'])
    expect(answers[8]![0]!.comments).toEqual(['total: 21'])
    const [, logged, counted, audited] = answers[9]!
    expect(logged!.records[0]!.values.get('on_behalf_of')!.text).toBe('Dustin Brinkmann')
    expect(counted!.records[0]!.values.get('activities')!.text).toBe('1')
    expect(audited!.records[0]!.values.get('by')!.text).toBe('sales-lead@example.com')
  })
})
