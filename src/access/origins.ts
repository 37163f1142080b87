// Web pages that call us from a browser: which may reach the MCP endpoint, and what the browser is told (Fetch §3.2).

import type { IncomingHttpHeaders } from 'node:http'
import { isLoopback } from '../config.ts'

/** Apps whose pages speak MCP from the browser. */
const APP_ORIGINS: readonly string[] = [
  'https://chatgpt.com',
  'https://claude.ai',
  'https://claude.com',
  'https://insiders.vscode.dev',
  'https://vscode.dev',
]
const PREFLIGHT_SECONDS = 600

/**
 * Whether a request comes from a page that has no business here: not ours, no app's that we know, and not of a program
 * on the person's own machine. One without Origin comes from no page.
 */
export function isForeignOrigin({ origin }: IncomingHttpHeaders, base: string): boolean {
  if (origin === undefined) return false
  if (origin === new URL(base).origin || APP_ORIGINS.includes(origin)) return false
  const url = URL.canParse(origin) ? new URL(origin) : undefined
  return !(url?.origin === origin && /^https?:$/.test(url.protocol) && isLoopback(url.hostname))
}

/** Headers that let pages read an answer. Nothing here rests on cookies, so that any page may that is let in at all. */
export const readable: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'WWW-Authenticate, Mcp-Session-Id, X-Request-Id, Retry-After',
}

/** The answer to a preflight, for any who may ask: browsers send it without the token. */
export function preflight(methods: readonly string[]): Readonly<Record<string, string>> {
  return {
    ...readable,
    'access-control-allow-methods': [...methods, 'OPTIONS'].join(', '),
    'access-control-allow-headers':
      'Authorization, Content-Type, Accept, Idempotency-Key, Last-Event-ID, mcp-protocol-version, mcp-session-id, mcp-method, mcp-name',
    'access-control-max-age': String(PREFLIGHT_SECONDS),
  }
}
