// The examples of the documents about the command line, run as they stand; and the skill, followed by its letter.

import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { signIn } from '../support/client.ts'
import { settingsOf } from '../support/command.ts'
import { runShell, shellBlocks } from '../support/documents.ts'
import { engines } from '../support/engines.ts'
import { startProgram } from '../support/program.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

describe.each(['docs/cli.md', 'docs/upgrade-and-backup.md', 'docs/deploy.md'])('%s', (path) => {
  test('has examples that work, beside a running server, or says why they are not run', async () => {
    const blocks = shellBlocks(path)
    expect(blocks.length).toBeGreaterThan(2)
    const database = await engines.sqlite.newDatabase()
    cleanups.push(database.drop)
    const program = await startProgram(database)
    cleanups.push(() => {
      program.kill('SIGKILL')
      return program.exited
    })
    await signIn(program.url!, 'you@example.com')
    const script = blocks.filter(({ notRun }) => notRun === undefined).map(({ code }) => code)
    const port = new URL(program.url!).port
    const ran = await runShell(script.join('\n').replaceAll(':8787', `:${port}`), database.folder, settingsOf(database))
    expect(ran.code, `${ran.stdout}${ran.stderr}`).toBe(0)
  })
})

describe('skills/crmkit/SKILL.md', () => {
  const path = 'skills/crmkit/SKILL.md'

  test('has the head that the format asks for', () => {
    const [, head, body] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(readFileSync(path, 'utf8'))!
    const fields = Object.fromEntries(head!.split('\n').map((line) => line.split(/: (.*)/).slice(0, 2)))
    expect(fields.name).toBe('crmkit')
    expect(fields.description!.length).toBeLessThanOrEqual(1024)
    expect(Object.keys(fields).sort()).toEqual(['compatibility', 'description', 'license', 'name'])
    expect(body!.split('\n').length).toBeLessThan(500)
  })

  test('takes an agent from nothing to a first query', async () => {
    const database = await engines.sqlite.newDatabase()
    cleanups.push(database.drop)
    const port = String(await freePort())
    // What a reader fills in: the code and the token that the answers before have.
    const script = shellBlocks(path)
      .map(({ code }) => code)
      .join('\n')
      .replaceAll(':8787', `:${port}`)
      .replace('npx -y crmkit', 'npx')
      .replace(/^curl .*auth\/request.*$/m, (call) => `CODE=$(${call} | sed -n 's/^local_code: //p')`)
      .replace('"code":"123456"', `"code":"'$CODE'"`)
      .replace(/^curl .*auth\/verify.*$/m, (call) => `TOKEN=$(${call} | sed -n 's/^token: //p')`)
      .replace('CRM_TOKEN=ck_…', 'CRM_TOKEN=$TOKEN')
    const env = { ...settingsOf(database), CRMKIT_PORT: port }
    const ran = await runShell(`trap 'kill %1' EXIT\n${script}`, database.folder, env)
    expect(ran.code, `${ran.stdout}${ran.stderr}`).toBe(0)
    expect(ran.stdout).toContain('user: you@example.com')
    expect(ran.stdout).toContain('# crmkit manual')
    expect(ran.stdout).toMatch(/^contact\/c_\w+ name="Ada Byron".*\n# created$/m)
    expect(ran.stdout.match(/^contact\/c_\w+ name="Ada Byron".*\n# total: 1$/gm)).toHaveLength(2)
    expect(ran.stdout).not.toMatch(/^error:/m)
  })
})

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => done(port))
    })
  })
}
