// Who is calling: a bearer token (RFC 6750) to the caller that it stands for, asked of the database at each request, or
// remembered until users, workspaces, memberships or tokens change where one process has them, so that a revoked token is
// refused by every node at once.

import { isToken } from '../accounts/token-format.ts'
import type { Caller, Connector } from '../context.ts'
import { fail } from '../errors.ts'
import type { Connection, Database, Row } from '../store/dialect.ts'
import { sha256 } from '../text/digests.ts'
import { secondsOf } from '../text/times.ts'

/** A use renews a token, but is written at most so often. */
const RENEWAL_SECONDS = 60

export interface TokenLife {
  readonly idleSeconds: number
  readonly maxSeconds: number | undefined
}

const FIND = `SELECT t.id AS token_id, t.name AS token_name, t.created_at, t.last_used_at, t.expires_at, t.minted_by, t.client_id, t.access, t.may_switch, u.id AS user_id, u.email,
  w.id AS workspace_id, w.name AS workspace_name, w.timezone, w.plan, u.plan AS user_plan, m.role, m.last_used_at AS chosen_at,
  (SELECT max(other.last_used_at) FROM memberships other WHERE other.user_id = t.user_id AND other.workspace_id <> t.workspace_id) AS others_chosen_at
  FROM tokens t JOIN users u ON u.id = t.user_id JOIN workspaces w ON w.id = t.workspace_id
  JOIN memberships m ON m.workspace_id = t.workspace_id AND m.user_id = t.user_id WHERE t.hash = ?`

/** The caller of a request with this Authorization header. Throws the 401s. */
export async function authenticate(
  database: Database,
  life: TokenLife,
  header: string | undefined,
  milliseconds: number,
): Promise<Caller> {
  const token = tokenIn(header)
  if (token === undefined) throw fail.authRequired()
  if (token.includes(' ')) throw fail.invalidToken()
  const hash = sha256(token)
  const now = secondsOf(milliseconds)
  const found = await database.read.unchangedPeople(`token ${hash}`, () => {
    // Nothing is remembered of what can't be one, so that nobody fills the memory with it.
    if (!isToken(token)) throw fail.invalidToken()
    return find(database.read, hash)
  })
  if (!found) throw fail.invalidToken()
  if (isExpired(found, life, now) || found.minters.some((minter) => isExpired(minter, life, now)))
    throw fail.tokenExpired()
  const isDue = now - found.lastUsedAt >= RENEWAL_SECONDS
  const isAnother = found.othersChosenAt >= found.chosenAt && found.chosenAt < now
  if (isDue || isAnother) await renew(database, found, isDue ? life : undefined, now)
  return found.caller
}

/** What follows `Bearer`, in any case, and its blanks; undefined where nothing does. */
function tokenIn(header = ''): string | undefined {
  const blank = header.indexOf(' ')
  if (blank < 0 || header.slice(0, blank).toLowerCase() !== 'bearer') return undefined
  return header.slice(blank).trimStart() || undefined
}

interface Life {
  readonly createdAt: number
  readonly expiresAt: number
}

interface Found extends Life {
  readonly caller: Caller
  /** The token that minted it, the one that minted that, and so on: it lives no longer than any of them. */
  readonly minters: readonly Life[]
  readonly lastUsedAt: number
  /** When the workspace was last used by the user, and when the latest of their others was; -1 where they have none. */
  readonly chosenAt: number
  readonly othersChosenAt: number
}

const MINTERS = `WITH RECURSIVE minters (id, minted_by, created_at, expires_at) AS (
  SELECT id, minted_by, created_at, expires_at FROM tokens WHERE id = ? UNION
  SELECT t.id, t.minted_by, t.created_at, t.expires_at FROM minters m JOIN tokens t ON t.id = m.minted_by)
  SELECT id, minted_by, created_at, expires_at FROM minters`

async function find(db: Connection, hash: string): Promise<Found | undefined> {
  const row = await db.one(FIND, [hash])
  if (!row) return undefined
  const minters = row.minted_by === null ? [] : await db.rows(MINTERS, [row.minted_by!])
  // One that is gone took with it what it had minted.
  if (row.minted_by !== null && minters.at(-1)?.minted_by !== null) return undefined
  return {
    minters: minters.map(lifeOf),
    ...lifeOf(row),
    caller: {
      ...{ userId: String(row.user_id), email: String(row.email) },
      ...{ role: row.role === 'admin' ? 'admin' : 'member', plan: String(row.plan), userPlan: String(row.user_plan) },
      ...{
        workspaceId: String(row.workspace_id),
        workspaceName: String(row.workspace_name),
        zone: String(row.timezone),
      },
      ...{ tokenId: String(row.token_id), tokenName: String(row.token_name) },
      connector: row.client_id === null ? undefined : connectorOf(row),
    },
    lastUsedAt: Number(row.last_used_at),
    chosenAt: Number(row.chosen_at),
    othersChosenAt: Number(row.others_chosen_at ?? -1),
  }
}

function lifeOf(row: Row): Life {
  return { createdAt: Number(row.created_at), expiresAt: Number(row.expires_at) }
}

function connectorOf(row: Row): Connector {
  return {
    clientId: String(row.client_id),
    access: row.access === 'read' ? 'read' : 'write',
    maySwitch: row.may_switch === 1,
  }
}

/** Whether a token died of being idle, or of old age. Times in seconds. */
export function isExpired(token: Life, life: TokenLife, now: number): boolean {
  return now >= token.expiresAt || (life.maxSeconds !== undefined && now >= token.createdAt + life.maxSeconds)
}

/**
 * Notes that the workspace was used, and where `life` is given that the token was. Never revives: a token that is gone, or
 * expired meanwhile, stays so. A failing disk must not stop those who read.
 */
async function renew(database: Database, found: Found, life: TokenLife | undefined, now: number): Promise<void> {
  const { tokenId, workspaceId, userId } = found.caller
  // Within one second, or where a clock was set back, the order still says which was the last.
  const chosenAt = Math.max(now, found.othersChosenAt + 1)
  await database
    .write(async (db) => {
      const token = 'UPDATE tokens SET last_used_at = ?, expires_at = ? WHERE id = ? AND expires_at > ?'
      if (life) await db.change(token, [now, now + life.idleSeconds, tokenId, now])
      const membership = 'UPDATE memberships SET last_used_at = ? WHERE workspace_id = ? AND user_id = ?'
      await db.change(membership, [chosenAt, workspaceId, userId])
    })
    .catch(() => {})
}
