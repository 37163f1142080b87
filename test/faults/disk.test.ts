// A disk that is full, one whose fsync fails, and a power cut: writes get a stated error, reads go on, /readyz says so, and
// it recovers without a restart; what was answered is there.

import { spawnSync } from 'node:child_process'
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { loadEngine } from '../../src/store/sqlite.ts'
import { type Client, clientOf, type Reply, signIn } from '../support/client.ts'
import { runCommand, settingsOf } from '../support/command.ts'
import type { TestDatabase } from '../support/engines.ts'
import { type Program, startProgram } from '../support/program.ts'
import { FULL, inspect, pause, startWriters, until, type Writing } from './writers.ts'

const POWER_CUTS = FULL ? 10 : 2

function succeeds(command: string, ...args: string[]): boolean {
  return spawnSync(command, args).status === 0
}

function run(command: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`)
}

const home = mkdtempSync(join(tmpdir(), 'crmkit-disk-'))
const mayMount = (() => {
  const at = join(home, 'try')
  mkdirSync(at)
  return succeeds('mount', '-t', 'tmpfs', 'tmpfs', at) && succeeds('umount', at)
})()
const mayLoop = mayMount && succeeds('mkfs.ext4', '-V')
const mayCompile = succeeds('cc', '--version')

function databaseIn(folder: string): TestDatabase {
  return { url: `sqlite:${join(folder, 'crmkit.db')}`, folder, drop: async () => {} }
}

/** Writers are refused with the stated error, readers are not, and it says that it is not ready. */
async function expectRefusals(url: string, client: Client, writing: Writing, id: string): Promise<void> {
  await until('a refused write', () => (writing.refused.get(503) ?? 0) > 20)
  let refused: Reply | undefined
  // One small write may still fit into the room that larger refused ones left in the log.
  await until('a refusal of ours', async () => {
    refused = await client.post('/companies', { name: 'Refused', notes: 'n'.repeat(10_000) })
    return refused.status !== 201
  })
  expect([refused?.status, refused?.label('error')]).toEqual([503, 'not_ready'])
  expect(refused?.headers.get('retry-after')).toBe('5')
  expect((await client.get(`/contacts/${id}`)).status).toBe(200)
  expect((await client.get('/contacts?search=writer')).status).toBe(200)
  expect((await clientOf(url).get('/readyz')).status).toBe(503)
  expect((await clientOf(url).get('/healthz')).status).toBe(200)
}

async function expectRecovery(url: string, client: Client, writing: Writing): Promise<void> {
  await until('ready again', async () => (await clientOf(url).get('/readyz')).status === 200)
  const before = writing.acknowledged.size
  await until('writes go on', () => writing.acknowledged.size > before)
  await writing.stop()
  expect([...writing.refused.keys()].sort()).toEqual([503])
  expect(await inspect(url, client.token!, writing.acknowledged)).toMatchObject({ lost: [], halfDone: [], doubled: [] })
}

/** Writes until there is no room, whatever the others write meanwhile. */
function fill(path: string): void {
  const file = openSync(path, 'w')
  try {
    while (true) writeSync(file, Buffer.alloc(1 << 16))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  } finally {
    closeSync(file)
  }
}

async function endWell(program: Program): Promise<void> {
  program.kill('SIGTERM')
  expect(await program.exited).toBe(0)
}

describe.skipIf(!mayMount)('disk full (skipped where mounting is not allowed)', () => {
  test('writes are refused until there is room again', async () => {
    const folder = join(home, 'full')
    mkdirSync(folder)
    run('mount', '-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', folder)
    try {
      const program = await startProgram(databaseIn(folder))
      const client = await signIn(program.url!, 'owner@example.com')
      const { id } = await client.post('/contacts', { name: 'First Writer', email: 'first@writers.example' })
      const writing = startWriters(client, { name: 'full', count: 16 })
      await until('a first answer', () => writing.acknowledged.size > 0)
      fill(join(folder, 'filler'))
      await expectRefusals(program.url!, client, writing, id)
      unlinkSync(join(folder, 'filler'))
      await expectRecovery(program.url!, client, writing)
      await endWell(program)
    } finally {
      run('umount', '-l', folder)
    }
  })

  test.each([0, 16, 128])('a first start with room for %d KiB says where the disk is full', async (free) => {
    const folder = join(home, `first-${free}`)
    mkdirSync(folder)
    run('mount', '-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder)
    try {
      writeFileSync(join(folder, 'filler'), Buffer.alloc((256 - free) << 10))
      const program = await startProgram(databaseIn(folder))
      expect([program.url, await program.exited]).toEqual([undefined, 1])
      expect(program.output()).toContain(`crmkit: The disk is full at ${folder}. Free some space there`)
    } finally {
      run('umount', '-l', folder)
    }
  })

  test('a backup that does not fit leaves nothing', async () => {
    const [folder, small] = [join(home, 'large'), join(home, 'small')]
    for (const each of [folder, small]) mkdirSync(each)
    const env = settingsOf(databaseIn(folder))
    expect((await runCommand(['migrate'], { env })).code).toBe(0)
    // More than SQLite keeps in memory, so that it has begun to write, with a journal, when the disk is full.
    const database = new (loadEngine().DatabaseSync)(join(folder, 'crmkit.db'))
    database.exec('CREATE TABLE filler AS SELECT randomblob(8 << 20) AS bytes')
    database.close()
    run('mount', '-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', small)
    try {
      const ran = await runCommand(['backup', join(small, 'backup.db')], { env })
      expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining("can't be written")])
      expect(readdirSync(small)).toEqual([])
    } finally {
      run('umount', '-l', small)
    }
  })
})

describe.skipIf(!mayCompile)('a disk that fails (skipped where there is no C compiler)', () => {
  const shim = join(home, 'eio.so')
  beforeAll(() => run('cc', '-shared', '-fPIC', '-o', shim, 'test/faults/eio.c', '-ldl'))

  test('to read: it is stated, and the server goes on when it can be read again', async () => {
    const folder = join(home, 'eio-read')
    mkdirSync(folder)
    const trigger = join(home, 'eio-read-now')
    const before = await startProgram(databaseIn(folder))
    const { token } = await signIn(before.url!, 'owner@example.com')
    const lines = Array.from({ length: 3_000 }, (_, n) => `Person ${n},note ${n} ${'n'.repeat(500)}`)
    const imported = await clientOf(before.url!, token).post('/import', `name,notes\n${lines.join('\n')}`)
    expect(imported.label('created')).toBe('3000')
    await endWell(before)
    const program = await startProgram(databaseIn(folder), { LD_PRELOAD: shim, TEST_EIO_READ: trigger })
    const client = clientOf(program.url!, token)
    expect((await client.get('/whoami')).status).toBe(200)
    // Who calls has to be read anew then.
    expect(
      (await runCommand(['plan', 'set', 'owner@example.com', 'free'], { env: settingsOf(databaseIn(folder)) })).code,
    ).toBe(0)
    writeFileSync(trigger, '')
    for (const path of ['/whoami', '/tokens'])
      expect([path, (await client.get(path)).label('error')]).toEqual([path, 'not_ready'])
    for (const path of [
      '/contacts?search=note',
      '/contacts?notes=like:note',
      '/contacts?limit=200&fields=all',
      '/export',
    ])
      expect([path, (await client.get(path)).label('error')]).toEqual([path, 'not_ready'])
    unlinkSync(trigger)
    expect((await client.get('/contacts?search=person')).total).toBe(3_000)
    await endWell(program)
  })

  test('to sync: writes are refused until it does again', async () => {
    const folder = join(home, 'eio')
    mkdirSync(folder)
    const trigger = join(home, 'eio-now')
    const program = await startProgram(databaseIn(folder), { LD_PRELOAD: shim, TEST_EIO: trigger })
    const client = await signIn(program.url!, 'owner@example.com')
    const { id } = await client.post('/contacts', { name: 'First Writer', email: 'first@writers.example' })
    const writing = startWriters(client, { name: 'eio', count: 16 })
    await until('a first answer', () => writing.acknowledged.size > 0)
    writeFileSync(trigger, '')
    await expectRefusals(program.url!, client, writing, id)
    unlinkSync(trigger)
    await expectRecovery(program.url!, client, writing)
    await endWell(program)
  })
})

describe.skipIf(!mayLoop)('power cut (skipped where loop devices may not be mounted)', () => {
  test(`${POWER_CUTS} cuts: only what reached the disk is left, and every answered write did`, async () => {
    const [image, cut, folder] = [join(home, 'disk.img'), join(home, 'cut.img'), join(home, 'disk')]
    mkdirSync(folder)
    run('truncate', '-s', '256M', image)
    run('mkfs.ext4', '-q', image)
    const acknowledged = new Set<string>()
    let token: string | undefined
    for (let round = 0; round < POWER_CUTS; round++) {
      // The file system itself commits as late as it may, so that nothing is saved by its own timer.
      run('mount', '-o', 'loop,commit=300', image, folder)
      const program = await startProgram(databaseIn(folder))
      const client = token ? clientOf(program.url!, token) : await signIn(program.url!, 'owner@example.com')
      token = client.token
      const writing = startWriters(client, { name: `cut${round}` })
      await until('a first answer', () => writing.acknowledged.size > 0)
      await pause(Math.random() * 800)
      const answered = [...writing.acknowledged]
      // What the disk holds at this moment; the server stands still while it is copied, as in a cut.
      program.kill('SIGSTOP')
      copyFileSync(image, cut)
      program.kill('SIGKILL')
      await program.exited
      await writing.stop()
      for (const id of answered) acknowledged.add(id)
      run('umount', folder)
      copyFileSync(cut, image)
    }
    run('mount', '-o', 'loop', image, folder)
    try {
      const program = await startProgram(databaseIn(folder))
      const kept = await inspect(program.url!, token!, acknowledged)
      await endWell(program)
      expect(kept).toMatchObject({ lost: [], halfDone: [], doubled: [] })
      expect(readdirSync(folder)).toContain('crmkit.db')
    } finally {
      run('umount', '-l', folder)
      rmSync(home, { recursive: true, force: true })
    }
  })
})
