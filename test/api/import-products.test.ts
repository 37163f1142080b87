// Several files of one product, as it writes them: what one of them is called in the others links them.

import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { countsOf } from '../support/imports.ts'
import { startServer, type TestServer } from '../support/server.ts'

onBothEngines('files of one product', (engine) => {
  let server: TestServer
  let agent: Client
  beforeAll(async () => {
    server = await startServer(engine)
  })
  afterAll(() => server.stop())

  /** Sends a file twice; nothing may be faulty or warned of, and the second time nothing may change. */
  async function send(...rows: string[]) {
    const first = await agent.post('/import', rows.join('\n'))
    expect(first.text).not.toMatch(/^(?:warning|problem|error):/m)
    expect(countsOf(await agent.post('/import', rows.join('\n')))).toMatchObject({ created: 0, updated: 0, faulty: 0 })
    return first
  }
  const linesOf = async (path: string) => (await agent.get(path)).text.split('\n').filter((line) => /^\w+\//.test(line))
  const valuesOf = async (path: string) => (await linesOf(path)).map((line) => line.replace(/^\S+ /, '')).sort()

  test('Salesforce: accounts of the data loader are those that contacts, opportunities and tasks name', async () => {
    agent = await server.signIn()
    const accounts = ['Id,IsDeleted,Name,Website,Industry', '0015g00000AbCdEAAV,false,Umbrella,umbrella.example,Bio']
    expect((await send(...accounts)).label('source')).toBe('salesforce')
    expect((await send('Id,Name,Website', '0015g00000AbCdFAAV,Initech,')).label('source')).toBe('salesforce')
    await send('Id,AccountId,LastName,Email', '0035g00000XyZaBAAV,0015g00000AbCdFAAV,Bill,bill@gmail.com')
    await send('Contact ID,Account ID,Last Name,Email', '0035g00000XyZaA,0015g00000AbCdE,Wesker,wesker@gmail.com')
    await send('Id,AccountId,Name,StageName,Amount', '0065g00000OoOoAAAV,0015g00000AbCdEAAV,Licence,Closed Won,5')
    await send(
      'Id,WhoId,WhatId,Subject,TaskSubtype',
      '00T5g00000TtTtAAAV,0035g00000XyZaAAAV,0065g00000OoOoAAAV,Hi,Call',
    )
    expect(await valuesOf('/contacts?fields=name,company.name')).toEqual([
      'name=Bill company.name=Initech',
      'name=Wesker company.name=Umbrella',
    ])
    expect(await valuesOf('/deals?fields=company.name')).toEqual(['company.name=Umbrella'])
    expect(await valuesOf('/activities?fields=contact.name,deal.title')).toEqual([
      'contact.name=Wesker deal.title=Licence',
    ])
  })
})
