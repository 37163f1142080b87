// What keeps other pages out of a browser's sign-in: cookies, the check of who sent a form, and the headers of a page.

import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { REQUEST_SECONDS_MAX } from './requests.ts'

/** Browsers take `__Host-` only with Secure, for exactly this host, so that no neighbouring one can plant it. */
export function cookieName(base: string, requestId: string): string {
  return `${base.startsWith('https:') ? '__Host-' : ''}crmkit-${requestId}`
}

/** A Set-Cookie header; without a secret it removes the cookie. */
export function setCookie(base: string, requestId: string, browserSecret: string | undefined): string {
  const parts = [
    `${cookieName(base, requestId)}=${browserSecret ?? ''}`,
    'Path=/',
    'HttpOnly',
    'SameSite=Strict',
    `Max-Age=${browserSecret === undefined ? 0 : REQUEST_SECONDS_MAX}`,
    ...(base.startsWith('https:') ? ['Secure'] : []),
  ]
  return parts.join('; ')
}

/** The value of a cookie; undefined where there is none, or two, of which one was planted. */
export function readCookie(headers: IncomingHttpHeaders, name: string): string | undefined {
  const values = (headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1))
  return values.length === 1 && values[0] !== '' ? values[0] : undefined
}

/**
 * Whether a form came from a page of ours: by Origin (RFC 6454 §7), and where a browser leaves that out by
 * Sec-Fetch-Site. One that sends neither is told by the form's own key alone.
 */
export function isFromOurPage(headers: IncomingHttpHeaders, base: string): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin') return false
  return headers.origin === undefined || headers.origin === new URL(base).origin
}

/**
 * The headers of a page: nothing but its own style is loaded or run, nobody frames it, nothing keeps it. There is no
 * form-action, for Chromium holds it against the redirect that answers a form, and against the app's own after that.
 */
export function pageHeaders(style: string): Readonly<Record<string, string>> {
  const hash = createHash('sha256').update(style).digest('base64')
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; frame-ancestors 'none'`,
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=()',
    'x-robots-tag': 'noindex',
    'cache-control': 'no-store',
  }
}
