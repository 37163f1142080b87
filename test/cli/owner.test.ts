// The owner's commands on the database itself, beside the server that has it.

import { existsSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clientOf, signIn } from '../support/client.ts'
import { type Ran, runCommand, runProgram, settingsOf } from '../support/command.ts'
import { onBothEngines, type TestDatabase } from '../support/engines.ts'
import { type Program, startProgram } from '../support/program.ts'

/** Takes no byte. */
const FULL = '/dev/full'

onBothEngines('commands of the owner, while the server runs', (engine) => {
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

  const crmkit = (...words: string[]): Promise<Ran> => runCommand(words, { env: settingsOf(database) })
  const labelOf = ({ stdout }: Ran, label: string) => new RegExp(`^${label}: (.*)$`, 'm').exec(stdout)?.[1]

  test('token create makes one that works at once, and the audit log tells of it', async () => {
    const agent = await signIn(program.url!, 'owner-1@example.com')
    const made = await crmkit('token', 'create', '--user', 'Owner-1@example.com', '--name', 'nightly import')
    expect([made.code, made.stderr.trim()]).toEqual([0, 'Keep it; it is shown once.'])
    const minted = clientOf(program.url!, labelOf(made, 'token'))
    expect((await minted.get('/whoami')).label('token')).toBe('"nightly import"')
    const log = await agent.get('/audit?limit=1')
    expect([log.value('by'), log.value('target')]).toEqual(['owner', labelOf(made, 'token_id')])
  })

  test.runIf(existsSync(FULL))(
    'output that a full disk does not take is a sentence, and its token is revoked',
    async () => {
      await signIn(program.url!, 'owner-full@example.com')
      const toFull = (...words: string[]) =>
        runProgram('/bin/sh', ['-c', `exec "$0" dist/main.js "$@" > ${FULL}`, process.execPath, ...words], {
          env: settingsOf(database),
        })
      for (const words of [
        ['token', 'list'],
        ['token', 'create', '--user', 'owner-full@example.com'],
      ]) {
        const ran = await toFull(...words)
        expect([ran.code, ran.stderr]).toEqual([
          1,
          expect.stringMatching(/^crmkit: The output can't be written: ENOSPC/),
        ])
        expect(ran.stderr).not.toContain('    at ')
      }
      expect((await crmkit('token', 'list', '--user', 'owner-full@example.com', '--json')).json().total).toBe(1)
    },
  )

  test('token list and token revoke know everybody; what is revoked is refused at once', async () => {
    const agent = await signIn(program.url!, 'owner-2@example.com')
    const listed = (await crmkit('token', 'list', '--user', 'owner-2@example.com', '--json')).json()
    expect(listed.total).toBe(1)
    expect(JSON.stringify(listed)).not.toContain(agent.token)
    const env = { ...settingsOf(database), CRMKIT_TOKEN_MAX_DAYS: '1' }
    const [aged] = (await runCommand(['token', 'list', '--json'], { env })).json().items
    expect(Date.parse(aged.expires_at) - Date.parse(aged.created_at)).toBe(24 * 3_600_000)
    const revoked = await crmkit('token', 'revoke', listed.items[0].id)
    expect([revoked.code, revoked.stdout]).toEqual([0, `token/${listed.items[0].id} name=default\n# total: 1\n`])
    expect((await agent.get('/whoami')).label('error')).toBe('invalid_token')
    const again = await signIn(program.url!, 'owner-2@example.com')
    expect((await crmkit('token', 'revoke', '--user', 'owner-2@example.com')).code).toBe(0)
    expect((await again.get('/whoami')).status).toBe(401)
  })

  test('who finds a leaked token revokes it by itself, and no sentence repeats one', async () => {
    const agent = await signIn(program.url!, 'owner-7@example.com')
    const leaked = await crmkit('token', 'revoke', `${agent.token}\n`)
    expect([leaked.code, leaked.stdout]).toEqual([
      0,
      expect.stringMatching(/^token\/t_\S+ name=default\n# total: 1\n$/),
    ])
    expect((await agent.get('/whoami')).label('error')).toBe('invalid_token')
    const again = await crmkit('token', 'revoke', agent.token!)
    expect([again.code, again.stdout]).toEqual([1, ''])
    expect(again.stderr).toBe('crmkit: There is no token like this ck_…. See: crmkit token list\n')
  })

  test('the audit log tells of a token that was revoked', async () => {
    const agent = await signIn(program.url!, 'owner-6@example.com')
    const workspace = (await agent.get('/whoami')).label('workspace_id')!.split('/')[1]
    const minted = (await agent.post(`/workspaces/${workspace}/tokens`)).label('token_id')!
    expect((await crmkit('token', 'revoke', minted)).code).toBe(0)
    const log = await agent.get('/audit?limit=1')
    expect(['action', 'by', 'target'].map(log.value)).toEqual(['delete', 'owner', minted])
  })

  test('user list, workspace list and workspace members print what the API prints', async () => {
    const agent = await signIn(program.url!, 'owner-3@example.com')
    await agent.post('/contacts', { name: 'Counted' })
    const workspace = (await agent.get('/whoami')).label('workspace_id')!
    const users = await crmkit('user', 'list')
    expect(users.stdout).toMatch(/^user\/u_\w+ email=owner-3@example\.com .*workspaces=1 tokens=1 /m)
    const workspaces = await crmkit('workspace', 'list')
    expect(workspaces.stdout).toMatch(new RegExp(`^${workspace} name=.* members=1 contacts=1 `, 'm'))
    const path = `/workspaces/${workspace.split('/')[1]}`
    await agent.post(`${path}/invites`, { email: 'pending@example.com' })
    const members = await crmkit('workspace', 'members', workspace)
    expect(members.stdout).toBe((await agent.get(`${path}/members`)).text)
    expect(members.stdout).toMatch(/^invite\/i_\w+ email=pending@example\.com role=member status=invited /m)
  })

  test('plan set counts from the next request on', async () => {
    const agent = await signIn(program.url!, 'owner-4@example.com')
    const me = await agent.get('/whoami')
    expect(me.label('contacts')).toBe('0 / unlimited')
    expect((await crmkit('plan', 'set', me.label('workspace_id')!, 'free')).stdout).toMatch(/plan=free\n# updated\n$/)
    expect((await agent.get('/whoami')).label('contacts')).toBe('0 / 1000')
    expect((await agent.get('/audit?limit=1')).value('new.plan')).toBe('free')
    expect((await crmkit('plan', 'list')).stdout).toMatch(/^plan\/free .*contacts=1000 /m)
    expect((await crmkit('plan', 'set', 'owner-4@example.com', 'free')).stdout).toMatch(/^user\/u_\w+ .*plan=free\n/)
    expect((await agent.get('/whoami')).label('workspaces')).toBe('1 / 3')
  })

  test('audit prune removes old entries alone, and tells of itself', async () => {
    const agent = await signIn(program.url!, 'owner-5@example.com')
    await agent.post('/contacts', { name: 'Logged' })
    const kept = await crmkit('audit', 'prune', '--older-than', '30d')
    expect([kept.code, kept.stdout]).toEqual([0, '# total: 0\n'])
    expect((await agent.get('/audit')).total).toBe(1)
    expect((await crmkit('audit', 'prune', '--older-than', '3d')).code).toBe(2)
  })

  test('what is not there is a sentence and exit code 1; a wrong command line is 2', async () => {
    for (const [words, says] of [
      [['token', 'create', '--user', 'nobody@example.com'], 'crmkit user list'],
      [['token', 'revoke', 't_nothing'], 'crmkit token list'],
      [['workspace', 'members', 'w_nothing'], 'crmkit workspace list'],
      [['plan', 'set', 'w_nothing', 'unlimited'], 'crmkit workspace list'],
      [['plan', 'set', 'w_nothing', 'gold'], 'free, unlimited'],
    ] as const) {
      const ran = await crmkit(...words)
      expect([ran.code, ran.stdout], words.join(' ')).toEqual([1, ''])
      expect(ran.stderr).toMatch(/^crmkit: .*\n$/)
      expect(ran.stderr).toContain(says)
    }
    for (const words of [['token', 'revoke'], ['token', 'create'], ['nonsense'], ['--nonsense']])
      expect((await crmkit(...words)).code, words.join(' ')).toBe(2)
  })
})

test('every command explains itself with examples', async () => {
  const { code, stdout } = await runCommand(['--help'])
  expect(code).toBe(0)
  const commands = [...stdout.matchAll(/^ {2}(\w+)(?: \[options\].*|\s{2,}.*)$/gm)].map(([, name]) => name!)
  expect(commands).toEqual(expect.arrayContaining(['serve', 'doctor', 'backup', 'restore', 'migrate', 'import']))
  for (const name of ['token', 'user', 'workspace', 'plan', 'audit']) {
    const help = await runCommand([name, '--help'])
    expect(help.code).toBe(0)
    expect(help.stdout).toContain('Commands:')
  }
  for (const name of ['serve', 'doctor', 'backup', 'restore', 'migrate', 'import', 'export'])
    expect((await runCommand([name, '--help'])).stdout, name).toContain('Examples:')
  expect((await runCommand(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})

test('without a database the commands say how to make one', async () => {
  const ran = await runCommand(['user', 'list'], { env: { CRMKIT_DATA_DIR: '/tmp/crmkit-no-such-folder' } })
  expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('crmkit migrate')])
})
