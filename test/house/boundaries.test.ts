// What only some places may do: open databases, write SQL of one engine, touch the nouns' tables, read the environment,
// know a noun by its name.

import { expect, test } from 'vitest'
import { resources } from '../../src/crm/index.ts'
import { packagesOf, placesOf, sourcesUnder } from './sources.ts'

const sources = sourcesUnder('src/')
const plurals = resources.map(({ plural }) => plural).join('|')
const names = resources.map(({ name }) => name).join('|')

/** Deletes a workspace with all its rows, from a list of tables that a test compares with the schema. */
const WORKSPACE_ROWS = 'src/store/workspace-rows.ts'

const outside = (...allowed: readonly string[]) =>
  sources.filter(({ path }) => !allowed.some((start) => path.startsWith(start)))
const only = (...paths: readonly string[]) =>
  sources.filter(({ path }) => paths.some((start) => path.startsWith(start)))

test('only store/ opens a database', () => {
  const drivers = /^(pg|pg-.*|kysely|node:sqlite|@photostructure\/sqlite)$/
  const opening = outside('src/store/').filter((source) => packagesOf(source).some((name) => drivers.test(name)))
  expect(opening.map(({ path }) => path)).toEqual([])
})

test('SQL that one engine alone understands stands in its own file', () => {
  const ofOneEngine = /^src\/store\/((sqlite|postgres)[\w-]*|migrations\/\d+-fts-\w+)\.ts$/
  const engines = sources.filter(({ path }) => !ofOneEngine.test(path))
  const dialects =
    /\b(PRAGMA|json_each|json_extract|jsonb|strpos|FOR (NO KEY )?UPDATE|FOR (KEY )?SHARE|ILIKE)\b|\b(instr|pg_\w+)\(|\?::[a-z]/
  expect(placesOf(dialects, engines)).toEqual([])
  expect(placesOf(/dialect\.name|[=!]== '(sqlite|postgres)'/, outside('src/store/open.ts', 'src/config.ts'))).toEqual(
    [],
  )
})

test("only store/ touches the nouns' tables, and of it select, write and search", () => {
  const literal = new RegExp(`\\b(FROM|JOIN|INTO|UPDATE|TABLE) (${plurals})\\b`)
  expect(placesOf(literal, outside('src/store/migrations/'))).toEqual([])
  const derived = /\b(FROM|JOIN|INTO|UPDATE) \$\{\w*\.?(plural|table)\}/
  const touching = ['src/store/select', 'src/store/write', 'src/store/search', 'src/store/bulk', WORKSPACE_ROWS]
  expect(placesOf(derived, outside(...touching))).toEqual([])
  const typed = new RegExp(`(selectFrom|insertInto|updateTable|deleteFrom)\\('(${plurals})`)
  expect(placesOf(typed, sources)).toEqual([])
  expect(placesOf(new RegExp(`^ {2}(${plurals}):`), only('src/store/schema'))).toEqual([])
})

test('select and write can not be called without a workspace', () => {
  const calls = only('src/store/select', 'src/store/write').flatMap(({ text }) =>
    [...text.matchAll(/export async function (\w+)\(\s*db: Connection,\s*(\w+): (\w+)/g)].map((found) =>
      found.slice(1),
    ),
  )
  expect(calls.length).toBeGreaterThan(10)
  for (const call of calls) expect(call.slice(1), call[0]).toEqual(['workspaceId', 'string'])
  const exported = only('src/store/select', 'src/store/write').flatMap(({ text }) =>
    text.match(/export async function/g),
  )
  expect(calls).toHaveLength(exported.length)
})

test('only config.ts reads the environment', () => {
  expect(placesOf(/process\.env|from 'node:process'/, outside('src/config.ts'))).toEqual([])
})

test('shared code knows no noun and no kind by name', () => {
  const shared = only(
    'src/text',
    'src/declare',
    'src/query',
    'src/records',
    'src/render',
    'src/http',
    'src/store/',
  ).filter(({ path }) => !path.startsWith('src/store/migrations/') && path !== WORKSPACE_ROWS)
  expect(placesOf(new RegExp(`'(${names}|${plurals})'`), shared)).toEqual([])
  expect(placesOf(new RegExp(`[=!]== (${names})\\b|\\bcase '(${names}|${plurals})'`), shared)).toEqual([])
  expect(placesOf(/[kK]ind(\.name)? [=!]==/, shared)).toEqual([])
})
