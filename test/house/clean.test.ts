// What must not stand in the project: a path of somebody's machine, the address that a package came from, a secret.

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { files, placesOf, type Source } from './sources.ts'

const TEXT = /\.(ts|js|json|md|html|css|yml|yaml|sh)$|(^|\/)[A-Z]+$|^\.[\w./-]+$/
const sources: Source[] = files
  .filter((path) => TEXT.test(path))
  .map((path) => ({ path, text: readFileSync(path, 'utf8') }))

test('no path of a machine', () => {
  const roots = ['work', 'farm', 'root', 'home/[a-z]+', 'Users/[A-Za-z]+'].join('|')
  expect(placesOf(new RegExp(`(^|[^A-Za-z0-9._~*\\])}-])/(${roots})/[a-z.]`), sources)).toEqual([])
})

test('no address of a registry', () => {
  const lock = sources.filter(({ path }) => path === 'package-lock.json')
  expect(placesOf(/"resolved": "https?:/, lock)).toEqual([])
  expect(placesOf(/https?:\/\/[\w.:-]*(npmjs|artifactory|verdaccio|nexus)/, sources)).toEqual([])
})

test('no token or key', () => {
  const secrets = /\bck_[0-9A-Za-z]{34}\b|BEGIN [A-Z ]*PRIVATE KEY|\b(ghp|npm)_[0-9A-Za-z]{36}\b/
  expect(placesOf(secrets, sources)).toEqual([])
})
