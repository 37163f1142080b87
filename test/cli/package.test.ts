// The package as npm would publish it: installed into an empty folder without install scripts, and used, on every
// supported Node.

import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signIn } from '../support/client.ts'
import { runProgram } from '../support/command.ts'

const TARBALL_BYTES_MAX = 1_500_000
const INSTALL_MILLISECONDS_MAX = 300_000
const { version, mcpName, dependencies } = JSON.parse(readFileSync('package.json', 'utf8'))

let folder: string
let env: Record<string, string>
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'crmkit-package-'))
  env = { PATH: process.env.PATH!, HOME: process.env.HOME ?? folder }
  // The build of this run is packed; building anew would pull it from under other tests.
  const packed = await runProgram('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], {
    env,
    cwd: resolve('.'),
  })
  expect(packed.code, packed.stderr).toBe(0)
  mkdirSync(join(folder, 'empty'))
  writeFileSync(join(folder, 'empty', 'package.json'), '{"private":true}')
  const installed = await runProgram(
    'npm',
    ['install', '--ignore-scripts', '--no-audit', '--no-fund', join(folder, tarball())],
    { env, cwd: join(folder, 'empty') },
  )
  expect(installed.code, installed.stderr).toBe(0)
}, INSTALL_MILLISECONDS_MAX)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const tarball = () => readdirSync(folder).find((name) => name.endsWith('.tgz'))!
const inPackage = (...path: string[]) => join(folder, 'empty', 'node_modules', ...path)

test('is small, has no install script, and carries the licences of what is inside', () => {
  expect(statSync(join(folder, tarball())).size).toBeLessThan(TARBALL_BYTES_MAX)
  const { scripts = {} } = JSON.parse(readFileSync(inPackage('crmkit', 'package.json'), 'utf8'))
  for (const name of ['preinstall', 'install', 'postinstall', 'prepare']) expect(scripts).not.toHaveProperty(name)
  expect(Object.keys(dependencies)).toEqual(['@photostructure/sqlite'])
  const licences = readFileSync(inPackage('crmkit', 'dist', 'LICENCES.txt'), 'utf8')
  for (const name of ['commander', 'kysely', 'pg', 'pino']) expect(licences).toMatch(new RegExp(`^${name} \\d`, 'm'))
  expect(existsSync(inPackage('crmkit', 'src'))).toBe(false)
  expect(existsSync(inPackage('crmkit', 'skills', 'crmkit', 'SKILL.md'))).toBe(true)
})

test('brings the files that the page about deployment installs', () => {
  for (const [folder, names] of [
    ['systemd', ['crmkit-backup.service', 'crmkit-backup.timer', 'crmkit.service']],
    ['caddy', ['Caddyfile']],
    ['nginx', ['crmkit.conf']],
  ] as const)
    expect(readdirSync(inPackage('crmkit', 'packaging', folder)).sort()).toEqual(names)
  expect(readFileSync('docs/deploy.md', 'utf8')).toContain(
    'cp "$(npm root --global)"/crmkit/packaging/systemd/crmkit* ',
  )
})

test('its list of materials is what is inside, and nothing that only builds or tests it', async () => {
  const file = join(folder, 'sbom.json')
  const made = await runProgram(process.execPath, ['scripts/sbom.js', file], { env, cwd: resolve('.') })
  expect(made.code, made.stderr).toBe(0)
  const { bomFormat, components } = JSON.parse(readFileSync(file, 'utf8'))
  expect(bomFormat).toBe('CycloneDX')
  const names = components.map(({ name }: { name: string }) => name)
  expect(names).toEqual(expect.arrayContaining(['@photostructure/sqlite', 'commander', 'kysely', 'pg', 'pino']))
  for (const name of ['vitest', 'esbuild', 'typescript']) expect(names).not.toContain(name)
  for (const { name, purl, licenses } of components)
    expect([purl, licenses?.length], name).toEqual([expect.stringContaining('pkg:npm/'), 1])
})

test('the entry for the MCP registry fits the package', () => {
  const entry = JSON.parse(readFileSync(inPackage('crmkit', 'server.json'), 'utf8'))
  expect([entry.name, entry.version, entry.packages[0].version]).toEqual([mcpName, version, version])
  expect(entry.name).toMatch(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/)
  expect(entry.description.length).toBeLessThanOrEqual(100)
  expect(entry.packages[0].transport.url).toMatch(/\/mcp$/)
})

test.each(['this', '22', '24'])(
  'starts, signs in and answers on Node %s',
  { timeout: INSTALL_MILLISECONDS_MAX },
  async (major) => {
    const node = major === 'this' ? process.execPath : await nodeOf(major)
    const data = mkdtempSync(join(folder, 'data-'))
    const program = spawn(node, [inPackage('crmkit', 'dist', 'main.js'), '--port', '0'], {
      env: { PATH: env.PATH, HOME: data, CRMKIT_DATA_DIR: data },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const exited = new Promise((done) => program.once('exit', done))
    try {
      const url = await new Promise<string>((done, failed) => {
        let output = ''
        for (const stream of [program.stdout, program.stderr])
          stream.on('data', (chunk) => {
            output += chunk
            const serves = /serves at (http:\S+)/.exec(output)
            if (serves) done(serves[1]!)
          })
        program.once('exit', () => failed(new Error(output)))
      })
      const agent = await signIn(url, 'package@example.com')
      expect((await agent.post('/contacts', { name: 'Ada Byron', email: 'ada@acme.com' })).status).toBe(201)
      expect((await agent.get('/contacts?search=byrno')).value('name')).toBe('Ada Byron')
    } finally {
      program.kill('SIGTERM')
      expect(await exited).toBe(0)
    }
  },
)

test('npx runs its command', async () => {
  const ran = await runProgram('npx', ['crmkit', '--version'], { env, cwd: join(folder, 'empty') })
  expect([ran.code, ran.stdout]).toEqual([0, `${version}\n`])
})

/** The path of another Node, from npm. */
async function nodeOf(major: string): Promise<string> {
  const words = ['--yes', '--package', `node@${major}`, '--call', 'node -p process.execPath']
  const found = await runProgram('npx', words, { env, cwd: folder })
  expect(found.code, found.stderr).toBe(0)
  return found.stdout.trim()
}
