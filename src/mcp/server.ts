// The protocol: MCP's own package speaks it, every revision from 2024-11-05 to 2026-07-28 on one path, a fresh server
// for each request and nothing kept between two. Answers are one JSON body, as nothing here takes long enough to stream.

import {
  type CallToolResult,
  createMcpHandler,
  isLegacyRequest,
  Server,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server'
import type { Connector } from '../context.ts'
import { readArguments } from './messages.ts'
import { TOOL_NAME, toolFor } from './tool.ts'

/** Clients may keep the list of tools for an hour: it changes with the version of the server alone. */
const TOOLS_FRESH_MILLISECONDS = 3_600_000
const INSTRUCTIONS =
  "The user's CRM, driven by one tool. Begin with GET /help where its description leaves a question open."

export interface ServerFacts {
  readonly version: string
  /** The brief of the tool. */
  readonly description: string
}

/** What a tool call does: arguments in, result out; it never throws. */
export type CallTool = (args: Readonly<Record<string, unknown>>) => Promise<CallToolResult>

export interface Exchange {
  readonly connector: Connector | undefined
  readonly callTool: CallTool
}

/** Serves one request of somebody who is let in; `sent` is its parsed JSON. */
export async function serveMcp(
  facts: ServerFacts,
  exchange: Exchange,
  request: Request,
  sent: unknown,
): Promise<Response> {
  const body = Array.isArray(sent) ? sent.map(withArguments) : withArguments(sent)
  const serve = () => serverFor(facts, exchange)
  if (!(await isLegacyRequest(request, body)))
    return createMcpHandler(serve, { legacy: 'reject' }).fetch(request, { parsedBody: body })
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true })
  const server = serve()
  await server.connect(transport)
  try {
    return await transport.handleRequest(request, { parsedBody: body })
  } finally {
    await server.close()
  }
}

/**
 * Arguments sent as text are read, as models slip there, and others that are no object are none: what the tool says of
 * that a model can mend, and what the package says of its schema it can't.
 */
function withArguments(message: unknown): unknown {
  if (!isObject(message) || message.method !== 'tools/call' || !isObject(message.params)) return message
  const { arguments: sent } = message.params
  if (sent === undefined || isObject(sent)) return message
  return { ...message, params: { ...message.params, arguments: typeof sent === 'string' ? objectIn(sent) : {} } }
}

function objectIn(text: string): object {
  try {
    const value = readArguments(text)
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function serverFor({ version, description }: ServerFacts, { connector, callTool }: Exchange): Server {
  const server = new Server(
    { name: 'crmkit', title: 'crmkit', version },
    {
      capabilities: { tools: {} },
      instructions: INSTRUCTIONS,
      cacheHints: { 'tools/list': { ttlMs: TOOLS_FRESH_MILLISECONDS, cacheScope: 'private' } },
    },
  )
  server.setRequestHandler('tools/list', () => ({ tools: [toolFor(connector, description)] }))
  server.setRequestHandler('tools/call', ({ params }) =>
    params.name === TOOL_NAME ? callTool(params.arguments ?? {}) : noSuchTool(),
  )
  return server
}

/** As a result rather than an error of the protocol, for that is what the model gets to read. */
function noSuchTool(): CallToolResult {
  return { content: [{ type: 'text', text: `There is one tool: ${TOOL_NAME}.` }], isError: true }
}
