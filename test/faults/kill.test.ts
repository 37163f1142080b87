// kill -9 of the server under 64 writers: what was answered is there with its audit entry, nothing is half done, and it
// starts again by itself.

import { expect, test } from 'vitest'
import { clientOf, signIn } from '../support/client.ts'
import { onBothEngines } from '../support/engines.ts'
import { startProgram } from '../support/program.ts'
import { FULL, inspect, pause, startWriters, until } from './writers.ts'

const ROUNDS = FULL ? 50 : 3
const WRITE_MILLISECONDS_MAX = 600

onBothEngines('kill -9', (engine) => {
  test(`${ROUNDS} rounds under 64 writers`, async () => {
    const database = await engine.newDatabase()
    const acknowledged = new Set<string>()
    let token: string | undefined
    for (let round = 0; round < ROUNDS; round++) {
      const program = await startProgram(database)
      const url = program.url!
      token ??= (await signIn(url, 'owner@example.com')).token!
      const writing = startWriters(clientOf(url, token), { name: `round${round}` })
      await until('a first answer', () => writing.acknowledged.size > 0)
      await pause(Math.random() * WRITE_MILLISECONDS_MAX)
      program.kill('SIGKILL')
      await program.exited
      await writing.stop()
      for (const id of writing.acknowledged) acknowledged.add(id)
    }
    const program = await startProgram(database)
    const kept = await inspect(program.url!, token!, acknowledged)
    program.kill('SIGTERM')
    expect(await program.exited).toBe(0)
    expect(kept).toMatchObject({ lost: [], halfDone: [], doubled: [] })
    expect(kept.total).toBeGreaterThanOrEqual(acknowledged.size)
    await database.drop()
  })
})
