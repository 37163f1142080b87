// Mails on their way: a row is written in the transaction that wants the mail, and sent afterwards by whichever node
// claims it. Sealed, for a mail may hold a code.

import type { OpenContext } from '../context.ts'
import { newId } from '../declare/handles.ts'
import type { Connection } from '../store/dialect.ts'
import { seal, unseal } from '../text/seal.ts'
import { DAY_SECONDS, secondsOf } from '../text/times.ts'
import type { Mail } from './messages.ts'

const MAILS_AN_HOUR_MAX = 10
/** Whoever may invite can have others mailed, who need the rest for their codes. */
const INVITES_AN_HOUR_MAX = 3
/** Longer than the slowest mail server may take, so that no other node sends the same mail meanwhile. */
const CLAIM_SECONDS = 120
/** A row that is done with stays so long, for the limit that counts it and for whoever looks why a mail did not come. */
export const DONE_SECONDS_MAX = DAY_SECONDS
/** As mail servers do: after so long nobody tries any more. */
const GIVE_UP_SECONDS = 3 * DAY_SECONDS
const PAUSE_SECONDS_MAX = 600
/** Those of a clock that was ahead, and was put right, count as little as those of long ago. */
const HOUR_SECONDS = 3600
const PURPOSE = 'outbox'
const ID_LENGTH = 16
const TROUBLE_LENGTH_MAX = 200

/** Whether the address has had its mails for this hour, or those of them that may be invites. */
export async function mailsUsedUp(ctx: OpenContext, recipient: string, kind?: 'invite'): Promise<boolean> {
  const now = secondsOf(ctx.now)
  const [row] = await ctx.db.rows(
    `SELECT count(*) AS mails, count(CASE WHEN kind = 'invite' THEN 1 END) AS invites FROM outbox
      WHERE recipient = ? AND created_at > ? AND created_at < ? AND state <> 'suppressed'`,
    [recipient, now - HOUR_SECONDS, now + HOUR_SECONDS],
  )
  if (kind === 'invite' && Number(row!.invites) >= INVITES_AN_HOUR_MAX) return true
  return Number(row!.mails) >= MAILS_AN_HOUR_MAX
}

/**
 * Puts a mail into the outbox. A suppressed one is written all the same, so that an address which may not sign in costs
 * as much time as one that may; it is never sent.
 */
export async function enqueueMail(ctx: OpenContext, mail: Mail, suppressed = false): Promise<void> {
  const now = secondsOf(ctx.now)
  const sealed = seal(ctx.secret, PURPOSE, JSON.stringify(mail), ctx.random)
  await ctx.db.typed
    .insertInto('outbox')
    .values({
      ...{ id: newId('m', ctx.random, ID_LENGTH), kind: mail.kind, recipient: mail.to },
      sealed: suppressed ? '' : sealed,
      ...{ state: suppressed ? 'suppressed' : 'waiting', created_at: now, next_attempt_at: now },
      ...{ claimed_until: 0, attempts: 0, trouble: null },
    })
    .execute()
  ctx.afterCommit(ctx.wakeMail)
}

export interface Claimed {
  readonly id: string
  /** Undefined where the row was sealed under another secret. */
  readonly mail: Mail | undefined
  /** Counting this one. */
  readonly attempts: number
  readonly createdAt: number
}

/** For mails that wait and are nobody's yet, at a time (seconds) bound twice. */
const DUE = "state = 'waiting' AND next_attempt_at <= ? AND claimed_until <= ?"

/** Whether there is a mail to claim; asked first, as to claim is a write. */
export async function isMailDue(db: Connection, now: number): Promise<boolean> {
  return (await db.rows(`SELECT id FROM outbox WHERE ${DUE} LIMIT 1`, [now, now])).length > 0
}

/** Takes up to `count` due mails for this node alone. */
export async function claimMails(db: Connection, secret: string, now: number, count: number): Promise<Claimed[]> {
  const due = await db.rows(`SELECT id FROM outbox WHERE ${DUE} ORDER BY next_attempt_at LIMIT ?`, [now, now, count])
  const claimed: Claimed[] = []
  for (const { id } of due) {
    const [row] = await db.rows(
      "UPDATE outbox SET claimed_until = ?, attempts = attempts + 1 WHERE id = ? AND state = 'waiting' AND claimed_until <= ? RETURNING sealed, attempts, created_at",
      [now + CLAIM_SECONDS, id!, now],
    )
    if (!row) continue
    const opened = unseal(secret, PURPOSE, String(row.sealed))
    claimed.push({
      id: String(id),
      mail: opened === undefined ? undefined : (JSON.parse(opened) as Mail),
      ...{ attempts: Number(row.attempts), createdAt: Number(row.created_at) },
    })
  }
  return claimed
}

/** The mail server has it: nothing of the mail is kept. */
export async function markSent(db: Connection, id: string): Promise<void> {
  await db.rows("UPDATE outbox SET state = 'sent', sealed = '', trouble = NULL WHERE id = ?", [id])
}

/** The mail server will never take it, or nobody can read it any more. */
export async function markRefused(db: Connection, id: string, trouble: string): Promise<void> {
  await db.rows("UPDATE outbox SET state = 'refused', sealed = '', trouble = ? WHERE id = ?", [clip(trouble), id])
}

/** Tries again later: after 5 seconds, 10, 20 … up to 10 minutes. Gives up after three days, as mail servers do. */
export async function postpone(db: Connection, claimed: Claimed, now: number, trouble: string): Promise<void> {
  if (now - claimed.createdAt > GIVE_UP_SECONDS) return markRefused(db, claimed.id, trouble)
  const next = now + pauseSeconds(claimed.attempts)
  const sql = "UPDATE outbox SET next_attempt_at = ?, claimed_until = 0, trouble = ? WHERE id = ? AND state = 'waiting'"
  await db.rows(sql, [next, clip(trouble), claimed.id])
}

function pauseSeconds(attempts: number): number {
  return Math.min(5 * 2 ** Math.min(attempts - 1, 10), PAUSE_SECONDS_MAX)
}

/** Since when (seconds) mail waits in vain, and why; undefined where none does. */
export async function mailTrouble(db: Connection): Promise<{ since: number; why: string } | undefined> {
  const [row] = await db.rows(
    "SELECT created_at, trouble FROM outbox WHERE state = 'waiting' AND trouble IS NOT NULL ORDER BY next_attempt_at LIMIT 1",
  )
  return row && { since: Number(row.created_at), why: String(row.trouble) }
}

function clip(text: string): string {
  return text.slice(0, TROUBLE_LENGTH_MAX)
}

/** How many mails wait to be sent. */
export async function countWaitingMails(db: Connection): Promise<number> {
  const [row] = await db.rows("SELECT count(*) AS count FROM outbox WHERE state = 'waiting'")
  return Number(row!.count)
}
