// The thread that folds the log of SQLite in: who commits does not wait for it until little is left.

import { openSync, readSync } from 'node:fs'
import { expect, test } from 'vitest'
import { enginePath, loadEngine } from '../../src/store/sqlite.ts'
import { foldAside } from '../../src/store/sqlite-log.ts'
import { engines } from '../support/engines.ts'

const FRAMES_MAX = 1_000

test('a long log is begun to be folded in without waiting, and is folded in to its end', async () => {
  const database = await engines.sqlite.newDatabase()
  const file = database.url.slice('sqlite:'.length)
  const writer = new (loadEngine().DatabaseSync)(file)
  writer.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (x BLOB)')
  writer.exec(
    'WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 4000) INSERT INTO t SELECT zeroblob(4000) FROM n',
  )
  const folding = foldAside(enginePath(), file, FRAMES_MAX)
  const index = openSync(`${file}-shm`, 'r')
  const left = () => {
    const head = new Uint32Array(25)
    readSync(index, head, 0, head.byteLength, 0)
    return head[4]! - head[24]!
  }
  const all = left()
  expect(all).toBeGreaterThan(FRAMES_MAX)
  await folding.between()
  expect(left()).toBe(all)
  while (left() > 0) await folding.between()
  await folding.stop()
  writer.close()
  folding.close()
  await database.drop()
})
