// The migrated schema of both engines equals the declarations: every field has its column, and no column is without one.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { resources } from '../../src/crm/index.ts'
import { shadowsOf } from '../../src/declare/resources.ts'
import type { Database } from '../../src/store/dialect.ts'
import { openDatabase } from '../../src/store/open.ts'
import { onBothEngines, type TestDatabase } from '../support/engines.ts'

const STORED_AS: Readonly<Record<string, readonly string[]>> = {
  text: ['text', 'TEXT'],
  integer: ['bigint', 'INTEGER'],
}

onBothEngines('the schema', (engine) => {
  let folder: TestDatabase
  let database: Database
  let columns: Map<string, Map<string, string>>
  beforeAll(async () => {
    folder = await engine.newDatabase()
    const env = { CRMKIT_DATABASE_URL: folder.url, CRMKIT_SECRET: 'a secret for tests alone' }
    database = await openDatabase(readConfig({}, env))
    columns = new Map()
    for (const { table, column, type } of await database.read.rows(database.dialect.columns)) {
      const known = columns.get(String(table)) ?? new Map<string, string>()
      columns.set(String(table), known.set(String(column), String(type)))
    }
  })
  afterAll(async () => {
    await database.close()
    await folder.drop()
  })

  test.each(resources)('of $plural is what is declared', (resource) => {
    const { plural, fields, newest } = resource
    const declared = new Map([
      ['workspace_id', 'text'],
      ['id', 'text'],
      ...Object.entries(fields).map(([name, { kind }]) => [name, kind.storage] as const),
      ...shadowsOf(resource).map(({ column }) => [column, 'text'] as const),
      ...(newest.tie === 'id' ? [] : [[newest.tie, 'text'] as const]),
    ])
    const migrated = columns.get(plural)!
    expect([...migrated.keys()].sort()).toEqual([...declared.keys()].sort())
    for (const [column, storage] of declared) expect(STORED_AS[storage], column).toContain(migrated.get(column))
  })

  test('leads every key of a workspace with workspace_id', async () => {
    const tables = [...columns].filter(([, names]) => names.has('workspace_id')).map(([table]) => table)
    expect(tables).toEqual(expect.arrayContaining(resources.map(({ plural }) => plural)))
    const keys = await database.read.rows(database.dialect.keys)
    const tenants = keys.filter(({ table }) => tables.includes(String(table)) && !ACCOUNTS.has(String(table)))
    expect(tenants.length).toBeGreaterThanOrEqual(resources.length)
    expect(tenants.filter(({ first }) => first !== 'workspace_id')).toEqual([])
  })
})

/** Found by a token or a person before a workspace is known. */
const ACCOUNTS = new Set(['tokens', 'oauth_codes'])
