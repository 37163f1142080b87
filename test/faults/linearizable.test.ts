// P6: conditional updates are linearizable, under 32 clients on both engines, on two nodes where there can be two.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Client, clientOf } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { type Call, faultOf } from './linearizable.ts'
import { FULL } from './writers.ts'

const CLIENTS = 32
const CALLS_EACH = FULL ? 200 : 25

describe('the checker finds planted faults', () => {
  const moved = (start: number, end: number, from: number): Call => ({ start, end, moved: from })
  const saw = (start: number, end: number, version: number): Call => ({ start, end, saw: version })
  const sound: Call[] = [moved(0, 5, 1), saw(1, 6, 1), saw(4, 9, 2), moved(5, 8, 2), saw(7, 12, 2), saw(9, 10, 3)]
  test('and none in a sound history', () => expect(faultOf(sound, 1)).toBeUndefined())
  test.each<[string, Call[]]>([
    ['a lost update', [...sound, moved(2, 6, 1)]],
    ['a stale read', [...sound, saw(11, 12, 2)]],
    ['a stale refusal after a later success', [moved(0, 1, 1), moved(2, 3, 2), saw(4, 5, 1)]],
    ['a read of the future', [saw(0, 1, 2), moved(2, 3, 1)]],
    ['a version that never was', [...sound, saw(0, 20, 7)]],
    ['a gap', [moved(0, 1, 1), moved(2, 3, 3)]],
    ['time running backwards', [moved(10, 11, 1), moved(0, 1, 2)]],
    ['two reads in the wrong order', [moved(0, 10, 1), saw(2, 3, 2), saw(4, 5, 1)]],
  ])('%s', (_, calls) => expect(faultOf(calls, 1)).toBeDefined())
})

onBothEngines('conditional updates', (engine) => {
  let server: TestServer
  let nodes: TestServer[]
  let agent: Client
  beforeAll(async () => {
    server = await startServer(engine)
    nodes = engine.name === 'postgres' ? [server, await server.secondNode()] : [server]
    agent = await server.signIn()
  })
  afterAll(async () => {
    for (const node of nodes.slice(1)) await node.stop()
    await server.stop()
  })

  test(`${CLIENTS} clients, some reading, each changing what it last saw`, async () => {
    const { id } = await agent.post('/contacts', { name: 'Contended' })
    const calls: Call[] = []
    await Promise.all(
      Array.from({ length: CLIENTS }, async (_, n) => {
        const client = clientOf(nodes[n % nodes.length]!.url, agent.token)
        let known = 1
        for (let round = 0; round < CALLS_EACH; round++) {
          const reads = (n + round) % 5 === 0
          const start = performance.now()
          const reply = reads
            ? await client.get(`/contacts/${id}`)
            : await client.patch(
                `/contacts/${id}`,
                { stage: `${n}-${round}` },
                { headers: { 'if-match': String(known) } },
              )
          const end = performance.now()
          const version = Number(reply.value('version'))
          if (reply.status === 200)
            calls.push(reads ? { start, end, saw: version } : { start, end, moved: version - 1 })
          else {
            expect(reply.status, reply.text).toBe(412)
            calls.push({ start, end, saw: version })
          }
          known = version
        }
      }),
    )
    expect(faultOf(calls, 1)).toBeUndefined()
    const moves = calls.filter(({ moved }) => moved !== undefined).length
    // All that come at once are answered at once, and one of them wins: some hundred rounds, not some thousand.
    expect(moves).toBeGreaterThan(CALLS_EACH / 2)
    expect((await agent.get(`/contacts/${id}`)).value('version')).toBe(String(moves + 1))
    expect((await agent.get(`/audit?target=contact/${id}&action=update&limit=1`)).total).toBe(moves)
  })
})
