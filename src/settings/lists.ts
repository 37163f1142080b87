// Settings that are more than a word or a number: the mail server, who may sign up, trusted proxies.

import { BlockList, isIP } from 'node:net'
import { addressKey, domainKey, isMailbox } from '../text/addresses.ts'
import { ConfigError } from './config-error.ts'
import { asBase, ENCODE, serverUrl } from './server-url.ts'

export type SignUpPolicy =
  | { readonly kind: 'open' }
  | { readonly kind: 'invite' }
  | { readonly kind: 'list'; readonly addresses: ReadonlySet<string>; readonly domains: ReadonlySet<string> }

export interface MailSettings {
  /** smtp:// or smtps://, with user and password where the server asks for them. */
  readonly url: string
  readonly from: { readonly name: string; readonly address: string }
}

/** Throws ConfigError; the URL may hold a password and is never repeated. */
export function readMail(url: string, from: string | undefined): MailSettings {
  if (!/^smtps?:\/\/./.test(url) || !serverUrl(url))
    throw new ConfigError(`CRMKIT_SMTP_URL must be smtp://user:password@host:port or smtps://…. ${ENCODE}`)
  if (from === undefined)
    throw new ConfigError(
      'With CRMKIT_SMTP_URL set CRMKIT_MAIL_FROM too: the address that mails come from, such as "crmkit <crm@example.com>".',
    )
  const named = /^([^<>"\r\n]*)<([^<>]+)>$/.exec(from.trim())
  const [name, address] = named ? [named[1]!.trim(), named[2]!.trim()] : ['', from.trim()]
  if (!isMailbox(address))
    throw new ConfigError(
      'CRMKIT_MAIL_FROM must be one address, such as crm@example.com or "crmkit <crm@example.com>".',
    )
  return { url, from: { name, address } }
}

/** The base of every link, without a slash at its end. Throws ConfigError. */
export function readPublicUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const url = /^https?:\/\/[^\s@?#\\]+$/.test(text) && URL.canParse(text) ? new URL(text) : undefined
  if (!url) throw new ConfigError('CRMKIT_PUBLIC_URL must be an address such as https://crm.example.com.')
  return asBase(url.href)
}

/** `open`, `invite`, or addresses and domains such as `ada@acme.com, example.org`. Throws ConfigError. */
export function readSignUp(text = 'open'): SignUpPolicy {
  const word = text.trim().toLowerCase()
  if (word === 'open' || word === 'invite') return { kind: word }
  const addresses = new Set<string>()
  const domains = new Set<string>()
  for (const item of split(text)) {
    const bare = item.startsWith('@') ? item.slice(1) : item
    const domain = bare.includes('@') ? undefined : domainKey(bare)
    if (isMailbox(item)) addresses.add(addressKey(item))
    else if (domain) domains.add(domain)
    else
      throw new ConfigError(
        `CRMKIT_SIGNUP must be open, invite, or a list of addresses and domains; ${JSON.stringify(item)} is none.`,
      )
  }
  if (addresses.size + domains.size === 0) throw new ConfigError('CRMKIT_SIGNUP lists nobody. Use open, or invite.')
  return { kind: 'list', addresses, domains }
}

/** Addresses and networks such as `10.0.0.1, 10.1.0.0/16, ::1`. Throws ConfigError. */
export function readTrustedProxies(text = ''): BlockList {
  const trusted = new BlockList()
  for (const item of split(text)) {
    const [address, bits, ...more] = item.split('/') as [string, string?, ...string[]]
    const version = isIP(address)
    const length = bits === undefined ? undefined : Number(bits)
    const family = version === 6 ? 'ipv6' : 'ipv4'
    const fits = length === undefined || (/^\d{1,3}$/.test(bits!) && length <= (version === 6 ? 128 : 32))
    if (version === 0 || !fits || more.length > 0)
      throw new ConfigError(
        `CRMKIT_TRUST_PROXY must list addresses of proxies such as 10.0.0.1 or 10.0.0.0/8; ${JSON.stringify(item)} is none.`,
      )
    if (length === undefined) trusted.addAddress(address, family)
    else trusted.addSubnet(address, length, family)
  }
  return trusted
}

function split(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}
