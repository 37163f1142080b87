// Calls to a server over HTTP, for the commands that are its clients: streams both ways, and no time limit but the
// server's own.

import { readFileSync } from 'node:fs'
import { type IncomingMessage, request as overHttp } from 'node:http'
import { request as overHttps } from 'node:https'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import { type Flags, readRemote } from '../config.ts'
import { CommandError, EXIT } from './terminal.ts'

export function withRemote(command: Command): Command {
  return command
    .option('--url <url>', 'base URL of the server (CRMKIT_PUBLIC_URL, else this machine)')
    .option('--token-file <file>', 'file that holds the token; else CRMKIT_TOKEN')
}

export interface Call {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly query: Readonly<Record<string, string | undefined>>
  readonly accept?: string
  readonly body?: Readable
  /** How many the body has, where that is known: more than the server takes are refused before any is carried out. */
  readonly bytes?: number | undefined
  /** What is said besides where the connection breaks after it was made: the server may have done some of it. */
  readonly ifCut?: string
}

const CUT = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'])

/** The answer to a call with the token of flags or environment. Throws CommandError for an answer that is an error. */
export async function callServer(flags: Flags, call: Call): Promise<IncomingMessage> {
  const { method, path, query, accept, body, bytes, ifCut } = call
  const remote = readRemote(flags)
  const token = flags.tokenFile === undefined ? remote.token : tokenIn(String(flags.tokenFile))
  if (!token)
    throw new CommandError(
      'This needs a token: set CRMKIT_TOKEN or --token-file. The owner of the machine makes one: crmkit token create --user <email>',
      EXIT.usage,
    )
  const url = new URL(`${remote.url}${path}`)
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value)
  const headers = {
    ...{ authorization: `Bearer ${token}`, accept: accept ?? 'text/plain' },
    ...(bytes === undefined ? {} : { 'content-length': String(bytes) }),
  }
  const response = await send(url, method, headers, body).catch((error) => {
    if (error instanceof CommandError) throw error
    const more = ifCut && CUT.has(error.code) ? ` ${ifCut}` : ''
    throw new CommandError(`${remote.url} does not answer: ${error.message || error.code}.${more}`)
  })
  if (response.statusCode! < 300) return response
  throw new CommandError(`${method} ${path} was refused.\n${(await text(response)).trimEnd()}`)
}

function tokenIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    throw new CommandError(`--token-file ${file} can't be read.`, EXIT.usage)
  }
}

function send(
  url: URL,
  method: string,
  headers: Record<string, string>,
  body: Readable | undefined,
): Promise<IncomingMessage> {
  return new Promise((done, failed) => {
    const request = (url.protocol === 'https:' ? overHttps : overHttp)(url, { method, headers }, done)
    request.once('error', failed)
    if (!body) request.end()
    // A server that refuses a body before its end answers, and then closes: the answer counts.
    else pipeline(body, request).catch((error) => setImmediate(() => failed(error)))
  })
}
