// The house rules, as tests that read the source; they need no database.

import { defineConfig } from 'vitest/config'

export default defineConfig({ test: { include: ['test/house/**/*.test.ts'], testTimeout: 60_000 } })
