// Ten minutes of mixed load: memory must stay flat and no handle may leak.

import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { signIn } from '../test/support/client.ts'
import { FOLDER } from './databases.ts'
import { type Asking, load } from './load.ts'
import { contactOf } from './people.ts'
import { startNode } from './process.ts'
import type { Say } from './report.ts'

const MINUTES = 10
const WARM_UP_MINUTES = 2
const GROWTH_MAX = 1.25
const CLOSING_MILLISECONDS = 2_000

export async function soak(
  environment: (url: string, folder: string) => Record<string, string>,
  say: Say,
): Promise<void> {
  const folder = mkdtempSync(join(FOLDER, 'soak-'))
  const server = await startNode(['dist/main.js'], environment(`sqlite:${join(folder, 'crmkit.db')}`, folder))
  const client = await signIn(server.url, 'owner@bench.example')
  let n = 0
  const kinds: (() => Asking)[] = [
    () => ({ path: '/contacts', method: 'POST', body: JSON.stringify(contactOf(n)) }),
    () => ({ path: `/contacts?search=${['maria', 'smth', 'en'][n % 3]}&limit=10` }),
    () => ({ path: '/contacts?stage=lead&limit=20' }),
    () => ({ path: '/audit?limit=10' }),
    () => ({ path: '/contacts', method: 'POST', body: JSON.stringify({ ...contactOf(n % 1000), stage: `s${n}` }) }),
    () => ({ path: '/reminders?days=365&limit=10' }),
  ]
  const mixed = () => kinds[++n % kinds.length]!()
  let failed = 0
  const minutes: { resident: number; files: number }[] = []
  for (let minute = 0; minute < MINUTES; minute++) {
    failed += (await load(server, client.token, mixed, { seconds: 60, connections: 16 })).failed
    // The server notices a moment later that the generator has closed its connections.
    await pause(CLOSING_MILLISECONDS)
    minutes.push({ resident: server.residentBytes(), files: server.openFiles() })
  }
  await server.kill('SIGTERM')
  rmSync(folder, { recursive: true, force: true })
  const [warm, last] = [minutes[WARM_UP_MINUTES - 1]!, minutes.at(-1)!]
  say({
    what: `soak of ${MINUTES} minutes: memory at the end to that after ${WARM_UP_MINUTES}`,
    value: last.resident / warm.resident,
    target: { most: GROWTH_MAX },
  })
  say({ what: 'soak: resident memory at the end', value: last.resident / 2 ** 20, unit: 'MiB', target: { most: 300 } })
  say({ what: 'soak: open files more than after the warm-up', value: last.files - warm.files, target: { most: 2 } })
  say({ what: 'soak: requests that failed', value: failed, target: { most: 0 } })
}
