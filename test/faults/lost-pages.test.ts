// A disk that fails one sync and forgets what it was given, while the log is folded in: nothing that was answered is lost.

import { spawnSync } from 'node:child_process'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadEngine } from '../../src/store/sqlite.ts'
import { signIn } from '../support/client.ts'
import type { TestDatabase } from '../support/engines.ts'
import { startProgram } from '../support/program.ts'
import { startWriters } from './writers.ts'

const [PAGE_BYTES, LOST] = [2048, 2]
/** A little less than what the log has when it begins to be folded in. */
const LOG_BYTES = 60 << 20
const ROWS = 500

const mayCompile = spawnSync('cc', ['--version']).status === 0

/** Puts back what the disk still has of the pages that were lost, as after a power cut. */
function loseWhatNeverReachedTheDisk(folder: string, gate: string): void {
  const [state, old] = [readFileSync(join(gate, 'state')), openSync(join(gate, 'old'), 'r')]
  const file = openSync(join(folder, 'crmkit.db'), 'r+')
  const page = Buffer.alloc(PAGE_BYTES)
  for (let at = 0; at < state.length; at++) {
    if (state[at] !== LOST) continue
    readSync(old, page, 0, PAGE_BYTES, at * PAGE_BYTES)
    writeSync(file, page, 0, PAGE_BYTES, at * PAGE_BYTES)
  }
  for (const each of [old, file]) closeSync(each)
}

test.skipIf(!mayCompile)('all of the log is folded in again (skipped where there is no C compiler)', async () => {
  const home = mkdtempSync(join(tmpdir(), 'crmkit-lost-'))
  const [shim, folder, gate] = [join(home, 'lost-pages.so'), join(home, 'data'), join(home, 'gate')]
  expect(spawnSync('cc', ['-shared', '-fPIC', '-o', shim, 'test/faults/lost-pages.c', '-ldl']).status).toBe(0)
  for (const each of [folder, gate]) mkdirSync(each)
  const database: TestDatabase = { url: `sqlite:${join(folder, 'crmkit.db')}`, folder, drop: async () => {} }
  const program = await startProgram(database, { LD_PRELOAD: shim, TEST_LOST: gate })
  const client = await signIn(program.url!, 'owner@example.com')
  const writing = startWriters(client, { name: 'lost', count: 16 })
  let rows = 0
  const importSome = async () => {
    const lines = Array.from({ length: ROWS }, () => `Row ${rows++},${'n'.repeat(15_000)}`)
    expect((await client.post('/import', `name,notes\n${lines.join('\n')}`)).label('created')).toBe(String(ROWS))
  }
  while (statSync(join(folder, 'crmkit.db-wal')).size < LOG_BYTES) await importSome()
  writeFileSync(join(gate, 'now'), '')
  while (readdirSync(gate).includes('now')) await importSome()
  // Enough that the log begins anew, where what was lost is taken for folded in.
  for (let n = 0; n < 3; n++) await importSome()
  await writing.stop()
  program.kill('SIGKILL')
  await program.exited
  loseWhatNeverReachedTheDisk(folder, gate)
  const again = await startProgram(database)
  const opened = new (loadEngine().DatabaseSync)(join(folder, 'crmkit.db'), { readOnly: true })
  expect(opened.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }])
  const there = new Set(
    opened
      .prepare('SELECT id FROM contacts')
      .all()
      .map((row) => (row as { id: string }).id),
  )
  opened.close()
  expect(there.size).toBe(rows + writing.acknowledged.size)
  expect([...writing.acknowledged].filter((id) => !there.has(id))).toEqual([])
  again.kill('SIGTERM')
  expect(await again.exited).toBe(0)
  rmSync(home, { recursive: true })
})
