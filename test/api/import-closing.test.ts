// When imported deals were closed: on the date of the file where it has one and an admin imports, else now.

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { countsOf } from '../support/imports.ts'
import { startServer, type TestServer } from '../support/server.ts'

onBothEngines('closing dates in files', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(engine)
  })
  afterAll(() => server.stop())

  const deal = async (agent: Client, title: string) => {
    const found = await agent.get(`/deals?title=${title}&fields=all`)
    return (field: string) => found.value(field)
  }

  test('a closed deal was closed on its date, unless that is to come or the caller is no admin', async () => {
    const agent = await server.signIn()
    const text =
      'Record ID,Deal Name,Deal Stage,Close Date\n1,Old,Closed Won,2017-03-01\n2,Lost,Closed Lost,2018-04-02\n3,Open,New,2017-01-01\n4,Odd,Closed Won,2199-01-01\n'
    await agent.post('/import', text)
    const closed = async (title: string) => (await deal(agent, title))('closed_at')
    expect([await closed('Old'), await closed('Lost'), await closed('Open')]).toEqual([
      ...['2017-03-01T00:00:00Z', '2018-04-02T00:00:00Z', undefined],
    ])
    expect((await closed('Odd'))! < '2199').toBe(true)
    await agent.post('/import', '{"type":"deal","title":"H","status":"won","closed_at":"2017-05-01T00:00:00Z"}')
    expect(await closed('H')).toBe('2017-05-01T00:00:00Z')
  })

  test('the date on which it closed goes before that on which it was to close', async () => {
    const [agent, other] = [await server.signIn(), await server.signIn()]
    const past = { expected_close_at: '2017-06-30T00:00:00Z' }
    await agent.post(
      '/import',
      JSON.stringify({ type: 'deal', title: 'Own', status: 'won', ...past, closed_at: '2018-01-02T03:04:05Z' }),
    )
    const own = (await agent.get('/export?types=deals&format=csv')).text
    await other.post('/import', own)
    expect((await deal(other, 'Own'))('closed_at')).toBe('2018-01-02T03:04:05Z')
    expect(countsOf(await other.post('/import', own))).toMatchObject({ unchanged: 1 })
    const text = [
      'Deal - ID,Deal - Title,Deal - Status,Deal - Won time,Deal - Lost time,Deal - Expected close date',
      ...[
        '1,Won,Won,2018-10-05 10:00:00,2018-01-01 10:00:00,2018-03-31',
        '2,Lost,Lost,,2018-09-01 10:00:00,2199-01-01',
      ],
      ...['3,Open,Open,,2018-09-02,', '4,Bad,Lost,,soon,'],
    ].join('\n')
    await agent.post('/import', text)
    const [won, lost, open, bad] = [
      await deal(agent, 'Won'),
      await deal(agent, 'Lost'),
      await deal(agent, 'Open'),
      await deal(agent, 'Bad'),
    ]
    expect([won('closed_at'), lost('closed_at'), open('closed_at')]).toEqual([
      ...['2018-10-05T10:00:00Z', '2018-09-01T10:00:00Z', undefined],
    ])
    expect(won('custom.deal_lost_time')).toBe('2018-01-01 10:00:00')
    expect([lost('custom.deal_lost_time'), open('custom.deal_lost_time'), bad('custom.deal_lost_time')]).toEqual([
      ...[undefined, '2018-09-02', 'soon'],
    ])
  })

  test('a deal that an import closes was closed on its date, and one that was closed stays as it was', async () => {
    const agent = await server.signIn()
    const row = (stage: string, date: string) => `Record ID,Deal Name,Deal Stage,Close Date\n1,Roof,${stage},${date}\n`
    await agent.post('/import', row('Negotiation', '2199-01-01'))
    for (const [stage, date] of [
      ['Closed Won', '2018-05-20'],
      ['Closed Won', '2018-06-21'],
      ['Negotiation', '2018-06-22'],
    ]) {
      await agent.post('/import', row(stage!, date!))
      const roof = await deal(agent, 'Roof')
      expect([roof('status'), roof('closed_at')]).toEqual(['won', '2018-05-20T00:00:00Z'])
    }
  })
})
