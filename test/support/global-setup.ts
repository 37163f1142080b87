// Before all tests: builds the program and starts a real PostgreSQL from npm, also as root; afterwards stops it.

import { execFileSync } from 'node:child_process'
import type { TestProject } from 'vitest/node'
import { newPostgres } from './postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string
  }
}

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  execFileSync(process.execPath, ['scripts/build.js'], { stdio: 'inherit' })
  const postgres = await newPostgres(['max_connections=300'])
  await postgres.start()
  project.provide('postgresUrl', postgres.url)
  return async () => {
    await postgres.stop('fast')
    postgres.remove()
  }
}
