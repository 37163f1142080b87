// Ten questions that a sales lead would ask, and how an agent finds the answer.

import type { Agent, Reply } from './agent.ts'
import type { Maven } from './maven.ts'

export interface Asked {
  readonly question: string
  /** The calls as they were made, with what the server answered. */
  readonly calls: readonly { readonly call: string; readonly text: string }[]
  /** What the agent says to the sales lead, where it takes more than reading. */
  readonly says?: string
}

const MANAGER = 'Dustin Brinkmann'

/** Asks all ten, in order; `hear` gets each as soon as it is answered. */
export async function askAll(agent: Agent, { teams }: Maven, hear: (asked: Asked) => void): Promise<void> {
  const plain = async (question: string, path: string) => hear({ question, calls: [await get(agent, path)] })

  hear(await addUpWonDeals(agent))
  await plain(
    'What were our biggest wins of December 2017?',
    '/deals?status=won&tags=maven&expected_close_at=gte:2017-12-01&expected_close_at=lt:2018-01-01&sort=-amount_cents&limit=5',
  )
  await plain(
    "What is the most valuable in Darcel Schlecht's open pipeline?",
    '/deals?owner=Darcel+Schlecht&status=open&sort=-amount_cents&limit=5&fields=title,amount_cents,stage',
  )
  const team = teams.get(MANAGER)!.map((name) => `"${name}"`)
  await plain(
    `How many deals did ${MANAGER}'s team lose?`,
    `/deals?status=lost&owner=in:${team.join(',').replaceAll(' ', '+')}&limit=1&fields=title,owner`,
  )
  await plain(
    'Which open deals belong to no account yet?',
    '/deals?status=open&company_id=is:null&sort=-amount_cents&limit=3&fields=title,owner,amount_cents',
  )
  await plain(
    'I think they are called "Amce Corporatoin": what do we have on them?',
    '/search?q=amce+corporatoin&limit=3',
  )
  await plain(
    'Which technology accounts have more than 10,000 people?',
    '/companies?custom.sector=in:technology,technolgy&custom.employees=gt:10000&sort=name&fields=name,custom.employees,custom.sector',
  )
  await plain(
    'Which owners do I call in Mexico?',
    '/contacts?title=Owner&company.custom.country=Mexico&sort=name&fields=name,phone,company.name',
  )
  await plain('What is overdue?', '/reminders?limit=5')
  hear(await logACall(agent))
}

/** Adding up is the agent's part: the server gives every record once, page by page. */
async function addUpWonDeals(agent: Agent): Promise<Asked> {
  const path = '/deals?status=won&tags=maven&fields=amount_cents&limit=200'
  const calls: Awaited<ReturnType<typeof get>>[] = []
  let count = 0
  let cents = 0
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const call: Awaited<ReturnType<typeof get>> = await get(agent, cursor === '' ? path : `${path}&cursor=${cursor}`)
    calls.push(call)
    count += call.answer.records.length
    for (const { values } of call.answer.records) cents += Number(values.get('amount_cents')?.text)
    cursor = call.answer.comments.find((line) => line.startsWith('next: '))?.slice('next: '.length)
  }
  return {
    question: 'How many deals did we win, and what are they worth?',
    calls: [calls[0]!, calls.at(-1)!],
    says: `${grouped(count)} deals, ${grouped(cents / 100)} dollars, on ${calls.length} pages.`,
  }
}

async function logACall(agent: Agent): Promise<Asked> {
  const found = await get(agent, '/contacts?search=maria+anders&limit=1&fields=name,company.name')
  const handle = found.answer.records[0]!.handle
  const path = `/${handle}/activities`
  const body = { kind: 'call', body: 'Wants the autumn price list.', on_behalf_of: MANAGER }
  const posted = await agent.call('POST', path, body)
  const asked = [
    found,
    { call: `POST ${path} ${JSON.stringify(body)}`, text: posted.text },
    await get(agent, `/${handle}?fields=name,activities,last_activity_at`),
    await get(agent, `/audit?target=${handle}&limit=1`),
  ]
  return { question: 'I just spoke with Maria Anders; note that down. And who put her into the books?', calls: asked }
}

async function get(agent: Agent, path: string): Promise<Reply & { readonly call: string }> {
  return { ...(await agent.call('GET', path)), call: `GET ${path}` }
}

function grouped(number: number): string {
  return number.toLocaleString('en-US')
}
