// The log of a SQLite database while somebody reads for long, as a backup and an export do: it grows, and is small again when
// they have ended, while others go on writing.

import { statSync } from 'node:fs'
import { expect, test } from 'vitest'
import { loadEngine } from '../../src/store/sqlite.ts'
import { clientOf, signIn } from '../support/client.ts'
import { engines } from '../support/engines.ts'
import { startProgram } from '../support/program.ts'

const MEBIBYTES = 1 << 20
const HELD = 110 * MEBIBYTES
const GIVEN_BACK = 100 * MEBIBYTES
const AT_ONCE = 32

test('a log that a reader held is folded in while others write, and given back; nothing is lost', async () => {
  const database = await engines.sqlite.newDatabase()
  const file = database.url.slice('sqlite:'.length)
  const program = await startProgram(database)
  const agent = await signIn(program.url!, 'long@log.example')
  let made = 0
  const bytesOfLog = () => statSync(`${file}-wal`).size
  const write = async () => {
    const body = { name: `Contact ${made}`, custom: { text: `${made++} `.repeat(3_000).slice(0, 15_000) } }
    expect((await agent.post('/contacts', body)).status).toBe(201)
  }
  const writeWhile = async (goesOn: () => boolean) => {
    while (goesOn()) await Promise.all(Array.from({ length: AT_ONCE }, write))
  }
  const reader = new (loadEngine().DatabaseSync)(file, { readOnly: true })
  reader.exec('BEGIN; SELECT count(*) FROM contacts')
  await writeWhile(() => bytesOfLog() < HELD)
  reader.exec('ROLLBACK')
  reader.close()
  await writeWhile(() => bytesOfLog() > GIVEN_BACK)
  program.kill('SIGKILL')
  await program.exited
  const again = await startProgram(database)
  const { text } = await clientOf(again.url!, agent.token).get('/contacts?limit=1')
  expect(text).toContain(`# total: ${made}\n`)
  again.kill('SIGTERM')
  expect(await again.exited).toBe(0)
  await database.drop()
})
