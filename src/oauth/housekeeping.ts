// What has expired of sign-ins over OAuth: requests that nobody finished, codes, and apps that nobody ever let in.

import type { Connection } from '../store/dialect.ts'
import { forgetUnused } from './clients.ts'
import { REMEMBERED_SECONDS } from './codes.ts'

/** `now` in seconds. */
export async function removeExpiredSignIns(db: Connection, now: number): Promise<void> {
  await db.rows('DELETE FROM oauth_requests WHERE expires_at <= ?', [now])
  await db.rows('DELETE FROM oauth_codes WHERE expires_at <= ?', [now - REMEMBERED_SECONDS])
  await forgetUnused(db, now)
}
