// Runs MCP's official conformance suite against a fresh server of this build: the server in every revision that it has
// requirements for, and the authorization server; and the Inspector's command line. Needs the npm registry, as the suite and the Node 22 that it wants are
// fetched for the run. expected-….yml names what the suite asks for that does not apply here, and why.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { allow } from './person.js'

const SUITE = '@modelcontextprotocol/conformance@0.2.0-alpha.12'
const INSPECTOR = '@modelcontextprotocol/inspector@2.12.0'
const REVISIONS = ['2025-11-25', '2026-07-28']
const CALLBACK_PORT = '13579'

const folder = mkdtempSync(join(tmpdir(), 'crmkit-conformance-'))
const server = spawn(process.execPath, ['dist/main.js'], {
  env: { PATH: process.env.PATH, HOME: folder, CRMKIT_PORT: '0', CRMKIT_DATA_DIR: folder, CRMKIT_RATE_LIMIT: '0' },
  stdio: ['ignore', 'pipe', 'ignore'],
})
let printed = ''
const url = await new Promise((done) => {
  server.stdout.on('data', (chunk) => {
    printed += chunk
    const serves = /serves at (http:\S+)/.exec(printed)
    if (serves) done(serves[1])
  })
})
const token = await signIn()
const proxy = await addToken()
const results = []
for (const revision of REVISIONS) results.push(await testServer(revision))
results.push(await testAuthorization())
results.push(await inspect())
proxy.closeAllConnections()
proxy.close()
server.kill()
rmSync(folder, { recursive: true, force: true })
process.exitCode = Math.max(...results)

async function post(path, body) {
  return (await fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body) })).text()
}

async function signIn() {
  const email = 'conformance@example.com'
  const [, code] = /^local_code: (.+)$/m.exec(await post('/auth/request', { email }))
  return /^token: (.+)$/m.exec(await post('/auth/verify', { email, code }))[1]
}

/** The suite can't sign in to test a server, so that its requests pass a door that adds the token, and no more. */
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

function testServer(revision) {
  const expected = resolve(`scripts/conformance/expected-${revision}.yml`)
  const address = `http://localhost:${proxy.address().port}/mcp`
  return suite(['server', '--url', address, '--requirements', revision, '--expected-failures', expected])
}

/** Here the suite is an app, and waits for a person who walks the page that it names. */
async function testAuthorization() {
  const redirect_uris = [`http://127.0.0.1:${CALLBACK_PORT}/callback`]
  const { client_id } = JSON.parse(await post('/oauth/register', { client_name: 'Conformance', redirect_uris }))
  const args = ['--url', url, '--client-id', client_id, '--resource', `${url}/mcp`, '--port', CALLBACK_PORT]
  return suite(['authorization', ...args], (address) =>
    allow(address, 'person@example.com', (email) => printed.match(new RegExp(`for ${email}: (\\S+)`))[1]),
  )
}

/** The Inspector's command line calls the tool. */
function inspect() {
  const args = ['--cli', `${url}/mcp`, '--transport', 'http', '--header', `Authorization: Bearer ${token}`]
  const call = [
    '--method',
    'tools/call',
    '--tool-name',
    'request',
    '--tool-arg',
    'method=GET',
    '--tool-arg',
    'path=/whoami',
  ]
  return run(INSPECTOR, 'mcp-inspector', [...args, ...call])
}

/** Gives the exit code; `walk` hears of an address that a person is asked to open, once the suite listens for it. */
function suite(args, walk) {
  let said = ''
  return run(SUITE, 'conformance', [...args, '--output-dir', join(folder, 'results')], (chunk) => {
    said += chunk
    const address = /^(http\S+\/oauth\/authorize\S+)$[\s\S]*Callback server started/m.exec(said)
    if (!walk || !address) return
    walk(address[1])
    walk = undefined
  })
}

/** Runs a program of a package under the Node that it needs; gives the exit code. */
function run(packed, program, args, heard = () => {}) {
  const child = spawn('npx', ['-y', '-p', 'node@22', '-p', packed, program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  child.stdout.on('data', (chunk) => {
    process.stdout.write(chunk)
    heard(chunk)
  })
  return new Promise((done) => child.once('exit', (code) => done(code ?? 1)))
}
