// The tests: through the front door, on both engines. A real PostgreSQL is started for the run.

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/{api,derived,demo,mcp,oauth}/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
