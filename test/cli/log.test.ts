// The log: what happened, never what was said. Canaries stand wherever a request can carry text; none may come out.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { errorFacts, newLog } from '../../src/operate/log.ts'
import { clientOf, rawRequest, signIn } from '../support/client.ts'
import { onBothEngines, type TestDatabase } from '../support/engines.ts'
import { type Program, startProgram } from '../support/program.ts'

const CANARY = 'canary7q3x'

onBothEngines('the log of the program', (engine) => {
  let database: TestDatabase
  let program: Program
  beforeAll(async () => {
    database = await engine.newDatabase()
    program = await startProgram(database)
  })
  afterAll(async () => {
    program.kill('SIGKILL')
    await program.exited
    await database.drop()
  })

  test('has a line of JSON with the request id for each answer, and no content', async () => {
    const agent = await signIn(program.url!, `${CANARY}@example.com`, { token_name: CANARY })
    const made = await agent.post('/contacts', {
      name: CANARY,
      email: `${CANARY}@acme.com`,
      custom: { [CANARY]: CANARY },
    })
    const headers = { 'user-agent': CANARY, cookie: `a=${CANARY}`, 'idempotency-key': CANARY, 'x-whatever': CANARY }
    const replies = [
      made,
      await agent.get(`/contacts?search=${CANARY}`, { headers }),
      await agent.get(`/contacts?${CANARY}=${CANARY}`),
      await agent.get(`/${CANARY}/${CANARY}`),
      await agent.patch(`/contacts/${made.id}`, { notes: CANARY, [CANARY]: 1 }),
      await agent.post('/contacts', `{"name":"${CANARY}`),
      await clientOf(program.url!, `ck_${CANARY}`).get('/whoami'),
      await clientOf(program.url!).post('/auth/verify', { email: `${CANARY}@example.com`, code: CANARY }),
    ]
    await rawRequest(program.url!, `GET /${CANARY} HTTP/9.9\r\nHost: ${CANARY}\r\n\r\n`)
    program.kill('SIGTERM')
    await program.exited
    const lines = program
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line))
    for (const { status, headers } of replies)
      expect(lines).toContainEqual(expect.objectContaining({ id: headers.get('x-request-id'), status, level: 30 }))
    expect(lines.some(({ route }) => route === 'POST /contacts')).toBe(true)
    expect(lines.at(-1)).toMatchObject({ level: 30, msg: 'stopping', signal: 'SIGTERM' })
    expect(program.output()).not.toContain('Stopping:')
    const logged = JSON.stringify(lines)
    expect(logged).not.toContain(CANARY)
    expect(logged).not.toContain(agent.token!.slice(3))
    expect(logged).not.toContain('example.com')
  })
})

describe('what the log says of errors', () => {
  test('is name, code and place, without the values that drivers and parsers quote', () => {
    const caught = (work: () => unknown): unknown => {
      try {
        return work()
      } catch (error) {
        return error
      }
    }
    const detail = `Key (email_key)=(${CANARY}@acme.com) already exists.`
    const errors = [
      caught(() => JSON.parse(`{"a": ${CANARY}}`)),
      caught(() => new URL(`http://[${CANARY}`)),
      caught(() => BigInt(`"${CANARY}"`)),
      caught(() => Buffer.alloc(`${CANARY}` as unknown as number)),
      Object.assign(new Error(`duplicate key value violates "x", ${detail}`), { code: '23505', detail }),
      Object.assign(new Error('outer'), { cause: new Error(`invalid input syntax for type json: "${CANARY}`) }),
      new Error(`first line\n${CANARY} on the second`),
      CANARY,
    ]
    for (const error of errors) {
      const facts = errorFacts(error)
      expect(JSON.stringify(facts)).not.toContain(CANARY)
      expect(facts.name).toBeTruthy()
    }
    expect(errorFacts(errors[4])).toMatchObject({
      errcode: '23505',
      message: 'duplicate key value violates … already exists.',
    })
    expect(errorFacts(new TypeError('x.y is not a function')).message).toBe('x.y is not a function')
    expect(errorFacts(new Error('x')).at).toContainEqual(expect.stringContaining('log.test.ts'))
  })

  test('keys that name secrets are left out even where somebody logs them', () => {
    const lines: string[] = []
    const log = newLog({ write: (line) => lines.push(line) })
    const secrets = ['authorization', 'token', 'code', 'email', 'body', 'password', 'secret', 'cookie']
    for (const key of secrets) log.info({ [key]: CANARY, headers: { [key]: CANARY } }, 'careless')
    log.error({ err: new Error(`"${CANARY}"`) }, 'internal_error')
    expect(lines).toHaveLength(secrets.length + 1)
    expect(lines.join('')).not.toContain(CANARY)
  })

  test('on a terminal a line reads like a sentence', () => {
    const lines: string[] = []
    const log = newLog({ isTTY: true, write: (line) => lines.push(line) })
    log.info({ id: 'r_1', method: 'GET', route: 'GET /contacts/:id', status: 200, milliseconds: 3 }, 'request')
    log.info({ id: 'r_2', method: 'GET', status: 404, milliseconds: 1 }, 'request')
    log.error({ id: 'r_3', err: new RangeError('too far') }, 'internal_error')
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d info {2}GET \/contacts\/:id 200 3 ms r_1\n$/)
    expect(lines[1]).toMatch(/info {2}GET \(no route\) 404 1 ms r_2\n$/)
    expect(lines[2]).toMatch(/error internal_error r_3\n {2}RangeError: too far\n {4}at /)
  })
})
