// crmkit import and export as clients: what they send, what they print, and what they leave when something breaks.

import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { progressLine, withProgress } from '../../src/cli/progress.ts'
import { type Ran, runCommand, runProgram } from '../support/command.ts'

const MEGABYTE = 1 << 20

let folder: string
let server: Server | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'crmkit-remote-'))
})
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
  rmSync(folder, { recursive: true })
})

/** A server of the test's own, so that it can answer as badly as it likes; gives the URL. */
async function answering(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  server = createServer(handle).listen(0, '127.0.0.1')
  await new Promise((done) => server!.once('listening', done))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const crmkit = (url: string, words: string[], input?: string): Promise<Ran> =>
  runCommand([...words, '--url', url], { env: { CRMKIT_TOKEN: 'ck_test', HOME: folder }, input })

test('import streams the file as it is, and prints the answer alone', async () => {
  const file = join(folder, 'contacts.csv')
  writeFileSync(file, Buffer.alloc(8 * MEGABYTE, 'name,email\n'))
  const seen: unknown[] = []
  const url = await answering((request, response) => {
    let bytes = 0
    request.on('data', (chunk) => {
      bytes += chunk.length
    })
    request.on('end', () => {
      seen.push([request.method, request.url, request.headers.authorization, bytes])
      response.end('created: 3\n')
    })
  })
  const look = await crmkit(url, ['import', file, '--dry-run'])
  expect([look.code, look.stdout, look.stderr]).toEqual([0, 'created: 3\n', ''])
  expect((await crmkit(url, ['import', '-'], 'name\nAda\n')).code).toBe(0)
  expect(seen).toEqual([
    ['POST', '/import?dry_run=true', 'Bearer ck_test', 8 * MEGABYTE],
    ['POST', '/import', 'Bearer ck_test', 9],
  ])
})

test('NDJSON that is larger than an import takes is sent in parts, each of whole lines; a table is refused', async () => {
  const file = join(folder, 'all.ndjson')
  const line = '{"type":"contact","name":"Ada"}\n'
  writeFileSync(file, Buffer.alloc(300 * MEGABYTE - ((300 * MEGABYTE) % line.length), line))
  const parts: { announced: number; bytes: number; begin: string; end: string }[] = []
  const url = await answering((request, response) => {
    const part = { announced: Number(request.headers['content-length']), bytes: 0, begin: '', end: '' }
    request.on('data', (chunk: Buffer) => {
      if (part.bytes === 0) part.begin = chunk.subarray(0, line.length).toString()
      part.bytes += chunk.length
      part.end = `${part.end}${chunk.subarray(-line.length)}`.slice(-line.length)
    })
    request.on('end', () => {
      parts.push(part)
      response.end(`created: ${parts.length}\nfaulty: 2\n`)
    })
  })
  const sent = await crmkit(url, ['import', file])
  expect([sent.code, sent.stdout]).toEqual([1, 'created: 1\nfaulty: 2\ncreated: 2\nfaulty: 2\n'])
  expect(sent.stderr).toMatch(/part 1 of 2.*part 2 of 2.*4 faulty rows were left out/s)
  expect(parts.map(({ begin, end, announced, bytes }) => [begin, end, announced === bytes])).toEqual([
    [line, line, true],
    [line, line, true],
  ])
  expect(parts.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(statSync(file).size)
  writeFileSync(file, Buffer.alloc(257 * MEGABYTE, 'name\nAda\n'))
  const table = await crmkit(url, ['import', file])
  expect([table.code, parts.length]).toEqual([1, 2])
  expect(table.stderr).toContain('has 257 MiB, and an import takes 256 MiB at most. Cut it in parts')
})

test('a file that gets shorter while it is sent ends the command, which the server would wait for', async () => {
  const file = join(folder, 'contacts.csv')
  writeFileSync(file, Buffer.alloc(64 * MEGABYTE, 'name,email\n'))
  const url = await answering((request) => {
    request.once('data', () => truncateSync(file, MEGABYTE)).resume()
  })
  const sent = await crmkit(url, ['import', file])
  expect([sent.code, sent.stderr]).toEqual([1, expect.stringContaining('became shorter while it was sent')])
})

test('a refusal before the end of the body is shown, with exit code 1', async () => {
  const file = join(folder, 'contacts.csv')
  writeFileSync(file, Buffer.alloc(MEGABYTE, 'x'))
  const url = await answering((request, response) => {
    request.resume()
    response.writeHead(401).end('error: invalid_token\nstatus: 401\nhint: Sign in.\n')
  })
  const ran = await crmkit(url, ['import', file])
  expect([ran.code, ran.stdout]).toEqual([1, ''])
  expect(ran.stderr).toContain('hint: Sign in.')
})

test('an import that breaks off says that what was carried out stays, and what to do', async () => {
  const file = join(folder, 'contacts.csv')
  writeFileSync(file, 'name\nAda\n')
  const stays = 'What was carried out by then stays. Send the whole file again: nothing is made twice.'
  const gone = await answering((request) => {
    request.resume().once('end', () => request.socket.destroy())
  })
  const ran = await crmkit(gone, ['import', file])
  expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining(`does not answer: socket hang up. ${stays}`)])
  expect((await crmkit(gone, ['import', file, '--dry-run'])).stderr).not.toContain('stays')
  expect((await crmkit('http://127.0.0.1:1', ['import', file])).stderr).not.toContain('stays')
  server!.close()
  const half = await answering((_, response) => {
    response.writeHead(200, { 'content-length': 100 })
    response.write('created: 1\n', () => response.destroy())
  })
  const cut = await crmkit(half, ['import', file])
  expect([cut.code, cut.stderr]).toEqual([1, expect.stringContaining(stays)])
})

test('without a file, a token or a server it says so', async () => {
  const missing = await crmkit('http://127.0.0.1:1', ['import', join(folder, 'none.csv')])
  expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining("can't be read")])
  const nobody = await crmkit('http://127.0.0.1:1', ['export'])
  expect([nobody.code, nobody.stderr]).toEqual([1, expect.stringContaining('does not answer')])
  const anonymous = await runCommand(['export', '--url', 'http://127.0.0.1:1'], { env: { HOME: folder } })
  expect([anonymous.code, anonymous.stderr]).toEqual([2, expect.stringContaining('CRMKIT_TOKEN')])
  expect((await crmkit('crm.example.com', ['export'])).code).toBe(1)
})

test('export writes a file that only its owner reads, once it is whole', async () => {
  const url = await answering((request, response) => response.end(`${request.url}\n`))
  const file = join(folder, 'all.csv')
  const ran = await crmkit(url, ['export', file, '--types', 'contacts', '--format', 'csv'])
  expect([ran.code, ran.stdout, ran.stderr]).toEqual([0, '', ''])
  expect(readFileSync(file, 'utf8')).toBe('/export?types=contacts&format=csv\n')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect((await crmkit(url, ['export', file])).code).toBe(1)
  expect((await crmkit(url, ['export', file, '--force'])).code).toBe(0)
  expect((await crmkit(url, ['export'])).stdout).toBe('/export?format=ndjson\n')
  expect((await crmkit(url, ['export', '--format', 'xlsx'])).code).toBe(2)
})

test('an export that breaks off leaves no file', async () => {
  const url = await answering((_, response) => {
    response.writeHead(200)
    // The beginning has arrived by then: what ends before it could be read was never reached.
    response.write('{"half":', () => setTimeout(() => response.destroy(), 200))
  })
  const file = join(folder, 'all.ndjson')
  const ran = await crmkit(url, ['export', file])
  expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('broke off')])
  expect([existsSync(file), existsSync(`${file}.part`)]).toEqual([false, false])
})

test.runIf(existsSync('/dev/full'))('an export to a disk that is full says so, once', async () => {
  const url = await answering((_, response) => response.end('{"a":1}\n'))
  const words = ['-c', 'exec "$0" dist/main.js export --url "$1" > /dev/full', process.execPath, url]
  const ran = await runProgram('/bin/sh', words, { env: { HOME: folder, CRMKIT_TOKEN: 'ck_test' } })
  expect(ran.stderr).toMatch(/^crmkit: The output can't be written: ENOSPC.*\n$/)
  expect(ran.code).toBe(1)
})

test('the token comes from a file too', async () => {
  const url = await answering((request, response) => response.end(`${request.headers.authorization}\n`))
  writeFileSync(join(folder, 'token'), 'ck_kept\n')
  const words = ['export', '--url', url, '--token-file', join(folder, 'token')]
  expect((await runCommand(words, { env: { HOME: folder } })).stdout).toBe('Bearer ck_kept\n')
  const kept = { HOME: folder, CRMKIT_TOKEN: readFileSync(join(folder, 'token'), 'utf8') }
  expect((await runCommand(['export', '--url', url], { env: kept })).stdout).toBe('Bearer ck_kept\n')
})

test('progress tells share, rate and time left on a terminal, and nothing in a pipe', async () => {
  expect(progressLine('Importing', 0, 2_500_000, 0)).toBe('Importing 0 %, 0 B of 2.5 MB, 0 B/s')
  expect(progressLine('Importing', 500_000, 2_500_000, 1)).toBe(
    'Importing 20 %, 500.0 kB of 2.5 MB, 500.0 kB/s, 4 s left',
  )
  expect(progressLine('Importing', 1_000_000, 1_000_000_000, 1)).toContain(', 17 min left')
  expect(progressLine('Exporting', 999, undefined, 1)).toBe('Exporting 999 B, 999 B/s')
  const through = async (isTTY: boolean) => {
    const written: string[] = []
    const stream = withProgress({ isTTY, write: (text) => written.push(text) }, 'Importing', 6)
    stream.end('abcdef')
    for await (const _ of stream);
    return written.join('')
  }
  expect(await through(true)).toMatch(/Importing 100 %, 6 B of 6 B, .*\n$/)
  expect(await through(false)).toBe('')
})
