// Work on PostgreSQL that rightly takes longer than a question may: a workspace that is deleted, an export that is read slowly.

import { setTimeout as aMoment } from 'node:timers/promises'
import pg from 'pg'
import { expect, test } from 'vitest'
import { engines } from '../support/engines.ts'
import { startServer } from '../support/server.ts'

/** A little more than a statement, or a transaction that idles, is given otherwise. */
const MILLISECONDS = 11_000
const PEOPLE = 4_000

test('a workspace is deleted, and an export is read, however long that takes', async () => {
  const server = await startServer(engines.postgres)
  const agent = await server.signIn()
  const notes = 'n'.repeat(5_000)
  const people = Array.from({ length: PEOPLE }, (_, at) => JSON.stringify({ type: 'contact', name: `P${at}`, notes }))
  expect((await agent.post('/import', people.join('\n'))).status).toBe(200)
  const reading = async () => {
    const headers = { authorization: `Bearer ${agent.token}` }
    const { body } = await fetch(`${server.url}/export`, { headers })
    let [text, paused] = ['', false]
    for await (const piece of body!.pipeThrough(new TextDecoderStream())) {
      text += piece
      // Long enough for all that lies between us and the database to be full.
      if (!paused) await aMoment(MILLISECONDS)
      paused = true
    }
    return text.trim().split('\n').length
  }
  const deleting = async () => {
    const gone = await agent.post('/workspaces', { name: 'Goes' })
    const path = `/workspaces/${gone.id}`
    const code = (await agent.delete(path)).label('local_code')
    const holder = new pg.Client(server.database.url)
    await holder.connect()
    await holder.query('BEGIN')
    await holder.query(`SELECT role FROM memberships WHERE workspace_id = '${gone.id}' FOR UPDATE`)
    const deleted = agent.delete(`${path}?code=${code}`)
    await aMoment(MILLISECONDS)
    await holder.query('COMMIT')
    await holder.end()
    return (await deleted).text
  }
  const [lines, deleted] = await Promise.all([reading(), deleting()])
  expect(lines).toBe(PEOPLE)
  expect(deleted).toContain('# deleted')
  await server.stop()
})
