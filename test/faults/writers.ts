// Many writers at once, and what they were told: only what was answered counts.

import { type Client, clientOf } from '../support/client.ts'

export const FULL = process.env.FAULTS === 'full'

export interface Writing {
  /** Ids of the contacts whose making was answered with 201. */
  readonly acknowledged: Set<string>
  /** Every other status, and how often; 0 for no answer at all. */
  readonly refused: Map<number, number>
  /** Ends the writers; resolves when each has its last answer, or knows that none comes. */
  readonly stop: () => Promise<void>
}

export interface WritersOptions {
  readonly count?: number
  /** Told apart by it in the addresses that they make. */
  readonly name: string
  /** Asks again with the same Idempotency-Key until there is an answer that says yes or no. */
  readonly retry?: boolean
}

/** Starts so many clients that make one contact after the other, each with an address of its own. */
export function startWriters(client: Client, { count = 64, name, retry = false }: WritersOptions): Writing {
  const acknowledged = new Set<string>()
  const refused = new Map<number, number>()
  let stopped = false
  const write = async (writer: number) => {
    for (let n = 0; !stopped; n++) {
      const address = `${name}-${writer}-${n}@writers.example`
      const options = retry ? { headers: { 'idempotency-key': `${name}-${writer}-${n}` } } : {}
      for (let status = 0; !stopped && (status === 0 || (retry && status >= 500)); ) {
        const reply = await client
          .post('/contacts', { name: `Writer ${writer}`, email: address }, options)
          .catch(() => undefined)
        status = reply?.status ?? 0
        if (status === 201) acknowledged.add(reply!.id)
        else {
          refused.set(status, (refused.get(status) ?? 0) + 1)
          await new Promise((done) => setTimeout(done, 20))
          if (!retry) break
        }
      }
    }
  }
  const writers = Array.from({ length: count }, (_, writer) => write(writer))
  const stop = async () => {
    stopped = true
    await Promise.all(writers)
  }
  return { acknowledged, refused, stop }
}

/** Every handle's id of a list, page by page. */
async function idsOf(client: Client, path: string, label?: string): Promise<string[]> {
  const ids: string[] = []
  for (let cursor: string | undefined; ; ) {
    const reply = await client.get(`${path}limit=200${cursor ? `&cursor=${cursor}` : ''}`)
    if (reply.status !== 200) throw new Error(reply.text)
    for (const record of reply.records)
      ids.push(label ? record.values.get(label)!.text.split('/')[1]! : record.handle.split('/')[1]!)
    cursor = reply.next
    if (!cursor) return ids
  }
}

export interface Kept {
  readonly lost: string[]
  /** Records without their one audit entry, or entries without a record. */
  readonly halfDone: string[]
  readonly doubled: string[]
  readonly total: number
}

/** Compares what is there with what was acknowledged: nothing lost, nothing half done, the counts right. */
export async function inspect(url: string, token: string, acknowledged: Iterable<string>): Promise<Kept> {
  const client = clientOf(url, token)
  const records = await idsOf(client, '/contacts?fields=email&')
  const made = await idsOf(client, '/audit?action=create&', 'target')
  const [there, logged] = [new Set(records), new Set(made)]
  const emails = new Map<string, number>()
  for (const { values } of await recordsOf(client)) {
    const email = values.get('email')!.text
    emails.set(email, (emails.get(email) ?? 0) + 1)
  }
  const usage = (await client.get('/whoami')).label('contacts')!.split(' ')[0]
  const found = (await client.get('/contacts?search=writers&limit=1')).total
  const miscounted = [
    Number(usage) === records.length,
    found === Math.min(records.length, 10_000) || found > 9_999,
    made.length === logged.size,
  ]
  return {
    lost: [...acknowledged].filter((id) => !there.has(id)),
    halfDone: [
      ...records.filter((id) => !logged.has(id)),
      ...made.filter((id) => !there.has(id)),
      ...miscounted.flatMap((right, at) => (right ? [] : [['usage', 'search', 'audit'][at]!])),
    ],
    doubled: [...emails].flatMap(([email, count]) => (count > 1 ? [email] : [])),
    total: records.length,
  }
}

async function recordsOf(client: Client) {
  const records = []
  for (let cursor: string | undefined; ; ) {
    const reply = await client.get(`/contacts?fields=email&limit=200${cursor ? `&cursor=${cursor}` : ''}`)
    records.push(...reply.records)
    cursor = reply.next
    if (!cursor) return records
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds))
}

/** Resolves when `holds` does; throws after a minute, for what only a hang takes. */
export async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  for (const started = Date.now(); !(await holds()); await pause(50))
    if (Date.now() - started > 60_000) throw new Error(`Never: ${what}`)
}
