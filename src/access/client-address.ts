// Whose address a request comes from: the socket's, or what trusted proxies say of it.

import { type BlockList, isIP, isIPv6 } from 'node:net'

/**
 * The address of the client. X-Forwarded-For counts only where the request came from a trusted proxy, and is read from
 * its end: the first address that is no trusted proxy is the client.
 */
export function clientAddress(remote: string, forwardedFor: string | undefined, trusted: BlockList): string {
  let client = plain(remote)
  const hops = forwardedFor?.split(',').map((hop) => plain(hop.trim())) ?? []
  while (hops.length > 0 && isTrusted(client, trusted)) {
    const hop = hops.pop()!
    if (isIP(hop) === 0) break
    client = hop
  }
  return client
}

/** What rates are counted under: an IPv4 address, or the /64 network that one customer has of IPv6. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  const [head, tail] = address.split('%')[0]!.split('::') as [string, string?]
  const groups = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : 8 - groups.length - after.length
  const all = [...groups, ...Array<string>(Math.max(0, zeros)).fill('0'), ...after]
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}

/** Without the prefix of an IPv4 address in IPv6 (RFC 4291 §2.5.5.2), brackets, or a port behind an IPv4 address. */
function plain(address: string): string {
  if (!address.includes(':')) return address
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped) return mapped[1]!
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(address)
  if (bracketed) return bracketed[1]!
  const withPort = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(address)
  return withPort ? withPort[1]! : address
}

function isTrusted(address: string, trusted: BlockList): boolean {
  const version = isIP(address)
  return version !== 0 && trusted.check(address, version === 6 ? 'ipv6' : 'ipv4')
}
