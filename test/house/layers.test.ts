// No folder imports upwards; the doors and the manual are leaves.

import { expect, test } from 'vitest'
import { importsOf, sourcesUnder, unitOf } from './sources.ts'

/** From the bottom to the top. What stands in one row may know each other; a new folder takes its place here. */
const LAYERS: readonly (readonly string[])[] = [
  ['text'],
  ['settings'],
  ['config.ts'],
  ['declare'],
  ['crm'],
  ['render', 'api-error.ts', 'errors.ts'],
  ['query'],
  ['store'],
  ['context.ts'],
  ['records'],
  ['mail'],
  ['accounts', 'access'],
  ['transfer', 'oauth', 'owner'],
  ['places.ts', 'route.ts'],
  ['operate'],
  ['manual'],
  ['endpoints'],
  ['http', 'mcp'],
  ['request.ts'],
  ['app.ts'],
  ['cli'],
  ['main.ts'],
]
const LEAVES = ['http', 'mcp', 'manual']
const MAY_IMPORT_LEAVES = ['app.ts', 'request.ts', 'http', 'mcp']

const sources = sourcesUnder('src/')
const layerOf = (unit: string) => LAYERS.findIndex((layer) => layer.includes(unit))
const imports = sources.flatMap((source) =>
  importsOf(source).map((to) => ({ path: source.path, from: unitOf(source.path), to: unitOf(to) })),
)

test('every folder has its place', () => {
  const units = [...new Set(sources.map(({ path }) => unitOf(path)))]
  expect(units.sort()).toEqual(LAYERS.flat().sort())
})

test('no folder imports upwards', () => {
  const upwards = imports.filter(({ from, to }) => layerOf(to) > layerOf(from))
  expect(upwards.map(({ path, to }) => `${path} imports ${to}`)).toEqual([])
})

test('nothing imports the doors and the manual but the doors and what puts them together', () => {
  const wrong = imports.filter(
    ({ from, to }) => LEAVES.includes(to) && from !== to && !MAY_IMPORT_LEAVES.includes(from),
  )
  expect(wrong.map(({ path, to }) => `${path} imports ${to}`)).toEqual([])
})

test('the nouns import declarations alone', () => {
  const wrong = imports.filter(({ from, to }) => from === 'crm' && to !== 'crm' && to !== 'declare')
  expect(wrong.map(({ path, to }) => `${path} imports ${to}`)).toEqual([])
})
