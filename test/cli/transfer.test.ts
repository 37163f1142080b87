// crmkit import and export against the real server: a look, the import, a round trip into an empty workspace.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../support/client.ts'
import { runCommand } from '../support/command.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer, type TestServer } from '../support/server.ts'

const CSV = 'Vorname,Nachname,E-Mail,Firma,Intern\nAda,Byron,ada@acme.com,Acme,x\nBob,Builder,no address,Acme,y\n'

onBothEngines('records in and out by the command line', (engine) => {
  let server: TestServer
  let agent: Client
  let file: string
  beforeAll(async () => {
    server = await startServer(engine)
    agent = await server.signIn()
    file = join(server.database.folder, 'people.csv')
    writeFileSync(file, CSV)
  })
  afterAll(() => server.stop())

  const crmkit = (client: Client, ...words: string[]) =>
    runCommand([...words, '--url', server.url], { env: { HOME: '/tmp', CRMKIT_TOKEN: client.token! } })

  test('a dry run shows the mapping and the faulty rows, and changes nothing', async () => {
    const look = await crmkit(agent, 'import', file, '--dry-run', '--map', 'Intern:-')
    expect([look.code, look.stderr]).toEqual([1, 'crmkit: 1 faulty rows would be left out.\n'])
    expect(look.stdout).toMatch(/^column: E-Mail -> email /m)
    expect(look.stdout).toMatch(/^column: Intern -> - /m)
    expect(look.stdout).toMatch(/^problem: row \d+ - /m)
    expect((await agent.get('/contacts')).total).toBe(0)
    const json = await crmkit(agent, 'import', file, '--dry-run', '--json')
    expect([json.code, json.json().faulty]).toEqual([1, 1])
  })

  test('an import, an export, and an import of that into an empty workspace give the same records', async () => {
    writeFileSync(file, CSV.replace('no address', 'bob@acme.com'))
    const imported = await crmkit(agent, 'import', file, '--map', 'Intern:-')
    expect([imported.code, imported.stderr], imported.stdout).toEqual([0, ''])
    expect((await crmkit(agent, 'import', file, '--map', 'Intern:-')).stdout).toMatch(/^created: 0$/m)
    const all = join(server.database.folder, 'all.ndjson')
    expect((await crmkit(agent, 'export', all)).code).toBe(0)
    expect((await crmkit(agent, 'export', '-')).stdout).toBe(readFileSync(all, 'utf8'))
    expect(readFileSync(all, 'utf8')).toContain('ada@acme.com')
    const other = await server.signIn()
    const again = await crmkit(other, 'import', all)
    expect(again.code, again.stdout + again.stderr).toBe(0)
    const facts = async (client: Client) =>
      (await client.get('/contacts?sort=email&fields=name,email,company.name')).records.map(({ values }) => [...values])
    expect(await facts(other)).toEqual(await facts(agent))
    const csv = await crmkit(other, 'export', '--types', 'contacts', '--format', 'csv')
    expect(csv.stdout.split('\n')[0]).toContain('email')
    expect((await crmkit(other, 'export', '--format', 'csv')).code).toBe(1)
  })
})
