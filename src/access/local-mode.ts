// Guards of local mode: codes are shown to whoever asks, so nobody but a program on this machine may ask.

import type { IncomingHttpHeaders } from 'node:http'
import { isLoopback } from '../config.ts'

const PORT_MAX = 65_535

/** The base URL by which a program on this machine called, from its Host header; undefined where it named another host. */
export function loopbackBase({ host }: IncomingHttpHeaders): string | undefined {
  return host !== undefined && isLoopback(hostName(host)) ? `http://${host.toLowerCase()}` : undefined
}

/** Whether a request may come from a web page, a proxy or a tunnel rather than from a program on this machine. */
export function isForeign(headers: IncomingHttpHeaders): boolean {
  if (!isLoopback(hostName(headers.host ?? ''))) return true
  if (headers.origin !== undefined && !isLoopbackOrigin(headers.origin)) return true
  for (const name in headers) if (name === 'forwarded' || name === 'via' || name.startsWith('x-forwarded-')) return true
  return false
}

function isLoopbackOrigin(origin: string): boolean {
  const match = /^https?:\/\/([^/@?#\\]+)$/.exec(origin)
  return match !== null && isLoopback(hostName(match[1]!))
}

/** The host of `host:port`, of `[::1]:port` too. */
function hostName(text: string): string {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:]*)(?::(\d{1,5}))?$/.exec(text)
  return match && Number(match[2] ?? 0) <= PORT_MAX ? match[1]! : ''
}
