// Addresses of servers: with user and password in them, as the database and the mail server are named, and as bases.

/**
 * Undefined where it can't be read, and where a password with an unencoded `/`, `?` or `#` has ended the host before its
 * time: the rest of the password would pass for a path, and be printed.
 */
export function serverUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  return url.hash !== '' || /@/.test(url.pathname + url.search) ? undefined : url
}

/** What paths are put behind: an address without slashes at its end. */
export function asBase(url: string): string {
  let end = url.length
  while (url[end - 1] === '/') end--
  return url.slice(0, end)
}

export const ENCODE = 'In user, password and names write / ? # @ percent-encoded: %2F %3F %23 %40.'
