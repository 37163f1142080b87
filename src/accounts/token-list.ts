// The caller's tokens, as GET /tokens lists them.

import type { Context } from '../context.ts'
import { choice, text, time } from '../declare/kinds.ts'
import { type CursorBinding, readCursor, writeCursor } from '../query/cursor.ts'
import type { ListView, RecordView } from '../render/answer.ts'
import type { Row, Value } from '../store/dialect.ts'
import { secondsOf } from '../text/times.ts'
import { TOKEN, WORKSPACE } from './handles.ts'

/** When a token dies unless it is used: idle, of old age, or with one that minted it, whichever comes first. */
const ENDS = 'CASE WHEN t.expires_at < t.created_at + ? THEN t.expires_at ELSE t.created_at + ? END'
/** For a server whose tokens die of being idle alone. */
const FOR_EVER = 2 ** 40

/**
 * Tokens with when they end, as `lives (id, minter, ends_at)`: of one user, or all. It goes up the chain of who minted
 * whom; the row without a minter has looked at all of them. `maxSeconds`: how old a token gets.
 */
export function livesOf(maxSeconds = FOR_EVER, userId?: string): { sql: string; parameters: Value[] } {
  const sql = `WITH RECURSIVE lives (id, minter, ends_at) AS (
    SELECT t.id, t.minted_by, ${ENDS} FROM tokens t${userId === undefined ? '' : ' WHERE t.user_id = ?'} UNION ALL
    SELECT l.id, t.minted_by, CASE WHEN l.ends_at < ${ENDS} THEN l.ends_at ELSE ${ENDS} END
      FROM lives l JOIN tokens t ON t.id = l.minter)`
  const mine = userId === undefined ? [] : [userId]
  return { sql, parameters: [maxSeconds, maxSeconds, ...mine, ...Array<Value>(4).fill(maxSeconds)] }
}

/** The tokens `t` of `livesOf` that end after a time (seconds), with when, in `l`. */
export const LIVE_TOKENS = 'tokens t JOIN lives l ON l.id = t.id AND l.minter IS NULL AND l.ends_at > ?'
const LIVE = `FROM ${LIVE_TOKENS} JOIN workspaces w ON w.id = t.workspace_id`

/** A page of the caller's live tokens in all workspaces, newest first. `maxSeconds`: how old one gets. Throws invalid_cursor. */
export async function listTokens(
  ctx: Context,
  maxSeconds: number | undefined,
  { limit, cursor }: { readonly limit: number; readonly cursor: string | undefined },
): Promise<ListView> {
  const { userId, workspaceId, tokenId } = ctx.caller
  const binding: CursorBinding = { secret: ctx.secret, workspaceId, identity: JSON.stringify(['tokens', userId]) }
  const position = readCursor(cursor, binding)
  const lives = livesOf(maxSeconds, userId)
  const asked = [...lives.parameters, secondsOf(ctx.now)]
  const [counted] = await ctx.db.rows(`${lives.sql} SELECT count(*) AS total ${LIVE}`, asked)
  const [after, parameters] = position
    ? [
        'AND (t.created_at < ? OR (t.created_at = ? AND t.id > ?))',
        [position.values[0]!, ...position.values] as Value[],
      ]
    : ['', []]
  const rows = await ctx.db.rows(
    `${lives.sql} SELECT t.id, t.name, t.workspace_id, w.name AS workspace_name, t.created_at, t.last_used_at, l.ends_at,
      t.client_id, t.access ${LIVE} WHERE t.user_id = ? ${after} ORDER BY t.created_at DESC, t.id LIMIT ?`,
    [...asked, userId, ...parameters, limit + 1],
  )
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  const total = Number(counted!.total)
  return {
    ...{ items: shown.map((row) => viewOf(row, tokenId)), total, totalMax: total, clipped: false },
    next: last && writeCursor({ stretch: 'values', values: [Number(last.created_at), String(last.id)] }, binding),
  }
}

function viewOf(row: Row, current: string): RecordView {
  const cells = [
    { label: 'name', kind: text, stored: row.name! },
    { label: 'workspace_id', kind: text, stored: row.workspace_id! },
    { label: `${WORKSPACE.name}.name`, kind: text, stored: row.workspace_name! },
    { label: 'created_at', kind: time, stored: row.created_at! },
    { label: 'last_used_at', kind: time, stored: row.last_used_at! },
    { label: 'expires_at', kind: time, stored: row.ends_at! },
    { label: 'client_id', kind: text, stored: row.client_id! },
    { label: 'access', kind: text, stored: row.client_id === null ? null : row.access! },
    { label: 'current', kind: yes, stored: row.id === current ? 'yes' : null },
  ]
  return { of: TOKEN, id: String(row.id), cells }
}

const yes = choice('yes', ['yes'])
