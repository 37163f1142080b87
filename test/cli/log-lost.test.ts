// A log that can't be written, or that nobody reads: its lines are lost, and the server goes on and stops as ever.

import { closeSync, existsSync, openSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { clientOf, signIn } from '../support/client.ts'
import { engines, type TestDatabase } from '../support/engines.ts'
import { until } from '../support/mail.ts'
import { startProgram } from '../support/program.ts'

/** Takes no byte: a disk that is full. */
const FULL = '/dev/full'
/** Their lines are more than what may wait, and more than a pipe holds. */
const [MANY, SOME] = [10_000, 3_000]
const AT_ONCE = 32

let database: TestDatabase
beforeEach(async () => {
  database = await engines.sqlite.newDatabase()
})
afterEach(() => database.drop())

async function ask(url: string, requests: number): Promise<void> {
  let left = requests
  const asker = async () => {
    while (left-- > 0) expect(await (await fetch(`${url}/healthz`)).text()).toContain('ok')
  }
  await Promise.all(Array.from({ length: AT_ONCE }, asker))
}

test.runIf(existsSync(FULL))('a full disk under the log', async () => {
  const full = openSync(FULL, 'w')
  const program = await startProgram(database, {}, full)
  closeSync(full)
  const agent = await signIn(program.url!, 'unlogged@example.com')
  await ask(program.url!, AT_ONCE)
  expect((await agent.post('/contacts', { name: 'Kept' })).status).toBe(201)
  program.kill('SIGTERM')
  expect(await program.exited).toBe(0)
})

test('a reader that has left', async () => {
  const program = await startProgram(database)
  program.stopReading('destroy')
  await ask(program.url!, AT_ONCE)
  expect((await clientOf(program.url!).get('/readyz')).status).toBe(200)
  program.kill('SIGTERM')
  expect(await program.exited).toBe(0)
})

test('a reader that sleeps: what waits for it is limited, and it reads on when it wakes', async () => {
  const program = await startProgram(database)
  program.stopReading('pause')
  await ask(program.url!, MANY)
  program.readAgain()
  await until(async () => {
    const { headers } = await fetch(`${program.url}/healthz`)
    return program.output().includes(headers.get('x-request-id')!)
  }, 'a line of the log')
  expect(program.output().match(/"status"/g)!.length).toBeLessThan(MANY)
  program.stopReading('pause')
  await ask(program.url!, SOME)
  program.kill('SIGTERM')
  expect(await program.exited).toBe(0)
})
