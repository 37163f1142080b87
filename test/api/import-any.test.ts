// Any small files, one after the other: the dry run says what the import then does, and a second import makes nothing.

import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

const of = (...words: string[]) => fc.constantFrom(...words)
const domain = of('', 'x.example', 'y.example')
const company = of('', 'Acme', 'acme', 'Bolt')
const address = of('', 'a@x.example', 'A@x.example', 'b@y.example')
/** Few values, so that rows meet. */
const FILES = {
  contacts: {
    head: 'Name,Email,Phone,Company,Company Domain,Tags',
    cells: [of('Cy', 'Di', 'cy', ''), address, of('', '1', '2'), company, domain, of('', 'vip', 'vip;old')],
  },
  companies: { head: 'Company name,Domain,Industry,Notes', cells: [company, domain, of('', 'a', 'b'), of('', 'n1')] },
  deals: {
    head: 'Title,Amount,Company,Contact email,Stage',
    cells: [of('R', 'S'), of('', '1', '2'), company, address, of('', 'Won', 'New')],
  },
  numbered: {
    head: 'Record ID,Name,Email,Company',
    cells: [of('1', '2', ''), of('Cy', 'Di'), address, company],
  },
}
const file = fc.constantFrom(...Object.entries(FILES)).chain(([kind, { head, cells }]) =>
  fc.record({
    query: of('update', 'fill', 'skip').map((how) => `type=${kind === 'numbered' ? 'contacts' : kind}&existing=${how}`),
    text: fc
      .array(fc.tuple(...cells), { minLength: 2, maxLength: 5 })
      .map((rows) => [head, ...rows.map((row) => row.join(','))].join('\n')),
  }),
)

onBothEngines('any import', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(engine)
  })
  afterAll(() => server.stop())

  test('is what its dry run said, and makes nothing when it comes again', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(file, { minLength: 1, maxLength: 3 }), async (files) => {
        const agent = await server.signIn()
        /** What is said of the rows; the dry run tells of columns and links too. */
        const said = async (query: string, text: string) => {
          const { text: answer } = await agent.post(`/import?${query}`, text)
          return answer.split('\n').filter((line) => !/^(?:column|link|#)/.test(line))
        }
        for (const { query, text } of files) {
          const looked = await said(`dry_run=true&${query}`, text)
          expect(await said(query, text)).toEqual(looked)
          expect(await said(query, text)).toContain('created: 0')
        }
      }),
      { numRuns: 25 },
    )
  })
})
