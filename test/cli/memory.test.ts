// What a client asks leaves nothing behind in the memory of the program, however many different questions it asks.

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { signIn } from '../support/client.ts'
import { engines } from '../support/engines.ts'
import { startProgram } from '../support/program.ts'

const QUESTIONS = 1_200
const MEBIBYTES_MORE_MAX = 250

test.runIf(process.platform === 'linux')(
  'a thousand questions of different forms take no memory for good',
  async () => {
    const database = await engines.sqlite.newDatabase()
    const program = await startProgram(database)
    const agent = await signIn(program.url!, 'many@memory.example')
    await agent.post('/contacts', { name: 'Ada' })
    const ask = (n: number) => {
      const items = (field: string, count: number) =>
        `${field}=in:${Array.from({ length: count }, (_, item) => `${field[0]}${item}`).join(',')}`
      const fields = ['title', 'name', 'phone', 'stage', 'owner', 'follow_up_note']
      return agent.get(
        `/contacts?limit=1&${fields.map((field, at) => items(field, 1 + ((n * (at + 7)) % 97))).join('&')}`,
      )
    }
    for (let n = 0; n < 100; n++) expect((await ask(n)).status).toBe(200)
    const before = residentMebibytes(program.pid)
    for (let n = 100; n < 100 + QUESTIONS; n++) expect((await ask(n)).status).toBe(200)
    expect(residentMebibytes(program.pid) - before).toBeLessThan(MEBIBYTES_MORE_MAX)
    program.kill('SIGTERM')
    await program.exited
    await database.drop()
  },
)

function residentMebibytes(pid: number): number {
  const [, kibibytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!
  return Number(kibibytes) / 1024
}
