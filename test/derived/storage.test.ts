// docs/storage.md names every table and column of the migrated schema, on both engines, and nothing else.

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { resources } from '../../src/crm/index.ts'
import { workspaceTables } from '../../src/store/workspace-rows.ts'
import { onBothEngines } from '../support/engines.ts'
import { startServer } from '../support/server.ts'

onBothEngines('storage', (engine) => {
  test('every table and column is documented, and what is documented exists', async () => {
    const server = await startServer(engine)
    const { read } = server.opened
    const schema = new Map<string, Set<string>>()
    for (const { table, column } of await read.rows(read.dialect.columns)) {
      if (String(table).startsWith('sqlite_')) continue
      schema.set(String(table), (schema.get(String(table)) ?? new Set()).add(String(column)))
    }
    await server.stop()
    const other = engine.name === 'sqlite' ? 'PostgreSQL' : 'SQLite'
    const text = readFileSync('docs/storage.md', 'utf8').replace(new RegExp(`^### On ${other}$.*?(?=^##)`, 'ms'), '')
    const rows = text.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)
    const documented = new Map([...rows].map(([, table, text]) => [table!, text!]))
    expect([...documented.keys()].sort()).toEqual([...schema.keys()].sort())
    for (const [table, text] of documented) {
      const named = [...text.matchAll(/`(\w+)`/g)].map(([, name]) => name!)
      const columns = schema.get(table)!
      const noun = resources.find(({ plural }) => plural === table)
      if (!noun) {
        const missing = [...columns].filter((column) => !named.includes(column))
        expect([table, missing]).toEqual([table, []])
      }
      const unknown = named.filter((name) => !columns.has(name) && name !== 'like')
      expect([table, unknown]).toEqual([table, []])
    }
    const ofWorkspaces = [...schema].filter(([, columns]) => columns.has('workspace_id')).map(([table]) => table)
    expect([...workspaceTables(read.dialect), 'tokens'].sort()).toEqual(ofWorkspaces.sort())
  })
})
