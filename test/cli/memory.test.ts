// What a client asks leaves nothing behind in the memory of the program, however many different questions it asks.

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { clientOf, signIn } from '../support/client.ts'
import { engines } from '../support/engines.ts'
import { startProgram } from '../support/program.ts'

const QUESTIONS = 1_200
const MEBIBYTES_MORE_MAX = 250
/** Requests of one connection that are on their way at once. */
const IN_FLIGHT = 400

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

test.runIf(process.platform === 'linux')(
  'requests that follow each other on one connection leave nothing behind, and too many at once cut it',
  async () => {
    const database = await engines.sqlite.newDatabase()
    const program = await startProgram(database)
    const { port, host } = new URL(program.url!)
    const ask = `GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`
    const socket = connect(Number(port), '127.0.0.1')
    let answers = 0
    let rest = ''
    socket.on('data', (bytes) => {
      const parts = `${rest}${bytes}`.split('HTTP/1.1 200')
      answers += parts.length - 1
      rest = parts.at(-1)!.slice(-'HTTP/1.1 20'.length)
    })
    let sent = 0
    const askUntil = async (all: number) => {
      while (sent < all) {
        socket.write(ask.repeat(IN_FLIGHT))
        sent += IN_FLIGHT
        while (answers < sent - IN_FLIGHT) await once(socket, 'data')
      }
    }
    await askUntil(10_000)
    const before = residentMebibytes(program.pid)
    await askUntil(100_000)
    expect(residentMebibytes(program.pid) - before).toBeLessThan(MEBIBYTES_MORE_MAX / 2)
    const closed = new Promise((done) => socket.once('close', done))
    socket.on('error', () => {})
    socket.write(ask.repeat(20_000))
    await closed
    expect((await clientOf(program.url!).get('/healthz')).status).toBe(200)
    program.kill('SIGTERM')
    await program.exited
    await database.drop()
  },
)

function residentMebibytes(pid: number): number {
  const [, kibibytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!
  return Number(kibibytes) / 1024
}
