// `npm run screenshots`: the sign-in page in all its states, light and dark, on a phone and a desktop, to be looked at.

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/oauth/screenshots.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 300_000,
    hookTimeout: 60_000,
  },
})
