// Every list is answered by an index, on both engines: what each statement of a list would do is asked of the engine.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import type { Context } from '../../src/context.ts'
import { resources } from '../../src/crm/index.ts'
import { isSearched, referencesOf } from '../../src/declare/resources.ts'
import { type Parameters, readQuery } from '../../src/query/grammar.ts'
import { sortNames } from '../../src/query/paths.ts'
import { listRecords } from '../../src/records/list.ts'
import { listReminders } from '../../src/records/reminders.ts'
import { selectAuditEvents } from '../../src/store/audit.ts'
import type { Connection, Database, Value } from '../../src/store/dialect.ts'
import { openDatabase } from '../../src/store/open.ts'
import { onBothEngines, type TestDatabase } from '../support/engines.ts'
import { serve } from '../support/server.ts'

interface Asked {
  readonly sql: string
  readonly parameters: readonly Value[]
}

onBothEngines('query plans', (engine) => {
  let home: TestDatabase
  let database: Database
  let workspaceId: string
  /** A record of each noun, as its JSON: what nothing answers is not read from the tables. */
  const made: Record<string, Record<string, unknown>> = {}
  beforeAll(async () => {
    home = await engine.newDatabase()
    await makeRecords()
    const env = {
      CRMKIT_DATABASE_URL: home.url,
      CRMKIT_DATA_DIR: home.folder,
      CRMKIT_SECRET: 'a secret for tests alone',
    }
    database = await openDatabase(readConfig({}, env))
  })
  afterAll(async () => {
    await database.close()
    await home.drop()
  })

  async function makeRecords(): Promise<void> {
    const server = await serve(home)
    const agent = await server.signIn()
    workspaceId = (await agent.get('/whoami')).label('workspace_id')!.split('/')[1]!
    // Those that others refer to come first.
    const inTurn = [...resources].sort((a, b) => referencesOf(a).length - referencesOf(b).length)
    for (const resource of inTurn) {
      const ids = referencesOf(resource).map(({ field, to }) => [field, made[to]!.id])
      const values = Object.entries(resource.fields)
        .filter(([, { kind, setBy }]) => !setBy && !kind.refersTo && !kind.keys)
        .map(([name, { kind }]) => [
          name,
          kind.many
            ? [kind.example]
            : JSON.parse(/^\d+$/.test(kind.example) ? kind.example : JSON.stringify(kind.example)),
        ])
      const reply = await agent.post(`/${resource.plural}`, Object.fromEntries([...values, ...ids]))
      expect(reply.status, reply.text).toBe(201)
      made[resource.name] = (await agent.get(`/${resource.plural}/${reply.id}?format=json`)).json()
    }
    await server.stop()
  }

  /** The value of the record that was made, as a filter asks for it. */
  function valueMade(resource: (typeof resources)[number], name: string): string {
    const value = made[resource.name]![name] ?? 'is:null'
    return String(Array.isArray(value) ? value[0] : value)
  }

  /** The statements that `run` asks; with `many`, as if so many records answered whatever is counted. */
  async function askedBy(run: (db: Connection) => Promise<unknown>, many?: number): Promise<Asked[]> {
    const asked: Asked[] = []
    const { read } = database
    const noted: Connection = {
      ...{ ...read, aside: undefined },
      rows: (sql, parameters = []) => {
        asked.push({ sql, parameters })
        return read.rows(sql, parameters)
      },
      tuples: (sql, parameters) => {
        asked.push({ sql, parameters })
        return read.tuples(sql, parameters)
      },
      ...(many === undefined ? {} : { unchanged: async <T>() => [{ total: many }] as T }),
    }
    await run(noted)
    return asked
  }

  /** The same with what the engine would do for each. */
  async function plansOf(run: (db: Connection) => Promise<unknown>, ...off: string[]): Promise<string[]> {
    const asked = await askedBy(run)
    return database.write(async (db) => {
      const plans: string[] = []
      if (engine.name === 'postgres')
        for (const each of ['seqscan', ...off]) await db.rows(`SET LOCAL enable_${each} = off`)
      const [prefix, column] =
        engine.name === 'postgres' ? ['EXPLAIN ', 'QUERY PLAN'] : ['EXPLAIN QUERY PLAN ', 'detail']
      for (const { sql, parameters } of asked) {
        const rows = await explain(db, prefix!, sql, parameters)
        plans.push(rows.map((row) => String(row[column!])).join('\n'))
      }
      return plans
    })
  }

  /** SQLite gives rows to what begins with SELECT alone. */
  async function explain(db: Connection, prefix: string, sql: string, parameters: readonly Value[]) {
    return db.rows(`${prefix}${sql} /* returning */`, parameters)
  }

  function expectIndexed(plan: string): void {
    // Lists that the statement itself brings along, and what it has put together by an index, may be gone through.
    expect(plan).not.toBe('')
    expect(plan).not.toMatch(
      /^\s*SCAN (t|p|s|r_\w+|contacts|companies|deals|activities|audit_events|search_\w+)\b(?! VIRTUAL TABLE INDEX \d+:\S*M)/m,
    )
    expect(plan).not.toMatch(/Seq Scan on (?!pg_)/)
  }

  const ctx = (db: Connection): Context =>
    ({
      db,
      now: Date.now(),
      secret: 'a secret for tests alone',
      caller: { workspaceId, zone: 'UTC' },
    }) as Context
  const listing = (resource: (typeof resources)[number], parameters: Parameters) => (db: Connection) => {
    const asking = { secret: 'a secret for tests alone', workspaceId, zone: 'UTC', resources }
    return listRecords(ctx(db), readQuery(resource, parameters, asking), resources)
  }
  const plansFor = (resource: (typeof resources)[number], parameters: Parameters, ...off: string[]) =>
    plansOf(listing(resource, parameters), ...off)

  test.each(resources)('lists of $plural in their default order need no sorting', async (resource) => {
    const [first, ...others] = await plansFor(resource, [])
    expect(first).not.toMatch(/TEMP B-TREE FOR ORDER BY|-> +Sort\b/)
    for (const plan of [first!, ...others]) expectIndexed(plan)
  })

  test.each(resources)('lists of $plural sorted or filtered by any field', async (resource) => {
    for (const name of sortNames(resource)) {
      for (const sort of [name, `-${name}`])
        for (const plan of await plansFor(resource, [['sort', sort]])) expectIndexed(plan)
      for (const value of [valueMade(resource, name), 'is:null'])
        for (const plan of await plansFor(resource, [[name, value]])) expectIndexed(plan)
    }
  })

  if (engine.name === 'sqlite')
    test.each(resources)('what few $plural have is begun with, whatever the order', async (resource) => {
      /** After so many look-ups of others, whatever reads the table reads it by an index of this column. */
      const expectBegun = async (column: string, filters: Parameters, sort: string, lookUps = 0) => {
        const asked: Parameters = [...filters, ['sort', sort]]
        const plans = (await plansFor(resource, asked)).filter((plan) => / t USING /.test(plan)).slice(lookUps)
        expect(plans.length, JSON.stringify(asked)).toBeGreaterThan(0)
        const begun = new RegExp(`SEARCH t USING .*INDEX \\S+ \\(workspace_id=\\? AND ${column}=\\?`)
        for (const plan of plans) expect(plan, JSON.stringify(asked)).toMatch(begun)
      }
      const sorts = sortNames(resource).flatMap((name) => [name, `-${name}`])
      for (const { field, to } of referencesOf(resource)) {
        const id = valueMade(resource, field)
        const { title, prefix } = resources.find(({ name }) => name === to)!
        for (const sort of sorts) {
          await expectBegun(field, [[field, id]], sort)
          await expectBegun(field, [[field, `in:${id},${prefix}_00000000`]], sort)
        }
        for (const sort of [resource.title, `-${resource.newest.field}`]) {
          await expectBegun(field, [[`${to}.${title}`, String(made[to]![title])]], sort, 1)
          await expectBegun(
            field,
            [
              [field, id],
              ['version', '1'],
            ],
            sort,
          )
          // Each of the two is counted first.
          await expectBegun(
            field,
            [
              [field, id],
              ['updated_at', 'not:null'],
            ],
            sort,
            2,
          )
        }
      }
      for (const [field, { unique }] of Object.entries(resource.fields)) {
        const isNamed = isSearched(resource) && ['owner', 'stage', resource.title].includes(field)
        if (!unique && !isNamed) continue
        const value = valueMade(resource, field)
        for (const filter of [value, `in:${value},b@b.example`])
          for (const sort of sorts) await expectBegun(unique ? `${field}_key` : field, [[field, filter]], sort)
      }
    })

  if (engine.name === 'postgres')
    test.each(resources.filter(isSearched))(
      'the newest $plural of a stage: others are passed over',
      async (resource) => {
        const plans = await plansFor(
          resource,
          [
            ['stage', valueMade(resource, 'stage')],
            ['sort', '-created_at'],
          ],
          'sort',
          'bitmapscan',
        )
        expect(plans.at(-1)).toMatch(/_by_created_at .*\n\s+Index Cond: .*stage = /)
      },
    )

  if (engine.name === 'sqlite') {
    const ofBoth = (resource: (typeof resources)[number]): Parameters => [
      ['stage', valueMade(resource, 'stage')],
      ['owner', valueMade(resource, 'owner')],
    ]
    test.each(resources.filter(isSearched))(
      'the newest $plural of a stage and an owner: others are passed over without a look at their rows',
      async (resource) => {
        const asked = await askedBy(listing(resource, ofBoth(resource)), 10_001)
        const { sql, parameters } = asked.at(-1)!
        const steps = await database.write((db) => explain(db, 'EXPLAIN ', sql, parameters))
        const table = steps.find(({ opcode, p4 }) => opcode === 'OpenRead' && !String(p4).startsWith('k('))!.p1
        const firstOfRow = steps.findIndex(({ opcode, p1 }) => opcode === 'Column' && p1 === table)
        expect(steps.slice(0, firstOfRow).filter(({ opcode }) => opcode === 'Ne')).toHaveLength(2)
      },
    )

    test.each(resources.filter(isSearched))(
      '$plural of two filters are counted by the index of one',
      async (resource) => {
        const plans = await plansFor(resource, ofBoth(resource))
        const counts = plans.filter((plan) => /SCAN counted/.test(plan))
        expect(counts.at(-1)).toMatch(/USING INDEX \w+_by_(stage|owner) \(workspace_id=\? AND (stage|owner)=\?\)/)
      },
    )
  }

  test.each(resources)('what no index has in order is sorted beside the others: $plural', async (resource) => {
    for (const name of sortNames(resource)) {
      const asking = { secret: '', workspaceId, zone: 'UTC', resources }
      const query = readQuery(resource, [['sort', name]], asking)
      const asked: string[] = []
      const beside: Connection = { ...database.read, aside: undefined }
      const db: Connection = {
        ...beside,
        aside: (workspaceId, job) => {
          asked.push(workspaceId)
          return job(beside)
        },
      }
      await listRecords(ctx(db), query, resources)
      const [first] = await plansOf((on) => listRecords(ctx(on), query, resources))
      if (engine.name === 'sqlite') expect(asked.length > 0, name).toBe(/TEMP B-TREE FOR ORDER BY/.test(first!))
    }
  })

  test.each(resources.filter(isSearched))('searches of $plural', async (resource) => {
    for (const search of ['acme', 'amce', 'ac', 'acme corporation', '2026', '京'])
      for (const more of [[], [['sort', 'created_at']], [['stage', valueMade(resource, 'stage')]]] as Parameters[])
        for (const plan of await plansFor(resource, [['search', search], ...more])) expectIndexed(plan)
  })

  test('reminders and the audit log', async () => {
    const followed = resources.filter(({ fields }) => fields.follow_up_at)
    for (const plan of await plansOf((db) => listReminders(ctx(db), followed, resources, 7, 50))) expectIndexed(plan)
    const filters = [
      {},
      { record_id: 'c_00000000' },
      { by_address: 'a@x.example' },
      { token_name: 'laptop' },
      { action: 'delete' },
      { since: 1 },
      { after: 'e_0' },
    ]
    for (const filter of filters)
      for (const plan of await plansOf((db) => selectAuditEvents(db, workspaceId, filter, 50, 10_001))) {
        expectIndexed(plan)
        expect(plan).not.toMatch(/TEMP B-TREE FOR ORDER BY/)
      }
    const read = { ...database.read, aside: undefined }
    const asked: string[] = []
    const aside: Connection['aside'] = (workspace, job) => {
      asked.push(workspace)
      return job(read)
    }
    await selectAuditEvents({ ...read, aside }, workspaceId, { token_name: 'laptop', action: 'create' }, 50, 10_001)
    expect(asked).toEqual([workspaceId])
  })
})
