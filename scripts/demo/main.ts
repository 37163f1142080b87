// `npm run demo`: starts a server on a scratch file, signs in, loads two data sets over HTTP as an agent would, asks ten
// questions that a sales lead would ask, and prints each call with its answer.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { signIn } from './agent.ts'
import { load } from './load.ts'
import { readMaven } from './maven.ts'
import { readNorthwind } from './northwind.ts'
import { type Asked, askAll } from './questions.ts'

const LINES_SHOWN_MAX = 10

const print = (line: string) => process.stdout.write(`${line}\n`)
const folder = mkdtempSync(join(tmpdir(), 'crmkit-demo-'))
const server = startServer(folder)
try {
  await demonstrate(await server.url)
} finally {
  server.stop()
  await server.exited
  rmSync(folder, { recursive: true, force: true })
}

async function demonstrate(url: string): Promise<void> {
  const data = fileURLToPath(new URL('../demo/data', import.meta.url))
  print(`A server on a scratch file answers at ${url}. Signing in as sales-lead@example.com.`)
  const agent = await signIn(url, 'sales-lead@example.com')
  const [maven, northwind] = [readMaven(join(data, 'maven')), readNorthwind(join(data, 'northwind'))]
  const started = performance.now()
  const { companies, contacts, deals } = await load(agent, maven, northwind)
  const seconds = (performance.now() - started) / 1000
  const each = Math.round((companies + contacts + deals) / seconds)
  print(
    `Loaded ${companies} companies, ${contacts} contacts, ${deals} deals in ${seconds.toFixed(1)} s: ${each} writes a second.`,
  )
  let number = 0
  await askAll(agent, maven, (asked) => print(told(asked, ++number)))
}

function told({ question, calls, says }: Asked, number: number): string {
  const lines = calls.flatMap(({ call, text }) => [`> ${call}`, ...shortened(text.trimEnd().split('\n'))])
  return ['', `${number}. ${question}`, ...lines, ...(says ? [`= ${says}`] : [])].join('\n')
}

/** A page of 200 records needs not be read to be believed. */
function shortened(lines: readonly string[]): string[] {
  if (lines.length <= LINES_SHOWN_MAX) return [...lines]
  const left = lines.length - LINES_SHOWN_MAX
  return [...lines.slice(0, LINES_SHOWN_MAX - 2), `(${left} lines more)`, ...lines.slice(-2)]
}

/** The very program that `npm start` runs, on a free port. */
function startServer(folder: string) {
  const program = fileURLToPath(new URL('./main.js', import.meta.url))
  const child = spawn(process.execPath, [program, '--port', '0', '--data-dir', folder], {
    // Nothing is inherited: the demonstration must not find its way to somebody's real database.
    env: { CRMKIT_RATE_LIMIT: '0' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const exited = new Promise<void>((done) => child.once('exit', () => done()))
  const url = new Promise<string>((done, failed) => {
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
      const serves = /serves at (http:\S+)/.exec(output)
      if (serves) done(serves[1]!)
    })
    child.once('exit', () => failed(new Error(`The server did not start: ${output}`)))
  })
  return { url, exited, stop: () => child.kill('SIGTERM') }
}
