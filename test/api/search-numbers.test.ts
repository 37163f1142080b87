// Words with a digit, of which there are about as many as records, are found by their parts and with a typo, whoever of those
// that hold one comes, changes or goes.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Client } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

onBothEngines('words with a digit', (engine) => {
  let server: TestServer
  let agent: Client
  beforeAll(async () => {
    server = await startServer(engine)
  })
  beforeEach(async () => {
    agent = await server.signIn()
  })
  afterAll(() => server.stop())

  const make = async (path: string, body: Record<string, unknown>) => {
    const reply = await agent.post(path, body)
    expect(reply.status, reply.text).toBe(201)
    return reply.records[0]!.handle.split('/')[1]!
  }
  const remove = async (path: string) => {
    const asked = await agent.delete(path)
    expect((await agent.delete(`${path}?confirm=${asked.label('confirm')}`)).status).toBe(200)
  }
  const found = async (search: string) =>
    (await agent.get(`/contacts?search=${search}&fields=name`)).records
      .map(({ handle }) => handle.split('/')[1]!)
      .sort()

  test('stay findable when the first that held one goes', async () => {
    const all: string[] = []
    for (const name of ['Ann', 'Bea', 'Cleo', 'Dora'])
      all.push(await make('/contacts', { name: `${name} plant90210x` }))
    for (let gone = 0; gone < all.length; gone++) {
      for (const search of ['0210x', 'plant9021x', 'plnt90210x', 'lant90'])
        expect(await found(search), search).toEqual(all.slice(gone).sort())
      await remove(`/contacts/${all[gone]}`)
    }
    expect(await found('0210x')).toEqual([])
  })

  test('stay findable when another word changes, and go with the one they stand in', async () => {
    const [one, other] = [
      await make('/contacts', { name: 'Ann', phone: '+1 555 0106688' }),
      await make('/contacts', { name: 'Bea', phone: '+1 555 0107799' }),
    ]
    for (const name of ['Anna', 'Annabel']) {
      expect((await agent.patch(`/contacts/${one}`, { name })).status).toBe(200)
      expect(await found('10668')).toEqual([one])
      expect(await found('0106689')).toEqual([one])
    }
    await agent.patch(`/contacts/${one}`, { phone: '+1 555 0103344' })
    expect(await found('10668')).toEqual([])
    expect(await found('10334')).toEqual([one])
    expect(await found('10779')).toEqual([other])
  })

  test('are found in the name of what a record refers to, old and new', async () => {
    const depot = await make('/companies', { name: 'Depot 47110q' })
    const staff: string[] = []
    for (const name of ['Ann', 'Bea', 'Cleo']) staff.push(await make('/contacts', { name, company_id: depot }))
    expect(await found('7110q')).toEqual(staff.sort())
    await agent.patch(`/companies/${depot}`, { name: 'Depot 58220q' })
    expect(await found('7110q')).toEqual([])
    expect(await found('8220q')).toEqual(staff)
    await remove(`/contacts/${staff[0]}`)
    expect(await found('58220')).toEqual(staff.slice(1))
    await agent.patch(`/contacts/${staff[1]}`, { title: 'Buyer' })
    expect(await found('8220q')).toEqual(staff.slice(1))
  })
})
