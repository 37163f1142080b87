// The configuration: flags, then environment, then defaults. The only reader of process.env.

import { type BlockList, isIPv4 } from 'node:net'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { behindLinks } from './settings/behind-links.ts'
import { ConfigError } from './settings/config-error.ts'
import {
  type MailSettings,
  readMail,
  readPublicUrl,
  readSignUp,
  readTrustedProxies,
  type SignUpPolicy,
} from './settings/lists.ts'
import { makeFolder } from './settings/make-folder.ts'
import { type Plan, readPlans } from './settings/plans.ts'
import { asBase, ENCODE, serverUrl } from './settings/server-url.ts'
import { DAY_SECONDS } from './text/times.ts'

export const VERSION = '0.1.0'

export interface Config {
  readonly host: string
  readonly port: number
  readonly publicUrl: string | undefined
  readonly database:
    | { readonly engine: 'sqlite'; readonly file: string }
    | { readonly engine: 'postgres'; readonly url: string }
  readonly dataDir: string
  /** Undefined: made once and kept in the data directory. */
  readonly secret: string | undefined
  /** Codes are shown on the terminal and echoed: no mail server is configured. */
  readonly localMode: boolean
  /** Undefined in local mode. */
  readonly mail: MailSettings | undefined
  readonly signUp: SignUpPolicy
  /** Proxies whose X-Forwarded-For counts. */
  readonly trustedProxies: BlockList
  /** Requests a minute and token; 0: no request rates. */
  readonly rateLimit: number
  readonly tokenIdleDays: number
  readonly tokenMaxDays: number | undefined
  readonly plans: Readonly<Record<string, Plan>>
  readonly defaultPlan: string
  /** Loopback port of the Prometheus metrics; undefined: off. */
  readonly metricsPort: number | undefined
}

export type Flags = Readonly<Record<string, unknown>>
export type Environment = Readonly<Record<string, string | undefined>>

export const SECRET_LENGTH_MIN = 16
const RATE_DEFAULT = 1200

/** Reads the settings. Throws ConfigError with a sentence that says which one is wrong and how to mend it. */
export function readConfig(flags: Flags = {}, environment: Environment = process.env): Config {
  const setting = (flag: string, variable: string): string | undefined => {
    if (flags[flag] === '') throw new ConfigError(emptyFlag(flag, variable))
    const value = flags[flag] ?? environment[variable]
    return value === undefined || value === '' ? undefined : String(value)
  }
  const number = (flag: string, variable: string, fallback: number, min: number, max: number): number => {
    const text = setting(flag, variable)
    if (text === undefined) return fallback
    if (!/^\d+$/.test(text) || Number(text) < min || Number(text) > max)
      throw new ConfigError(`${variable} must be a whole number from ${min} to ${max}, not ${JSON.stringify(text)}.`)
    return Number(text)
  }
  /** A number that need not be; `word` says so too. */
  const unless = (word: string, variable: string, min: number, max: number): number | undefined => {
    const text = setting('', variable)
    return text === undefined || text === word ? undefined : number('', variable, min, min, max)
  }
  const host = bare(setting('host', 'CRMKIT_HOST') ?? '127.0.0.1')
  const port = number('port', 'CRMKIT_PORT', 8787, 0, 65535)
  const shared = setting('', 'XDG_DATA_HOME')
  // A relative one counts as none (XDG Base Directory Specification).
  const inShared = () => (shared && isAbsolute(shared) ? shared : join(environment.HOME || homeOf(), '.local', 'share'))
  const dataDir = resolve(setting('dataDir', 'CRMKIT_DATA_DIR') ?? join(inShared(), 'crmkit'))
  const database = readDatabase(setting('database', 'CRMKIT_DATABASE_URL'), dataDir)
  const secret = setting('', 'CRMKIT_SECRET')
  if (secret !== undefined && secret.trim().length < SECRET_LENGTH_MIN)
    throw new ConfigError(
      `CRMKIT_SECRET must have at least ${SECRET_LENGTH_MIN} characters, for example: openssl rand -hex 32`,
    )
  if (database.engine === 'postgres' && secret === undefined)
    throw new ConfigError(
      'With PostgreSQL set CRMKIT_SECRET, the same on every node, for example: openssl rand -hex 32',
    )
  const smtpUrl = setting('', 'CRMKIT_SMTP_URL')
  const localMode = smtpUrl === undefined
  if (localMode && !isLoopback(host))
    throw new ConfigError(
      `Without a mail server sign-in codes are shown to whoever asks, so crmkit then serves loopback addresses only, not ${host}. Set CRMKIT_SMTP_URL, or use CRMKIT_HOST=127.0.0.1.`,
    )
  const plans = readPlans(setting('', 'CRMKIT_PLANS'))
  const defaultPlan = setting('', 'CRMKIT_DEFAULT_PLAN') ?? (localMode ? 'unlimited' : 'free')
  if (!Object.hasOwn(plans, defaultPlan))
    throw new ConfigError(
      `CRMKIT_DEFAULT_PLAN names no plan: ${JSON.stringify(defaultPlan)}. There are: ${Object.keys(plans).join(', ')}.`,
    )
  return {
    ...{ host, port, dataDir, database, secret, localMode, plans, defaultPlan },
    publicUrl: readPublicUrl(setting('publicUrl', 'CRMKIT_PUBLIC_URL')),
    mail: smtpUrl === undefined ? undefined : readMail(smtpUrl, setting('', 'CRMKIT_MAIL_FROM')),
    signUp: readSignUp(setting('', 'CRMKIT_SIGNUP')),
    trustedProxies: readTrustedProxies(setting('', 'CRMKIT_TRUST_PROXY')),
    rateLimit: number('', 'CRMKIT_RATE_LIMIT', RATE_DEFAULT, 0, 1_000_000_000),
    tokenIdleDays: number('', 'CRMKIT_TOKEN_IDLE_DAYS', 90, 1, 3650),
    tokenMaxDays: unless('none', 'CRMKIT_TOKEN_MAX_DAYS', 1, 3650),
    metricsPort: unless('off', 'CRMKIT_METRICS_PORT', 0, 65535),
  }
}

/** Often a variable of a script that is not set; the setting of another place is not what was meant then. */
function emptyFlag(flag: string, variable: string): string {
  const name = flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  return `--${name} is empty. Give it a value, or leave it out for ${variable} or the default.`
}

/** Throws ConfigError where this user has none, as a container's may. */
function homeOf(): string {
  try {
    return homedir()
  } catch {
    throw new ConfigError('This user has no home directory. Set CRMKIT_DATA_DIR, the folder where the data is kept.')
  }
}

/** Where a server is, and the token that a command sends it. */
export interface Remote {
  readonly url: string
  readonly token: string | undefined
}

/** The server that `--url` or CRMKIT_PUBLIC_URL names, else the one on this machine; the token from CRMKIT_TOKEN. */
export function readRemote(flags: Flags = {}, environment: Environment = process.env): Remote {
  const { CRMKIT_PUBLIC_URL: known, CRMKIT_PORT: port = '', CRMKIT_TOKEN: token = '' } = environment
  const url = String(flags.url ?? (known || `http://localhost:${port || 8787}`))
  if (!/^https?:\/\/[^/]/.test(url) || !URL.canParse(url)) {
    if (flags.url === undefined && !known)
      throw new ConfigError(`CRMKIT_PORT must be the port of the server, not ${JSON.stringify(port)}.`)
    const name = flags.url === undefined ? 'CRMKIT_PUBLIC_URL' : '--url'
    throw new ConfigError(`${name} must be a base URL such as https://crm.example.com, not ${JSON.stringify(url)}.`)
  }
  // A file that a token was read from ends with a line break.
  return { url: asBase(url), token: token.trim() || undefined }
}

/** How old a token gets; undefined where it lives while it is used. */
export function tokenMaxSeconds({ tokenMaxDays }: Pick<Config, 'tokenMaxDays'>): number | undefined {
  return tokenMaxDays && tokenMaxDays * DAY_SECONDS
}

/** Makes the data directory, for its owner alone; with PostgreSQL, and the secret configured, nothing is kept there. */
export function makeDataDir(config: Config): void {
  if (config.database.engine === 'sqlite') makeFolder(config.dataDir, 'CRMKIT_DATA_DIR')
}

/** Whether a host name or address can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  const name = bare(host)
  return name.toLowerCase() === 'localhost' || name === '::1' || (isIPv4(name) && name.startsWith('127.'))
}

/** An IPv6 address without the brackets that it has in a URL. */
function bare(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
}

function readDatabase(url: string | undefined, dataDir: string): Config['database'] {
  if (url === undefined) return { engine: 'sqlite', file: behindLinks(join(dataDir, 'crmkit.db')) }
  if (url === 'sqlite::memory:')
    throw new ConfigError('CRMKIT_DATABASE_URL must name a file: a database in memory would lose what was answered.')
  if (url.startsWith('sqlite:') && url.length > 'sqlite:'.length)
    return { engine: 'sqlite', file: behindLinks(resolve(url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, ''))) }
  if (/^postgres(ql)?:\/\//.test(url) && serverUrl(url)) return { engine: 'postgres', url }
  throw new ConfigError(
    `CRMKIT_DATABASE_URL must be sqlite:<file> or postgres://user:password@host:port/database. ${ENCODE}`,
  )
}
