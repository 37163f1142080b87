// The scripts of package.json that people and supervisors start.

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))

test('npm start gives way to the program, so that a SIGTERM to npm reaches it', () => {
  // npm signals the shell that it started; a shell that waits for the program would end alone and leave it running.
  expect(scripts.start).toMatch(/&& exec node dist\/main\.js$/)
})
