// Loads both data sets over HTTP, many calls at a time, as an agent would: companies first, then what refers to them.

import type { Agent } from './agent.ts'
import type { Maven } from './maven.ts'
import type { Northwind } from './northwind.ts'

export type Body = Readonly<Record<string, unknown>>

const CALLS_AT_ONCE = 32

export interface Loaded {
  readonly companies: number
  readonly contacts: number
  readonly deals: number
}

export async function load(agent: Agent, maven: Maven, northwind: Northwind): Promise<Loaded> {
  const companies = [...maven.companies, ...northwind.companies]
  const companyIds = await postAll(agent, '/companies', companies)
  const ids = new Map<unknown, string>()
  for (const [index, { name, domain, tags }] of companies.entries()) {
    ids.set(domain, companyIds[index]!)
    if ((tags as string[]).includes('maven')) ids.set(name, companyIds[index]!)
  }
  const idOf = (key: string) => ids.get(key)
  const contacts = northwind.contacts(idOf)
  const contactIds = await postAll(agent, '/contacts', contacts)
  for (const [index, { email }] of contacts.entries()) ids.set(email, contactIds[index]!)
  const deals = await postAll(agent, '/deals', [...maven.deals(idOf), ...northwind.deals(idOf)])
  return { companies: new Set(companyIds).size, contacts: new Set(contactIds).size, deals: new Set(deals).size }
}

/** Posts every body and gives the handles of the records, in the same order. */
async function postAll(agent: Agent, path: string, bodies: readonly Body[]): Promise<string[]> {
  const handles: string[] = new Array(bodies.length)
  let next = 0
  const caller = async () => {
    for (let index = next++; index < bodies.length; index = next++) {
      const { answer } = await agent.call('POST', path, bodies[index])
      handles[index] = answer.records[0]!.handle
    }
  }
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, caller))
  return handles
}
