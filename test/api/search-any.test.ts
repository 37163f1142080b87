// Searches for any words among any records find what the definition of a match says, the best first: on few letters, so that
// words begin, hold and resemble one another, and with more matches than are sorted at once.

import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { matchClass, piecesOf, wordsOf } from '../../src/text/words.ts'
import { allPages, type Client } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

const letters = (alphabet: string, maxLength: number) =>
  fc.array(fc.constantFrom(...alphabet), { minLength: 1, maxLength }).map((points) => points.join(''))
/** Stretches of one long run that never repeats (Thue-Morse): long words hold one another, and are cut elsewhere. */
const RUN = Array.from({ length: 170 }, (_, n) => 'ab'[n.toString(2).replaceAll('0', '').length % 2]).join('')
const stretch = fc.tuple(fc.nat(90), fc.integer({ min: 25, max: 75 })).map(([at, length]) => RUN.slice(at, at + length))
const word = fc.oneof(
  { weight: 4, arbitrary: letters('ab', 9) },
  { weight: 2, arbitrary: fc.tuple(letters('ab', 6), letters('01', 3)).map((both) => both.join('')) },
  { weight: 2, arbitrary: letters('ab1', 12) },
  { weight: 1, arbitrary: letters('京都ア', 4) },
  { weight: 1, arbitrary: stretch },
)
const record = fc.record({
  name: fc.array(word, { minLength: 1, maxLength: 3 }),
  notes: fc.array(word, { maxLength: 2 }),
})
const COUNT = 450
const records = fc.array(record, { minLength: COUNT, maxLength: COUNT })
const query = fc.array(word, { minLength: 1, maxLength: 4 }).filter((words) => words.join(' ').length <= 200)
const QUERIES = 60
const WORST = 3 * 128 + 1

interface Known {
  readonly at: number
  readonly words: ReadonlyMap<string, boolean>
}

/** How well a record matches all words, by the definition; undefined where it does not. */
function scoreOf(known: Known, sought: readonly string[]): number | undefined {
  let sum = 0
  for (const each of sought) {
    for (const piece of piecesOf(each)) {
      let best = WORST + 1
      for (const [held, notes] of known.words) {
        const matched = matchClass(piece, held, each)
        if (matched !== null) best = Math.min(best, matched * 128 + (notes ? 1 : 0))
      }
      if (best > WORST) return undefined
      sum += best
    }
  }
  return sum
}

onBothEngines('any search', (engine) => {
  let server: TestServer
  let agent: Client
  const known = new Map<string, Known>()
  beforeAll(async () => {
    server = await startServer(engine)
    agent = await server.signIn()
    const [drawn] = fc.sample(records, 1)
    for (const half of [0, 1]) {
      const lines = drawn!.flatMap(({ name, notes }, n) =>
        n % 2 === half ? [`${name.join(' ')},n${n}@some.example,${notes.join(' ')}`] : [],
      )
      const reply = await agent.post('/import?type=contacts', ['name,email,notes', ...lines].join('\n'), {
        headers: { 'content-type': 'text/csv' },
      })
      expect(reply.label('created'), reply.text).toBe(String(lines.length))
      server.advance(2_000)
    }
    for (const { handle, values } of await allPages(agent, '/contacts?limit=200&fields=name,email,notes,created_at')) {
      const wordsIn = (field: string) => wordsOf(values.get(field)?.text ?? '')
      const words = new Map(wordsIn('notes').map((each) => [each, true]))
      for (const field of ['name', 'email']) for (const each of wordsIn(field)) words.set(each, false)
      known.set(handle, { at: Date.parse(values.get('created_at')!.text), words })
    }
    expect(known.size).toBe(COUNT)
  })
  afterAll(() => server.stop())

  test('finds what matches every word, the best first, page by page', async () => {
    await fc.assert(
      fc.asyncProperty(query, fc.constantFrom(7, 50, 200), async (sought, limit) => {
        const path = `/contacts?search=${encodeURIComponent(sought.join(' '))}&fields=name`
        const distinct = wordsOf(sought.join(' '))
        const scores = new Map(
          [...known].flatMap(([handle, each]) => {
            const score = scoreOf(each, distinct)
            return score === undefined ? [] : [[handle, score] as const]
          }),
        )
        expect((await agent.get(path)).total).toBe(scores.size)
        const found = (await allPages(agent, `${path}&limit=${limit}`)).map(({ handle }) => handle)
        expect(found.toSorted()).toEqual([...scores.keys()].sort())
        const order = found.map((handle) => [scores.get(handle)!, -known.get(handle)!.at])
        expect(order).toEqual(order.toSorted((a, b) => a[0]! - b[0]! || a[1]! - b[1]!))
        const filtered = await allPages(agent, `${path}&limit=200&created_at=gte:2000-01-01`)
        expect(filtered.map(({ handle }) => handle).toSorted()).toEqual(found.toSorted())
      }),
      { numRuns: QUERIES },
    )
  })
})
