// The normal forms under which e-mail addresses and domains are compared. What a person typed is kept as it is.

import { domainToASCII } from 'node:url'

export const ADDRESS_LENGTH_MAX = 254
const DOMAIN_LENGTH_MAX = 500
const HOST = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/

/** The normal form of an address in a query string: it has no space inside, so that one was a plus sign before. */
export function addressAsked(text: string): string {
  return addressKey(text.trim().replaceAll(' ', '+'))
}

/** The form two addresses are compared in: trimmed and lower-cased, NFC. */
export function addressKey(text: string): string {
  return text.trim().normalize('NFC').toLowerCase()
}

/** Whether it looks like one address: something, an @, a host; no spaces, controls or list punctuation. */
export function isAddress(text: string): boolean {
  const trimmed = text.trim()
  if (trimmed.length > ADDRESS_LENGTH_MAX) return false
  const at = trimmed.lastIndexOf('@')
  if (at < 1 || at === trimmed.length - 1) return false
  return !/[\s\p{C}\p{Zl}\p{Zp}"(),:;<>[\]\\]/u.test(trimmed) && trimmed.indexOf('@') === at && !trimmed.endsWith('.')
}

/**
 * The form two domains are compared in: without scheme, `www.`, port, path and final dot, lower case, in ASCII (IDNA,
 * UTS 46). Undefined where what is left is no host name with at least one dot, or an IP address.
 */
export function domainKey(text: string): string | undefined {
  if (text.length > DOMAIN_LENGTH_MAX) return undefined
  let host = text.trim().toLowerCase()
  const scheme = host.indexOf('://')
  if (scheme >= 0) host = host.slice(scheme + 3)
  for (const end of ['/', '?', '#']) host = cutAt(host, end)
  host = cutAt(host, ':')
  // What a URL parser would take out, or decode, makes another host of it.
  if (/[\s%]/.test(host)) return undefined
  const ascii = domainToASCII(host).replace(/\.$/, '')
  const bare = /^www\..+\./.test(ascii) ? ascii.slice(4) : ascii
  const labels = bare.split('.')
  const last = labels.at(-1) ?? ''
  if (bare.length > 253 || labels.length < 2 || /^\d+$/.test(last)) return undefined
  return labels.every((label) => label.length <= 63 && HOST.test(label)) ? bare : undefined
}

function cutAt(text: string, end: string): string {
  const at = text.indexOf(end)
  return at < 0 ? text : text.slice(0, at)
}

/** Checked before any folding of case, which turns some other letters into ASCII. */
const VISIBLE_ASCII = /^[\x21-\x7e]+$/
const MAILBOX = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i

/** Whether mail may be sent there: one ASCII addr-spec (RFC 5321 §4.1.2) without quotes, comments or address literals. */
export function isMailbox(text: string): boolean {
  const trimmed = text.trim()
  if (trimmed.length > ADDRESS_LENGTH_MAX || !VISIBLE_ASCII.test(trimmed)) return false
  const at = trimmed.indexOf('@')
  const [local, host] = [trimmed.slice(0, at), trimmed.slice(at + 1).toLowerCase()]
  if (at < 1 || local.length > 64 || !MAILBOX.test(local)) return false
  return host.split('.').every((label) => label.length <= 63 && HOST.test(label)) && host.length > 0
}
