// crmkit migrate: a look at what would run, then the run, then nothing to do.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCommand, settingsOf } from '../support/command.ts'
import { onBothEngines } from '../support/engines.ts'

onBothEngines('crmkit migrate', (engine) => {
  test('prints the SQL without running it, runs it once, and says when there is nothing to do', async () => {
    const database = await engine.newDatabase()
    const crmkit = (...words: string[]) => runCommand(words, { env: settingsOf(database) })
    try {
      const look = await crmkit('migrate', '--dry-run')
      expect(look.code, look.stderr).toBe(0)
      expect(look.stdout).toMatch(/^-- 0001-core\n/)
      expect(look.stdout).toContain('CREATE TABLE contacts')
      expect(existsSync(join(database.folder, 'crmkit.db'))).toBe(false)
      expect((await crmkit('user', 'list')).code).toBe(1)
      const run = await crmkit('migrate')
      expect([run.code, run.stdout.split('\n')[0]]).toEqual([0, '0001-core'])
      const again = await crmkit('migrate')
      expect([again.code, again.stdout, again.stderr]).toEqual([0, '', expect.stringContaining('Nothing to do')])
      expect((await crmkit('user', 'list')).stdout).toBe('# total: 0\n')
    } finally {
      await database.drop()
    }
  })
})
