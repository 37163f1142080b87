// Plans: how much of each thing a workspace may hold, built in or from a JSON file.

import { readFileSync } from 'node:fs'
import { ConfigError } from './config-error.ts'

/** What a plan can cap: workspaces for each user, the rest for each workspace. */
const CAPPED = ['workspaces', 'members', 'contacts', 'companies', 'deals']

export interface Plan {
  readonly name: string
  /** The most of each; absent: no cap. */
  readonly caps: Readonly<Record<string, number | undefined>>
}

const BUILT_IN: Readonly<Record<string, Plan>> = {
  free: { name: 'free', caps: { workspaces: 3, members: 5, contacts: 1000, companies: 1000, deals: 1000 } },
  unlimited: { name: 'unlimited', caps: {} },
}
const NAME = /^[a-z0-9][a-z0-9_-]{0,39}$/

/**
 * The built-in plans and those of a JSON file such as `{"team":{"members":25,"contacts":50000}}`; what a plan does not
 * name, or sets to null, has no cap. Throws ConfigError.
 */
export function readPlans(file: string | undefined): Readonly<Record<string, Plan>> {
  if (file === undefined) return BUILT_IN
  const read = readJson(file)
  if (!isObject(read)) throw new ConfigError(`CRMKIT_PLANS: ${file} must hold an object of plans by name.`)
  const plans: Record<string, Plan> = { ...BUILT_IN }
  for (const [name, caps] of Object.entries(read)) plans[name] = readPlan(name, caps)
  return plans
}

function readPlan(name: string, caps: unknown): Plan {
  const at = `CRMKIT_PLANS: plan ${JSON.stringify(name)}`
  if (!NAME.test(name)) throw new ConfigError(`${at} must be named by 1 to 40 of a-z 0-9 _ -.`)
  if (!isObject(caps)) throw new ConfigError(`${at} must be an object such as {"members":25}.`)
  const read: Record<string, number> = {}
  for (const [resource, cap] of Object.entries(caps)) {
    if (!CAPPED.includes(resource))
      throw new ConfigError(`${at} caps ${JSON.stringify(resource)}; it can cap ${CAPPED.join(', ')}.`)
    if (cap === null) continue
    if (!Number.isSafeInteger(cap) || Number(cap) < 0)
      throw new ConfigError(`${at}: ${resource} must be a whole number from 0 on, or null for no cap.`)
    read[resource] = Number(cap)
  }
  return { name, caps: read }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new ConfigError(`CRMKIT_PLANS: ${file} can't be read as JSON (${(error as Error).message}).`)
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
