// Both engines, so that a test is written once and holds on each.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { describe, inject } from 'vitest'

export interface TestDatabase {
  /** As CRMKIT_DATABASE_URL takes it. */
  readonly url: string
  readonly folder: string
  readonly drop: () => Promise<void>
}

export interface Engine {
  readonly name: 'sqlite' | 'postgres'
  readonly newDatabase: () => Promise<TestDatabase>
}

const sqlite: Engine = {
  name: 'sqlite',
  newDatabase: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'crmkit-test-'))
    const drop = async () => rmSync(folder, { recursive: true, force: true })
    return { url: `sqlite:${join(folder, 'crmkit.db')}`, folder, drop }
  },
}

let made = 0

const postgres: Engine = {
  name: 'postgres',
  newDatabase: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'crmkit-test-'))
    const name = `test_${process.pid}_${made++}`
    await onPostgres(`CREATE DATABASE ${name}`)
    const url = new URL(inject('postgresUrl'))
    url.pathname = `/${name}`
    const drop = async () => {
      await onPostgres(`DROP DATABASE ${name} WITH (FORCE)`)
      rmSync(folder, { recursive: true, force: true })
    }
    return { url: url.href, folder, drop }
  },
}

export const engines = { sqlite, postgres } as const

/** Runs the same tests on SQLite and on PostgreSQL. */
export function onBothEngines(title: string, tests: (engine: Engine) => void): void {
  describe.each([sqlite, postgres])(`${title} ($name)`, tests)
}

/** Runs a statement as the owner of the PostgreSQL server. */
export async function onPostgres(sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client(inject('postgresUrl'))
  await client.connect()
  try {
    return await client.query(sql)
  } finally {
    await client.end()
  }
}
