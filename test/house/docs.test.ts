// What the documents restate exists, and what exists is told.

import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'
import { resources } from '../../src/crm/index.ts'
import { examples } from '../../src/manual/examples.ts'
import { operators } from '../../src/query/operators.ts'
import { files, sourcesUnder } from './sources.ts'

const documents = files
  .filter((path) => path.endsWith('.md') && existsSync(path))
  .map((path) => ({ path, text: readFileSync(path, 'utf8') }))
const documentAt = (path: string) => documents.find((each) => each.path === path)!.text
const sources = sourcesUnder('src/')
const found = (pattern: RegExp, texts: readonly { text: string }[]) =>
  [...new Set(texts.flatMap(({ text }) => [...text.matchAll(pattern)].map((match) => match[1] ?? match[0])))].sort()

test('every variable of the configuration is in docs/operating.md, and none besides', () => {
  const read = found(/CRMKIT_[A-Z_]+[A-Z]/g, [{ text: readFileSync('src/config.ts', 'utf8') }])
  const told = found(/^\| `(CRMKIT_[A-Z_]+)`/gm, [{ text: documentAt('docs/operating.md') }])
  expect(told).toEqual(read)
  expect(found(/CRMKIT_[A-Z_]+[A-Z]/g, documents).filter((name) => !read.includes(name))).toEqual([])
})

test('every call that a document shows is one of the reference', () => {
  const known = found(/^\| `(\w+ \/\S*)`/gm, [{ text: documentAt('docs/reference.md') }])
  const shapes = known.map((call) => new RegExp(`^${call.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`))
  const plural = (path: string) =>
    resources.reduce((text, { name, plural }) => text.replace(new RegExp(`^/${name}/`), `/${plural}/`), path)
  const shown = found(/\b(?:GET|POST|PATCH|DELETE) \/[^\s`"?,;)…]*/g, documents)
  const unknown = shown.filter((call) => {
    const [method, path] = call.split(' ')
    return !shapes.some((shape) => shape.test(`${method} ${plural(path!.replace(/[.:]$/, ''))}`))
  })
  expect(unknown).toEqual([])
})

test('every error code, field and operator is in the reference', () => {
  const reference = documentAt('docs/reference.md')
  const codes = found(/new ApiError\(\s*\d{3},\s*'([a-z_]+)'/g, sources)
  expect(codes.length).toBeGreaterThan(20)
  for (const code of codes) expect(reference).toContain(`\`${code}\``)
  for (const { fields } of resources) for (const name of Object.keys(fields)) expect(reference).toContain(`\`${name}\``)
  for (const { name } of operators) expect(reference).toContain(`\`${name}\``)
})

test('every file, script and package that a document names exists', () => {
  const scripts = Object.keys(JSON.parse(readFileSync('package.json', 'utf8')).scripts)
  expect(found(/npm run ([a-z]+)/g, documents).filter((name) => !scripts.includes(name))).toEqual([])
  for (const { path, text } of documents) {
    const links = [...text.matchAll(/\]\(([^)#:]+)\)/g)].map((match) => normalize(join(dirname(path), match[1]!)))
    expect(
      links.filter((to) => !existsSync(to)),
      path,
    ).toEqual([])
    const named = [...text.matchAll(/`((?:src|test|docs|scripts|demo|\.ci)\/[\w./-]*)`/g)].map((match) => match[1]!)
    expect(
      named.filter((to) => !existsSync(to)),
      path,
    ).toEqual([])
  }
})

test('the libraries of the project are those that the record of libraries explains', () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
  const record = documentAt('docs/adr/0008-libraries.md')
  const explained = [...Object.keys(dependencies), ...Object.keys(devDependencies)].filter(
    (name) => !name.startsWith('@types/'),
  )
  expect(explained.filter((name) => !record.includes(`\`${name}\``))).toEqual([])
})

test('the manual shows every verb', () => {
  expect(new Set(examples.map(({ method }) => method))).toEqual(new Set(['GET', 'POST', 'PATCH']))
})
