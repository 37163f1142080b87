// Redirect addresses: which ones a client may register, when one that is asked for is among them, and where it leads
// (OAuth 2.1 §2.3 and §4.1.1; RFC 8252 §7; RFC 9700 §2.1 and §4.1).

import { isLoopback } from '../config.ts'

const LENGTH_MAX = 2_000
const WEB = /^(https?):\/\/([^/?]*)((?:[/?].*)?)$/
const PRIVATE_USE = /^([a-z][a-z0-9+.-]*):\/\/[a-zA-Z0-9.-]+(?:[/?].*)?$/

/** Schemes that known editors own on a person's machine. Any other scheme could belong to any program. */
const EDITORS: Readonly<Record<string, string>> = {
  antigravity: 'Antigravity',
  'code-oss': 'Code - OSS',
  cursor: 'Cursor',
  kiro: 'Kiro',
  trae: 'Trae',
  vscode: 'VS Code',
  'vscode-insiders': 'VS Code Insiders',
  vscodium: 'VSCodium',
  windsurf: 'Windsurf',
  zed: 'Zed',
}

/** Hosts of apps that people connect, by which the consent page tells the expected from the odd. */
const KNOWN_HOSTS: readonly string[] = [
  'chat.openai.com',
  'chatgpt.com',
  'claude.ai',
  'claude.com',
  'insiders.vscode.dev',
  'vscode.dev',
  'www.cursor.com',
]

/**
 * Why an address may not be registered, as words after "it", or undefined where it may. Only the one form that every
 * parser reads alike is taken: printable ASCII, as the WHATWG URL parser would write it, without user, fragment or
 * wildcard.
 */
export function redirectFault(uri: string): string | undefined {
  if (uri.length > LENGTH_MAX) return `has more than ${LENGTH_MAX} characters`
  if (!/^[\x21-\x7e]+$/.test(uri) || /[\\"<>^`{|}*]/.test(uri)) return 'holds characters that no address may hold'
  if (uri.includes('#')) return 'has a fragment'
  let url: URL
  try {
    url = new URL(uri)
  } catch {
    return 'is no absolute address'
  }
  if (url.username || url.password || uri.slice(0, uri.indexOf('/', url.protocol.length + 2)).includes('@'))
    return 'names a user'
  if (url.href !== uri && url.href !== `${uri}/`) return `is not written plainly; write ${url.href}`
  if (url.protocol === 'https:') return url.hostname.endsWith('.') ? 'has a host that ends in a dot' : undefined
  if (url.protocol === 'http:')
    return isLoopback(url.hostname) ? undefined : 'is http; only https, and http on a loopback address, are taken'
  const scheme = PRIVATE_USE.exec(uri)?.[1]
  return scheme !== undefined && Object.hasOwn(EDITORS, scheme)
    ? undefined
    : 'has a scheme of no known editor; take https, or http on a loopback address'
}

/**
 * Whether a client that registered `registered` may be sent to `asked`: exactly one of them, but for the port of a
 * loopback address, which a program on the person's machine takes when it starts (RFC 8252 §7.3).
 */
export function redirectAllowed(registered: readonly string[], asked: string): boolean {
  if (redirectFault(asked) !== undefined) return false
  return registered.some((uri) => uri === asked || (isLoopbackHttp(uri) && withoutPort(uri) === withoutPort(asked)))
}

export interface Destination {
  /** What the person is shown: a host, or the name of an editor. */
  readonly host: string
  readonly kind: 'known' | 'this computer' | 'editor' | 'unknown'
}

/** Where an allowed address leads. */
export function destinationOf(uri: string): Destination {
  const url = new URL(uri)
  if (url.protocol === 'http:') return { host: url.hostname, kind: 'this computer' }
  const editor = EDITORS[url.protocol.slice(0, -1)]
  if (editor !== undefined) return { host: editor, kind: 'editor' }
  return { host: url.host, kind: KNOWN_HOSTS.includes(url.host) ? 'known' : 'unknown' }
}

/** The address with parameters added to its query, which is otherwise kept as it is. */
export function withParameters(uri: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const added = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  )
  return `${uri}${uri.includes('?') ? '&' : '?'}${added.join('&')}`
}

function isLoopbackHttp(uri: string): boolean {
  const [, scheme, authority] = WEB.exec(uri) ?? []
  return scheme === 'http' && isLoopback(new URL(uri).hostname) && authority !== undefined
}

function withoutPort(uri: string): string | undefined {
  const [, scheme, authority, rest] = WEB.exec(uri) ?? []
  return scheme === 'http' ? `${authority!.replace(/:\d+$/, '')}${rest === '' ? '/' : rest}` : undefined
}
