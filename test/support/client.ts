// An agent's view of the server: calls, and answers read with crmkit's own parser.

import { connect } from 'node:net'
import { type ParsedRecord, parseAnswer } from '../../src/render/parse.ts'

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON answers freely
  readonly json: () => any
  readonly records: readonly ParsedRecord[]
  readonly comments: readonly string[]
  /** The first line `name: …`. */
  readonly label: (name: string) => string | undefined
  readonly problems: readonly string[]
  /** The value of a label of the first record. */
  readonly value: (label: string) => string | undefined
  /** The bare id of the first record. */
  readonly id: string
  readonly total: number
  readonly next: string | undefined
}

export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>
}

export interface Client {
  readonly url: string
  readonly token: string | undefined
  readonly call: (method: string, path: string, body?: unknown, options?: CallOptions) => Promise<Reply>
  readonly get: (path: string, options?: CallOptions) => Promise<Reply>
  readonly post: (path: string, body?: unknown, options?: CallOptions) => Promise<Reply>
  readonly patch: (path: string, body?: unknown, options?: CallOptions) => Promise<Reply>
  readonly delete: (path: string, options?: CallOptions) => Promise<Reply>
}

export function clientOf(url: string, token?: string): Client {
  const call: Client['call'] = async (method, path, body, options = {}) => {
    const headers = { ...(token ? { authorization: `Bearer ${token}` } : {}), ...options.headers }
    const sent =
      body === undefined || typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
    const response = await fetch(new URL(path, url), { method, headers, body: sent as string })
    return replyOf(response.status, response.headers, await response.text())
  }
  return {
    ...{ url, token, call },
    get: (path, options) => call('GET', path, undefined, options),
    post: (path, body, options) => call('POST', path, body, options),
    patch: (path, body, options) => call('PATCH', path, body, options),
    delete: (path, options) => call('DELETE', path, undefined, options),
  }
}

/** Signs in as an agent on the same machine does. */
export async function signIn(url: string, email: string, more: Record<string, string> = {}): Promise<Client> {
  const anonymous = clientOf(url)
  const asked = await anonymous.post('/auth/request', { email })
  const verified = await anonymous.post('/auth/verify', { email, code: asked.label('local_code'), ...more })
  if (!verified.label('token')) throw new Error(`No sign-in: ${asked.text}${verified.text}`)
  return clientOf(url, verified.label('token'))
}

/** Every record of a list, page by page. */
export async function allPages(client: Client, path: string): Promise<ParsedRecord[]> {
  const records: ParsedRecord[] = []
  for (let cursor: string | undefined; ; ) {
    const reply = await client.get(`${path}${path.includes('?') ? '&' : '?'}${cursor ? `cursor=${cursor}` : ''}`)
    if (reply.status !== 200) throw new Error(reply.text)
    records.push(...reply.records)
    cursor = reply.next
    if (!cursor) return records
  }
}

/** Sends bytes as they are, and gives what comes back. */
export function rawRequest(url: string, bytes: string | Uint8Array): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((done, failed) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk
    })
    socket.on('end', () => done(answer))
    socket.on('close', () => done(answer))
    socket.on('error', failed)
  })
}

function replyOf(status: number, headers: Headers, text: string): Reply {
  const isText = headers.get('content-type')?.startsWith('text/plain')
  const parsed = () => (isText ? parseAnswer(text) : { records: [], comments: [], labels: new Map<string, string[]>() })
  const lazily = <T>(read: () => T) => ({ enumerable: true, get: read })
  const comment = (start: string) =>
    parsed()
      .comments.find((line) => line.startsWith(start))
      ?.slice(start.length)
  const first = () => parsed().records[0]
  return Object.defineProperties(
    {
      status,
      headers,
      text,
      json: () => JSON.parse(text),
      label: (name: string) => parsed().labels.get(name)?.[0],
      value: (label: string) => first()?.values.get(label)?.text,
    },
    {
      records: lazily(() => parsed().records),
      comments: lazily(() => parsed().comments),
      problems: lazily(() => parsed().labels.get('problem') ?? []),
      id: lazily(() => first()?.handle.split('/')[1]),
      total: lazily(() => Number(comment('total: '))),
      next: lazily(() => comment('next: ')),
    },
  ) as unknown as Reply
}
