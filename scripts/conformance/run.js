// Runs MCP's official conformance suite against a fresh server of this build, in every revision that it has
// requirements for. Needs the npm registry, as the suite and the Node 22 that it wants are fetched for the run.
// expected-….yml names what the suite asks for that does not apply here, and why.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const SUITE = '@modelcontextprotocol/conformance@0.2.0-alpha.12'
const REVISIONS = ['2025-11-25', '2026-07-28']

const folder = mkdtempSync(join(tmpdir(), 'crmkit-conformance-'))
const server = spawn(process.execPath, ['dist/main.js'], {
  env: { PATH: process.env.PATH, HOME: folder, CRMKIT_PORT: '0', CRMKIT_DATA_DIR: folder, CRMKIT_RATE_LIMIT: '0' },
  stdio: ['ignore', 'pipe', 'ignore'],
})
const url = await new Promise((done) => {
  let said = ''
  server.stdout.on('data', (chunk) => {
    said += chunk
    const serves = /serves at (http:\S+)/.exec(said)
    if (serves) done(serves[1])
  })
})
const token = await signIn()
const proxy = await addToken()
let worst = 0
for (const revision of REVISIONS)
  worst = Math.max(worst, await suite(revision, `http://localhost:${proxy.address().port}/mcp`))
proxy.closeAllConnections()
proxy.close()
server.kill()
rmSync(folder, { recursive: true, force: true })
process.exitCode = worst

async function signIn() {
  const post = async (path, body) =>
    (await fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body) })).text()
  const email = 'conformance@example.com'
  const asked = await post('/auth/request', { email })
  const code = /^local_code: (.+)$/m.exec(asked)[1]
  return /^token: (.+)$/m.exec(await post('/auth/verify', { email, code }))[1]
}

/** The suite can't sign in, so that its requests pass a door that adds the token, and changes nothing else. */
function addToken() {
  const door = createServer((asked, answer) => {
    const headers = { ...asked.headers, authorization: `Bearer ${token}` }
    const forward = request(`${url}${asked.url}`, { method: asked.method, headers }, (response) => {
      answer.writeHead(response.statusCode, response.headers)
      response.pipe(answer)
    })
    forward.on('error', () => answer.destroy())
    asked.pipe(forward)
  })
  return new Promise((done) => door.listen(0, '127.0.0.1', () => done(door)))
}

/** Gives the exit code. */
function suite(revision, address) {
  const args = ['server', '--url', address, '--requirements', revision]
  const expected = ['--expected-failures', resolve(`scripts/conformance/expected-${revision}.yml`)]
  const output = ['--output-dir', join(folder, 'results')]
  const run = spawn('npx', ['-y', '-p', 'node@22', '-p', SUITE, 'conformance', ...args, ...expected, ...output], {
    stdio: 'inherit',
  })
  return new Promise((done) => run.once('exit', (code) => done(code ?? 1)))
}
