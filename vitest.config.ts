// The tests: through the front door, on both engines. A real PostgreSQL is started for the run.

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/{api,cli,derived,demo,mcp,oauth}/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Not a measure of anything: only a test that hangs gets there, also on a busy machine.
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
})
