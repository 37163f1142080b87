// docs/reference.md is written from the code: calls, fields, operators, error codes. This test compares; `npm run docs`
// writes it anew.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { resources } from '../../src/crm/index.ts'
import { type Field, isSearched, type Resource } from '../../src/declare/resources.ts'
import { callWords, needsToken } from '../../src/manual/openapi.ts'
import { operators } from '../../src/query/operators.ts'
import type { Route } from '../../src/route.ts'
import type { Database } from '../../src/store/dialect.ts'
import { openDatabase } from '../../src/store/open.ts'
import { sourcesUnder } from './sources.ts'

let folder: string
let database: Database
let routes: readonly Route[]
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'crmkit-docs-'))
  const config = readConfig({ dataDir: folder }, {})
  database = await openDatabase(config)
  const log = pino({ level: 'silent' })
  routes = createApp({ config, database, now: Date.now, log, print: () => {} }).routes
})
afterAll(async () => {
  await database.close()
  rmSync(folder, { recursive: true })
})

test('docs/reference.md tells of what is there', async () => {
  const parts = [opening, calls(), records(), operatorTable(), errorTable()]
  await expect(`${parts.join('\n\n')}\n`).toMatchFileSnapshot(resolve('docs/reference.md'))
})

const opening = `# Reference

Written from the code by \`npm run docs\`; a test compares. How to use it all stands in the manual, \`GET /help\`.`

function calls(): string {
  const rows = routes.map(({ method, path, who, parameters }) => {
    const asks = (who === 'itself' ? [] : (parameters ?? listParameters(path))).map((name) => `\`${name}\``)
    return [
      `\`${method} ${path.replace(/:(\w+)/g, '{$1}')}\``,
      needsToken({ who }, callWords(resources)[`${method} ${path}`]) ? 'yes' : 'no',
      who === 'itself' ? 'its protocol’s' : [...(parameters ? [] : ['fields']), ...asks].join(' '),
    ]
  })
  return `## Calls\n\n${table(['call', 'token', 'parameters'], rows)}`
}

/** Lists read the query themselves: any field, and these. */
function listParameters(path: string): string[] {
  const searched = resources.some((resource) => path.endsWith(`/${resource.plural}`) && isSearched(resource))
  return [...(searched ? ['search'] : []), 'sort', 'limit', 'cursor', 'fields']
}

function records(): string {
  const sections = resources.map((resource) => {
    const rows = Object.entries(resource.fields).map(([name, field]) => fieldRow(resource, name, field))
    const needs = resource.needs.map((name) => `\`${name}\``).join(' or ')
    const head = `### ${resource.name}\n\nIds begin with \`${resource.prefix}_\`. Needs ${needs}.`
    return `${head}\n\n${table(['field', 'holds', 'operators', 'notes'], rows)}`
  })
  return ['## Records', ...sections].join('\n\n')
}

function fieldRow({ fields }: Resource, name: string, field: Field): string[] {
  const { kind, about, setBy, unique, summary, search, default: fallback } = fields[name] ?? field
  const given = typeof fallback === 'string' ? `default \`${fallback}\`` : fallback && 'default now'
  const notes = [
    about,
    given,
    unique && 'unique',
    setBy && 'set by the server',
    summary && 'in lists',
    search && 'searched',
  ]
  const served = kind.operators.length > 0 ? kind.operators.join(' ') : 'key by key: `custom.<key>`'
  return [`\`${name}\``, kind.form, served, notes.filter(Boolean).join('; ')]
}

function operatorTable(): string {
  const rows = operators.map(({ name, about }) => [`\`${name}\``, about])
  return `## Operators\n\n${table(['operator', 'finds'], rows)}`
}

/** The rows of errors.ts, and the codes of single faults in a body. */
function errorTable(): string {
  const source = readFileSync('src/errors.ts', 'utf8')
  const rows = [...source.matchAll(/new ApiError\(\s*(\d{3}),\s*'([a-z_]+)'/g)].map(
    ([, status, code]) => `${status} ${code}`,
  )
  const reading = [...sourcesUnder('src/records/'), ...sourcesUnder('src/endpoints/')].map(({ text }) => text).join('')
  const faults = [...reading.matchAll(/(?:code: |refuse\()'([a-z]+_[a-z_]+)'/g)].map(([, code]) => `400 ${code}`)
  const all = [...new Set([...rows, ...faults])].sort().map((row) => row.split(' '))
  return `## Error codes\n\n${table(
    ['status', 'code'],
    all.map(([status, code]) => [status!, `\`${code}\``]),
  )}`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
