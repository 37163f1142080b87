// What the tool may reach: everything that a member may call, and the manual. Signing in, granting access, and the
// server's own affairs are for people and for programs that were given an address of their own.

const OUT_OF_REACH: readonly string[] = ['.well-known', 'auth', 'healthz', 'mcp', 'metrics', 'oauth', 'readyz']

/** Whether a path, decoded and split as the router sees it, is none of the tool's. */
export function isOutOfReach(segments: readonly string[]): boolean {
  return segments.some((segment, at) => segment.startsWith('.') || (at === 0 && OUT_OF_REACH.includes(segment)))
}
